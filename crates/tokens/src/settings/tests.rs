use super::*;

const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----";
const URL: &str = "https://login.example/.well-known/jwks.json";

fn read(variables: &[(&str, &str)]) -> Result<Option<Settings>, Vec<String>> {
    Settings::read(|name| {
        let set = variables.iter().find(|(set, _)| *set == name);
        set.map(|(_, value)| (*value).to_owned())
    })
}

fn faults(variables: &[(&str, &str)]) -> Vec<String> {
    read(variables).expect_err("it is wrong")
}

#[test]
fn nothing_set_means_no_tokens() {
    assert!(read(&[]).unwrap().is_none());
    assert!(
        read(&[("JWT_ALGORITHM", ""), ("JWT_ISSUER", "")])
            .unwrap()
            .is_none()
    );
}

#[test]
fn what_is_set_is_used() {
    let settings = read(&[
        ("JWT_ALGORITHM", "RS256"),
        ("JWT_JWKS_URL", URL),
        ("JWT_ISSUER", "https://login.example"),
        ("JWT_AUDIENCE", "llama-ws"),
        ("JWT_LEEWAY_SECONDS", "5"),
    ]);
    let settings = settings.unwrap().unwrap();

    assert_eq!(settings.algorithm, Algorithm::Rs256);
    assert!(matches!(&settings.keys, KeyReference::Jwks(url) if url.to_string() == URL));
    let expected = Expected {
        issuer: Some("https://login.example".to_owned()),
        audience: Some("llama-ws".to_owned()),
        leeway: Duration::from_secs(5),
    };
    assert_eq!(settings.expected, expected);
    assert_eq!(settings.secret(), None);
}

#[test]
fn a_shared_secret_is_a_reference() {
    let managed = read(&[("JWT_ALGORITHM", "HS256"), ("JWT_SECRET_ARN", "ws/jwt")]);
    let managed = managed.unwrap().unwrap();
    assert_eq!(
        managed.secret(),
        Some(&SecretReference::Manager("ws/jwt".to_owned()))
    );
    assert_eq!(managed.expected.leeway, Duration::from_secs(30));
    let file = read(&[("JWT_ALGORITHM", "HS256"), ("JWT_SECRET_FILE", "key")]);
    assert_eq!(
        file.unwrap().unwrap().secret(),
        Some(&SecretReference::File("key".into()))
    );
}

#[test]
fn an_algorithm_has_exactly_one_key_of_its_kind() {
    let secret = "this JWT_ALGORITHM needs exactly one key: JWT_SECRET_ARN or JWT_SECRET_FILE";
    let public = "this JWT_ALGORITHM needs exactly one key: JWT_PUBLIC_KEY or JWT_JWKS_URL";
    let arn = ("JWT_SECRET_ARN", "a");
    let file = ("JWT_SECRET_FILE", "a");
    let pem = ("JWT_PUBLIC_KEY", PEM);
    let url = ("JWT_JWKS_URL", URL);
    let sets: &[&[(&str, &str)]] = &[
        &[],
        &[arn],
        &[file],
        &[pem],
        &[url],
        &[arn, file],
        &[pem, url],
        &[arn, url],
    ];
    for (name, algorithm) in Algorithm::NAMES {
        let shared = algorithm == Algorithm::Hs256;
        for keys in sets {
            let fits = match keys {
                [one] => shared == one.0.starts_with("JWT_SECRET"),
                _ => false,
            };
            let variables = [&[("JWT_ALGORITHM", name)], *keys].concat();
            match read(&variables) {
                Ok(_) => assert!(fits, "{variables:?}"),
                // The key is of another algorithm.
                Err(faults) if fits => {
                    assert!(*keys == [pem] && name != "EdDSA", "{faults:?}");
                }
                Err(faults) => assert_eq!(faults, [if shared { secret } else { public }]),
            }
        }
    }
}

#[test]
fn every_fault_is_named_and_no_value_repeated() {
    assert_eq!(faults(&[("JWT_ISSUER", "x")]), ["JWT_ALGORITHM is missing"]);
    assert_eq!(
        faults(&[("JWT_ALGORITHM", "none"), ("JWT_LEEWAY_SECONDS", "soon")]),
        [
            "JWT_ALGORITHM must be HS256, RS256, ES256 or EdDSA",
            "JWT_LEEWAY_SECONDS must be a whole number up to 300"
        ]
    );
    assert_eq!(
        faults(&[("JWT_ALGORITHM", "RS256"), ("JWT_PUBLIC_KEY", PEM)]),
        [
            "JWT_PUBLIC_KEY must be a public key in PEM that fits the algorithm (RSA: at least 2,048 bits)"
        ]
    );
    for algorithm in ["hs256", "HS384", "PS256", "RS256 ", "ES256K"] {
        let variables = [("JWT_ALGORITHM", algorithm), ("JWT_JWKS_URL", URL)];
        assert_eq!(faults(&variables).len(), 1, "{algorithm}");
    }
}

#[test]
fn the_leeway_is_0_to_300_seconds() {
    for (text, good) in [
        ("0", true),
        ("299", true),
        ("300", true),
        ("301", false),
        ("-1", false),
        ("1.5", false),
        ("99999999999999999999", false),
    ] {
        let read = read(&[
            ("JWT_ALGORITHM", "EdDSA"),
            ("JWT_PUBLIC_KEY", PEM),
            ("JWT_LEEWAY_SECONDS", text),
        ]);
        assert_eq!(read.is_ok(), good, "{text}");
    }
}

#[test]
fn keys_are_fetched_over_https_or_from_this_machine() {
    for (url, good) in [
        (URL, true),
        ("https://login.example:8443/keys?tenant=1", true),
        ("http://127.0.0.1:9000/keys", true),
        ("http://127.8.0.1/keys", true),
        ("http://[::1]:9000/keys", true),
        ("http://localhost:9000/keys", true),
        ("http://login.example/keys", false),
        ("http://localhost.example/keys", false),
        ("http://10.0.0.1/keys", false),
        ("http://169.254.169.254/keys", false),
        ("https://user:password@login.example/keys", false),
        ("http://login.example@127.0.0.1/keys", false),
        ("https://login.example/keys#x", false),
        ("ftp://login.example/keys", false),
        ("file:///etc/keys", false),
        ("/keys", false),
        ("login.example", false),
        ("https://", false),
        ("", false),
    ] {
        assert_eq!(url.parse::<JwksUrl>().is_ok(), good, "{url}");
    }
}
