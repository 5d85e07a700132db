//! The vectors of AWS's signing test suite that need no query, as `aws-sigv4` publishes them.

use super::*;
use llama_ws_core::UnixMillis;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
const FORM: &str = "application/x-www-form-urlencoded";
const FORM_HASH: &str = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e";
const HOST: (&str, &str) = ("host", "example.amazonaws.com");
const DATE: (&str, &str) = ("x-amz-date", "20150830T123600Z");

fn signature(credentials: &Credentials, request: &Canonical<'_>) -> String {
    let now = UnixMillis(1_440_938_160_000);
    let audience = Audience {
        region: "us-east-1".to_owned(),
        service: "service",
    };
    let key = SigningKey::derive(credentials, &audience, Day::of(now));
    key.authorization(&Stamp::at(now), request)
}

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", SECRET, None, None, "test")
}

fn check(method: &str, path: &str, headers: &[(&str, &str)], payload: &[u8], expected: &str) {
    let request = Canonical {
        method,
        path,
        headers,
        payload,
    };
    let authorization = signature(&credentials(), &request);
    let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
    let whole = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders={}, Signature={expected}",
        names.join(";")
    );
    assert_eq!(authorization, whole, "{method} {path}");
}

#[test]
fn the_test_suite_s_requests_have_its_signatures() {
    let vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let cases = [
        ("/", vanilla),
        ("/./", vanilla),
        ("/example1/example2/../..", vanilla),
        (
            "//example//",
            "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
        ),
    ];
    for (path, expected) in cases {
        check("GET", path, &[HOST, DATE], b"", expected);
    }
    let post = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
    check("POST", "/", &[HOST, DATE], b"", post);
    let sorted = "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c";
    let headers = [HOST, ("my-header1", "value1"), DATE];
    check("POST", "/", &headers, b"", sorted);
    let form = "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b";
    let headers = [
        ("content-length", "13"),
        ("content-type", FORM),
        HOST,
        ("x-amz-content-sha256", FORM_HASH),
        DATE,
    ];
    check("POST", "/", &headers, b"Param1=value1", form);
}

#[test]
fn a_session_token_is_signed() {
    let expected = "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8";
    check(
        "GET",
        "/",
        &[HOST, DATE, ("x-amz-security-token", TOKEN)],
        b"",
        expected,
    );
}

#[test]
fn the_path_of_a_connection_is_escaped_a_second_time() {
    let host = ("host", "tj9n5r0m12.execute-api.us-east-1.amazonaws.com");
    let request = Canonical {
        method: "POST",
        path: "/test/@connections/JBDvjfGEIAMCERw%3D",
        headers: &[host, DATE],
        payload: b"",
    };
    let text = request.text("host;x-amz-date");
    assert_eq!(
        text.lines().nth(1),
        Some("/test/%40connections/JBDvjfGEIAMCERw%253D")
    );
    let credentials = Credentials::new(
        "ANOTREAL",
        "notrealrnrELgWzOk3IfjzDKtFBhDby",
        None,
        None,
        "",
    );
    let authorization = signature(&credentials, &request);
    let expected = "57d157672191bac40bae387e48bbe14b15303c001fdbb01f4abf295dccb09705";
    assert!(authorization.ends_with(expected), "{authorization}");
}

#[test]
fn a_key_shows_neither_secret_nor_token() {
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET, Some(TOKEN.to_owned()), None, "");
    let audience = Audience {
        region: "us-east-1".to_owned(),
        service: "execute-api",
    };
    let key = SigningKey::derive(&credentials, &audience, Day::of(UnixMillis(0)));
    let shown = format!("{key:?}");
    assert_eq!(
        shown,
        "SigningKey(19700101/us-east-1/execute-api/aws4_request)"
    );
}
