//! Tokens that others issue (JWTs), judged without asking the issuer about each.

use crate::connection::Principal;
use crate::time::UnixMillis;

use super::Unavailable;

/// Whoever can tell a good token from a bad one.
pub trait Tokens: Send + Sync {
    /// Whose token this is at `now`; nobody's if it is malformed, forged, not yet valid or over.
    /// The principal has an end: the token's.
    ///
    /// # Errors
    /// [`Unavailable`]: the keys that could tell cannot be had now.
    fn verify(
        &self,
        token: &str,
        now: UnixMillis,
    ) -> impl Future<Output = Result<Option<Principal>, Unavailable>> + Send;
}

/// `None`: no token is good.
impl<T: Tokens> Tokens for Option<T> {
    async fn verify(&self, token: &str, now: UnixMillis) -> Result<Option<Principal>, Unavailable> {
        match self {
            Some(tokens) => tokens.verify(token, now).await,
            None => Ok(None),
        }
    }
}
