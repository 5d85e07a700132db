//! Tokens: whose they are, and until when.

use std::time::Duration;

use llama_ws_core::ports::Tokens;
use llama_ws_core::{KeyLimits, Permissions, Principal, UserId};

use super::{Checked, Subject, TestTime};
use crate::MemoryTokens;

/// An adapter together with whoever issues its tokens.
pub trait Issuing: Tokens {
    /// A new token of this principal, good until the principal's end.
    fn issue(&self, principal: &Principal) -> String;
}

impl Issuing for MemoryTokens {
    fn issue(&self, principal: &Principal) -> String {
        let token = format!("token-of-{}", principal.user_id);
        self.insert(&token, principal.clone());
        token
    }
}

fn principal<S, T: TestTime>(on: &Subject<S, T>, lives: Duration) -> Principal {
    Principal {
        user_id: on.new_user(),
        key_id: None,
        key_hash: None,
        permissions: Permissions::new(["websocket:connect", "stats"]),
        expires_at: Some(on.time.now().plus(lives)),
        limits: KeyLimits::default(),
    }
}

pub async fn a_token_is_its_principals_as_often_as_it_is_shown<S: Issuing, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let one = principal(on, Duration::from_secs(60));
    let other = principal(on, Duration::from_secs(60));
    let tokens = [on.store.issue(&one), on.store.issue(&other)];

    for _ in 0..2 {
        for (token, owner) in tokens.iter().zip([&one, &other]) {
            let found = on.store.verify(token, on.time.now()).await?;
            assert_eq!(found.as_ref(), Some(owner));
        }
    }
    Ok(())
}

pub async fn what_nobody_issued_is_nobodys<S: Issuing, T: TestTime>(on: &Subject<S, T>) -> Checked {
    let issued = on.store.issue(&principal(on, Duration::from_secs(60)));

    for text in [
        "",
        "a.b.c",
        "demo-key",
        &format!("{issued}x"),
        &issued.to_uppercase(),
    ] {
        assert_eq!(on.store.verify(text, on.time.now()).await?, None, "{text}");
    }
    Ok(())
}

pub async fn a_token_ends_with_its_principal<S: Issuing, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let owner = principal(on, Duration::from_secs(60));
    let token = on.store.issue(&owner);
    let now = on.time.now();

    let before = now.plus(Duration::from_millis(59_999));
    assert_eq!(on.store.verify(&token, before).await?, Some(owner));
    for after in [60, 61, 86_400] {
        let after = now.plus(Duration::from_secs(after));
        assert_eq!(on.store.verify(&token, after).await?, None);
    }
    Ok(())
}

pub async fn users_of_any_name_are_told_apart<S: Issuing, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    for name in ["a", "A", "アリス", "a b", "a\"b\\", &"a".repeat(256)] {
        let owner = Principal {
            user_id: UserId::new(name),
            ..principal(on, Duration::from_secs(60))
        };
        let token = on.store.issue(&owner);
        assert_eq!(on.store.verify(&token, on.time.now()).await?, Some(owner));
    }
    Ok(())
}
