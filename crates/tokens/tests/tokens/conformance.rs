//! The suite that every adapter of the port passes.

use llama_ws_core::ports::Unavailable;
use llama_ws_memory::ManualClock;
use llama_ws_memory::conformance::Subject;
use llama_ws_memory::conformance::tokens::Issuing;

use super::*;

llama_ws_memory::conformance!(tokens, subject());

struct Issued {
    issuer: Issuer,
    tokens: JwtTokens<SecretFile>,
}

impl Tokens for Issued {
    async fn verify(&self, token: &str, now: UnixMillis) -> Result<Option<Principal>, Unavailable> {
        self.tokens.verify(token, now).await
    }
}

impl Issuing for Issued {
    fn issue(&self, principal: &Principal) -> String {
        self.issuer.token(&json!({
            "sub": principal.user_id.as_str(),
            "permissions": principal.permissions.names(),
            "exp": principal.expires_at.unwrap().as_secs(),
        }))
    }
}

fn subject() -> Subject<Issued, ManualClock> {
    let issuer = an_issuer();
    let tokens = by_public_key(&issuer, Expected::default());
    Subject::new(Issued { issuer, tokens }, ManualClock::new(at(NOW)), "run")
}
