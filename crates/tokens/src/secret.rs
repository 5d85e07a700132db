//! Where a shared secret is kept. It is never part of the configuration, only a reference to it.

use std::path::PathBuf;

use llama_ws_core::ports::Unavailable;

/// A place that holds one secret.
pub trait SecretSource: Send + Sync {
    /// The secret as it is now.
    ///
    /// # Errors
    /// [`Unavailable`], with a reason that tells nothing of the secret.
    fn fetch(&self) -> impl Future<Output = Result<Vec<u8>, Unavailable>> + Send;
}

/// A file that holds nothing else. A new line at its end is not part of the secret.
#[derive(Debug, Clone)]
pub struct SecretFile(pub PathBuf);

impl SecretSource for SecretFile {
    async fn fetch(&self) -> Result<Vec<u8>, Unavailable> {
        // Read in place: it is a few bytes, once in ten minutes.
        let mut secret = std::fs::read(&self.0).map_err(|error| Unavailable {
            store: "JWT_SECRET_FILE",
            reason: error.kind().to_string(),
        })?;
        if secret.last() == Some(&b'\n') {
            secret.pop();
        }
        if secret.last() == Some(&b'\r') {
            secret.pop();
        }
        Ok(secret)
    }
}
