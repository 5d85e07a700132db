use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;

use super::*;
use crate::push::date::Day;
use crate::push::key::Audience;

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

fn post(url: &str, id: &str, frame: &'static str, token: Option<&str>) -> Request<Frame> {
    let url: Uri = url.parse().unwrap();
    let template = Template::of(&url).unwrap();
    let key = SigningKey::derive(&credentials(token), &audience(), Day::of(NOW));
    let path = template.path(&ConnectionId::new(id)).unwrap();
    template.post(&path, &Bytes::from_static(frame.as_bytes()), &key, NOW)
}

fn credentials(token: Option<&str>) -> Credentials {
    Credentials::new("AKID", "SECRET", token.map(str::to_owned), None, "test")
}

fn audience() -> Audience {
    Audience {
        region: "eu-west-1".to_owned(),
        service: "execute-api",
    }
}

/// What the SDK's own signer says of a request to `url` with these headers, but for those it adds.
fn reference(
    url: &str,
    request: &Request<Frame>,
    frame: &str,
    token: Option<&str>,
) -> Request<Vec<u8>> {
    let identity = credentials(token).into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name("execute-api")
        .time(UNIX_EPOCH + Duration::from_millis(NOW.0))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let url = format!("{}{}", url.trim_end_matches('/'), request.uri().path());
    let given = ["content-type", "content-length", "user-agent"];
    let headers = given.map(|name| (name, request.headers()[name].to_str().unwrap()));
    let body = SignableBody::Bytes(frame.as_bytes());
    let signable = SignableRequest::new("POST", url, headers.into_iter(), body).unwrap();
    let (signing, _) = sign(signable, &params).unwrap().into_parts();
    let mut signed = Request::new(Vec::new());
    signing.apply_to_request_http1x(&mut signed);
    signed
}

#[test]
fn what_is_signed_is_what_the_sdk_signs() {
    let hosts = [
        "https://abc.execute-api.eu-west-1.amazonaws.com",
        "https://abc.execute-api.eu-west-1.amazonaws.com:443",
        "http://127.0.0.1:8080",
        "http://localhost:80",
        "http://[::1]:8080",
        "https://rt.example.com:8443",
    ];
    let ids = ["L0SM9cOFvHcCIhw=", "a-_=", "a", "Ab.c", "a b/c@d%e+é"];
    let long = "t/+=".repeat(256);
    for host in hosts {
        for id in ids {
            for frame in ["", "{}", r#"{"é":"\u0000"}"#] {
                for token in [None, Some("token"), Some(long.as_str())] {
                    let request = post(host, id, frame, token);
                    let expected = reference(host, &request, frame, token);
                    for (name, value) in expected.headers() {
                        assert_eq!(request.headers()[name], value, "{host} {id} {name}");
                    }
                    assert_eq!(expected.headers().len(), 2 + usize::from(token.is_some()));
                }
            }
        }
    }
}

#[test]
fn a_default_port_is_not_named() {
    let cases = [
        ("https://a.example.com:443/prod", "a.example.com"),
        ("https://a.example.com:80", "a.example.com:80"),
        ("http://a.example.com:80", "a.example.com"),
        ("http://[::1]:443", "[::1]:443"),
    ];
    for (url, host) in cases {
        assert_eq!(post(url, "a", "", None).headers()["host"], host, "{url}");
    }
}

#[test]
fn secrets_are_marked() {
    let request = post("http://localhost", "a", "", Some("token"));
    for name in ["authorization", "x-amz-security-token"] {
        assert!(request.headers()[name].is_sensitive(), "{name}");
    }
}
