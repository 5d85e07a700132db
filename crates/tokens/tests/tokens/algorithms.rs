//! Each algorithm takes its own tokens and no other's.

use super::*;
use crate::issuer::rsa_key;
use llama_ws_tokens::SecretReference;

fn file_of(secret: &[u8]) -> (SecretFile, std::path::PathBuf) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let name = format!("llama-ws-secret-{}-{number}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, secret).unwrap();
    (SecretFile(path.clone()), path)
}

/// Judges by whatever this issuer's tokens are judged by.
pub(crate) fn verifier(issuer: &Issuer) -> (JwtTokens<SecretFile>, Option<std::path::PathBuf>) {
    let Issuer::Hs256(secret) = issuer else {
        return (by_public_key(issuer, expected()), None);
    };
    let (file, path) = file_of(secret);
    let settings = Settings {
        algorithm: Algorithm::Hs256,
        keys: KeyReference::Secret(SecretReference::File(path.clone())),
        expected: expected(),
    };
    (JwtTokens::new(settings, Some(file)).unwrap(), Some(path))
}

#[tokio::test]
async fn each_algorithm_takes_the_tokens_of_its_own_key_and_no_other() {
    let issuers = Algorithm::NAMES.map(|(_, algorithm)| Issuer::new(algorithm));
    for issuer in &issuers {
        let (tokens, file) = verifier(issuer);

        let principal = judged(&tokens, &issuer.token(&claims()), at(NOW))
            .await
            .unwrap();
        assert_eq!(principal.user_id.as_str(), "alice");
        assert_eq!(principal.key_id, None);
        assert_eq!(principal.expires_at, Some(at(NOW + 600)));
        let names = principal.permissions.names();
        assert_eq!(names, ["websocket:connect", "websocket:subscribe"]);

        let stranger = issuer.other().token(&claims());
        assert_eq!(judged(&tokens, &stranger, at(NOW)).await, None);
        for other in issuers.iter().filter(|other| other.alg() != issuer.alg()) {
            let honest = other.token(&claims());
            let header = json!({"alg": issuer.alg()});
            let lying = other.token_with(&header, &claims());
            for token in [honest, lying] {
                let judged = judged(&tokens, &token, at(NOW)).await;
                assert_eq!(judged, None, "{} by {}", other.alg(), issuer.alg());
            }
        }
        file.map(std::fs::remove_file).transpose().unwrap();
    }
}

#[test]
fn a_public_key_is_one_of_the_algorithm_and_nothing_else() {
    let issuers = Algorithm::NAMES.map(|(_, algorithm)| Issuer::new(algorithm));
    for issuer in &issuers {
        for (name, algorithm) in Algorithm::NAMES {
            let fits = issuer.alg() == name && name != "HS256";
            let pem = issuer.pem();
            let read = PublicKey::from_pem(algorithm, &pem);
            assert_eq!(read.is_ok(), fits, "{} as {name}", issuer.alg());
            // As one line of an environment file.
            let read = PublicKey::from_pem(algorithm, &pem.replace('\n', "\\n"));
            assert_eq!(read.is_ok(), fits, "{} as {name}", issuer.alg());
        }
    }
    let (private, _) = rsa_key(2_048);
    let private = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, private);
    for text in [
        String::new(),
        "x".to_owned(),
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----".to_owned(),
        format!("-----BEGIN PRIVATE KEY-----\n{private}\n-----END PRIVATE KEY-----"),
    ] {
        assert!(PublicKey::from_pem(Algorithm::Rs256, &text).is_err());
    }
}

#[test]
fn an_rsa_key_has_at_least_2048_bits() {
    let (_, small) = rsa_key(1_024);
    assert!(PublicKey::from_pem(Algorithm::Rs256, &small).is_err());
}
