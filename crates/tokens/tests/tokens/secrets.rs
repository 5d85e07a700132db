//! A shared secret that is kept elsewhere, and changes there.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use llama_ws_core::ports::Unavailable;
use llama_ws_tokens::{SecretReference, SecretSource};

use super::*;

/// A place that counts; nothing in it means that it is away.
#[derive(Clone, Default)]
struct Place {
    secret: Arc<Mutex<Option<Vec<u8>>>>,
    asked: Arc<AtomicUsize>,
}

impl Place {
    fn put(&self, issuer: Option<&Issuer>) {
        let secret = issuer.map(|issuer| match issuer {
            Issuer::Hs256(secret) => secret.clone(),
            _ => panic!("no secret"),
        });
        *self.secret.lock().unwrap() = secret;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl SecretSource for Place {
    async fn fetch(&self) -> Result<Vec<u8>, Unavailable> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let secret = self.secret.lock().unwrap().clone();
        secret.ok_or_else(|| Unavailable {
            store: "place",
            reason: "away".to_owned(),
        })
    }
}

fn by_secret<S: SecretSource>(place: S) -> JwtTokens<S> {
    let settings = Settings {
        algorithm: Algorithm::Hs256,
        keys: KeyReference::Secret(SecretReference::Manager("named".to_owned())),
        expected: expected(),
    };
    JwtTokens::new(settings, Some(place)).unwrap()
}

fn later(issuer: &Issuer, seconds: u64) -> String {
    issuer.token(&json!({"sub": "alice", "exp": NOW + seconds + 60}))
}

async fn verdict(tokens: &impl Tokens, token: &str, seconds: u64) -> Result<bool, ()> {
    let verified = tokens.verify(token, at(NOW + seconds)).await;
    verified.map(|found| found.is_some()).map_err(drop)
}

#[tokio::test]
async fn a_secret_is_fetched_at_the_first_token_and_again_every_10_minutes() {
    let issuer = Issuer::new(Algorithm::Hs256);
    let place = Place::default();
    place.put(Some(&issuer));
    let tokens = by_secret(place.clone());
    assert_eq!(place.asked(), 0);

    for seconds in [0, 1, 599] {
        assert_eq!(
            verdict(&tokens, &later(&issuer, seconds), seconds).await,
            Ok(true)
        );
    }
    assert_eq!(place.asked(), 1);
    assert_eq!(verdict(&tokens, &later(&issuer, 600), 600).await, Ok(true));
    assert_eq!(place.asked(), 2);
}

#[tokio::test]
async fn bad_signatures_ask_for_a_newer_secret_once_a_minute() {
    let (old, new) = (Issuer::new(Algorithm::Hs256), Issuer::new(Algorithm::Hs256));
    let place = Place::default();
    place.put(Some(&old));
    let tokens = by_secret(place.clone());
    assert_eq!(verdict(&tokens, &later(&old, 0), 0).await, Ok(true));

    place.put(Some(&new));
    for seconds in (0..60).chain(0..60) {
        assert_eq!(
            verdict(&tokens, &later(&new, seconds), seconds).await,
            Ok(false)
        );
    }
    assert_eq!(place.asked(), 1);
    assert_eq!(verdict(&tokens, &later(&new, 60), 60).await, Ok(true));
    assert_eq!(verdict(&tokens, &later(&old, 60), 60).await, Ok(false));
    assert_eq!(place.asked(), 2);
}

#[tokio::test]
async fn a_secret_outlives_its_place_and_bad_signatures_stay_bad() {
    let (issuer, stranger) = (Issuer::new(Algorithm::Hs256), Issuer::new(Algorithm::Hs256));
    let place = Place::default();
    let tokens = by_secret(place.clone());
    assert_eq!(verdict(&tokens, &later(&issuer, 0), 0).await, Err(()));
    place.put(Some(&issuer));
    assert_eq!(verdict(&tokens, &later(&issuer, 5), 5).await, Ok(true));

    place.put(None);
    assert_eq!(verdict(&tokens, &later(&stranger, 90), 90).await, Ok(false));
    assert_eq!(
        verdict(&tokens, &later(&issuer, 3_600), 3_600).await,
        Ok(true)
    );
}

#[tokio::test]
async fn a_secret_has_at_least_32_bytes() {
    for (length, good) in [
        (0, false),
        (31, false),
        (32, true),
        (33, true),
        (4_096, true),
    ] {
        let issuer = Issuer::Hs256(vec![b'k'; length]);
        let place = Place::default();
        place.put(Some(&issuer));
        let expected = if good { Ok(true) } else { Err(()) };
        let verdict = verdict(&by_secret(place), &later(&issuer, 0), 0).await;
        assert_eq!(verdict, expected, "{length} bytes");
    }
}

#[tokio::test]
async fn a_file_may_end_with_a_new_line() {
    let issuer = Issuer::Hs256(vec![b'k'; 32]);
    let name = format!("llama-ws-secret-line-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    for ending in ["", "\n", "\r\n"] {
        std::fs::write(&path, format!("{}{ending}", "k".repeat(32))).unwrap();
        let tokens = by_secret(SecretFile(path.clone()));
        assert_eq!(
            verdict(&tokens, &later(&issuer, 0), 0).await,
            Ok(true),
            "{ending:?}"
        );
    }
    std::fs::remove_file(&path).unwrap();
    let tokens = by_secret(SecretFile(path));
    assert_eq!(verdict(&tokens, &later(&issuer, 0), 0).await, Err(()));
}

#[tokio::test]
async fn no_secret_is_shown() {
    let issuer = Issuer::Hs256(b"0123456789abcdef0123456789abcdef".to_vec());
    let place = Place::default();
    place.put(Some(&issuer));
    let settings = Settings {
        algorithm: Algorithm::Hs256,
        keys: KeyReference::Secret(SecretReference::File("f".into())),
        expected: expected(),
    };
    let tokens = JwtTokens::new(settings, Some(SecretFile("f".into()))).unwrap();
    assert!(!format!("{tokens:?}").contains("0123456789"));
}
