//! No byte of a token may be another.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;
use crate::algorithms::verifier;

struct Subject {
    issuer: Issuer,
    tokens: JwtTokens<SecretFile>,
    token: String,
}

fn subjects() -> &'static [Subject; 4] {
    static SUBJECTS: OnceLock<[Subject; 4]> = OnceLock::new();
    SUBJECTS.get_or_init(|| {
        Algorithm::NAMES.map(|(_, algorithm)| {
            let issuer = Issuer::new(algorithm);
            let (tokens, file) = verifier(&issuer);
            let subject = Subject {
                tokens,
                token: issuer.token(&claims()),
                issuer,
            };
            // From now on the secret is remembered.
            assert!(is_good(&subject, &subject.token));
            file.map(std::fs::remove_file).transpose().unwrap();
            subject
        })
    })
}

fn is_good(subject: &Subject, token: &str) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime
        .block_on(subject.tokens.verify(token, at(NOW)))
        .unwrap()
        .is_some()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_token_with_another_byte_is_not_good(
        which in 0..4_usize,
        place in any::<prop::sample::Index>(),
        byte in 0..128_u8,
    ) {
        let subject = &subjects()[which];
        let place = place.index(subject.token.len());
        let mut bytes = subject.token.clone().into_bytes();
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        let token = String::from_utf8(bytes).unwrap();
        prop_assert!(!is_good(subject, &token), "{} at {place}", subject.issuer.alg());
    }

    #[test]
    fn no_text_at_all_is_a_good_token(text in "\\PC{0,200}|[A-Za-z0-9_.-]{0,200}") {
        for subject in subjects() {
            prop_assert!(!is_good(subject, &text));
        }
    }
}

#[test]
fn none_of_the_last_bytes_values_but_one_is_good() {
    // Where base64 has bits to spare.
    for subject in subjects() {
        let (kept, last) = subject.token.split_at(subject.token.len() - 1);
        for byte in 0..128_u8 {
            let token = format!("{kept}{}", char::from(byte));
            let is_it = last.as_bytes() == [byte];
            assert_eq!(is_good(subject, &token), is_it, "{byte}");
        }
    }
}
