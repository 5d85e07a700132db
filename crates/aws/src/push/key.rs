//! A derived SigV4 key and what it signs. It is derived once a day and set of credentials: that is
//! four of the five HMACs of a signature.

use std::fmt;

use aws_credential_types::Credentials;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use sha2::{Digest, Sha256};

use super::canonical::{Canonical, push_hex};
use super::date::{Day, Stamp};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Whose calls are signed: `execute-api` of one Region.
#[derive(Debug, Clone)]
pub(super) struct Audience {
    pub(super) region: String,
    pub(super) service: &'static str,
}

/// Signs requests of one day, with one set of credentials.
pub(super) struct SigningKey {
    day: Day,
    /// `20150830/us-east-1/execute-api/aws4_request`.
    scope: String,
    access_key_id: String,
    session_token: Option<SessionToken>,
    hmac: Hmac<Sha256>,
}

/// A session token as header and as text.
struct SessionToken {
    header: HeaderValue,
    text: String,
}

impl SigningKey {
    /// Derives the key of a day. A session token that no header can carry is left out, and AWS
    /// will say so.
    pub(super) fn derive(credentials: &Credentials, audience: &Audience, day: Day) -> Self {
        let secret = format!("AWS4{}", credentials.secret_access_key());
        let parts = [
            day.as_bytes(),
            audience.region.as_bytes(),
            audience.service.as_bytes(),
            b"aws4_request",
        ];
        let hmac = parts
            .into_iter()
            .fold(keyed(secret.as_bytes()), |hmac, part| {
                keyed(&hmac.chain_update(part).finalize().into_bytes())
            });
        Self {
            day,
            scope: format!(
                "{}/{}/{}/aws4_request",
                day.as_str(),
                audience.region,
                audience.service
            ),
            access_key_id: credentials.access_key_id().to_owned(),
            session_token: credentials.session_token().and_then(SessionToken::new),
            hmac,
        }
    }

    /// Whether it signs requests of this day.
    pub(super) fn is_of(&self, day: Day) -> bool {
        self.day == day
    }

    /// `x-amz-security-token`, if the credentials are temporary.
    pub(super) fn session_token(&self) -> Option<(&HeaderValue, &str)> {
        let token = self.session_token.as_ref()?;
        Some((&token.header, &token.text))
    }

    /// The value of `Authorization`.
    pub(super) fn authorization(&self, stamp: &Stamp, request: &Canonical<'_>) -> String {
        let signed_headers = request.signed_headers();
        let hash = Sha256::digest(request.text(&signed_headers));
        let mut text = String::with_capacity(320);
        for part in [ALGORITHM, "\n", stamp.as_str(), "\n", &self.scope, "\n"] {
            text.push_str(part);
        }
        push_hex(&mut text, &hash);
        let signature = self.hmac.clone().chain_update(&text).finalize();
        text.clear();
        for part in [
            ALGORITHM,
            " Credential=",
            &self.access_key_id,
            "/",
            &self.scope,
            ", SignedHeaders=",
            &signed_headers,
            ", Signature=",
        ] {
            text.push_str(part);
        }
        push_hex(&mut text, &signature.into_bytes());
        text
    }
}

/// Never the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.scope)
    }
}

impl SessionToken {
    fn new(text: &str) -> Option<Self> {
        let mut header = HeaderValue::from_str(text).ok()?;
        header.set_sensitive(true);
        let text = text.to_owned();
        Some(Self { header, text })
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("any length")
}

#[cfg(test)]
mod tests;
