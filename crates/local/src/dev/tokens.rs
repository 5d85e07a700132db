//! How the local service judges tokens: as the deployed functions do, with a secret in a file.

use llama_ws_core::ports::{Tokens, Unavailable};
use llama_ws_core::{Principal, UnixMillis};

/// Tokens as the `JWT_*` variables say; none is good where none is set.
#[derive(Debug, Clone, Default)]
pub struct LocalTokens {
    variables: Vec<(&'static str, String)>,
    #[cfg(feature = "real")]
    tokens: Option<std::sync::Arc<llama_ws_tokens::JwtTokens<llama_ws_tokens::SecretFile>>>,
}

impl LocalTokens {
    /// What was set, to hand on to functions that are processes.
    #[must_use]
    pub fn variables(&self) -> &[(&'static str, String)] {
        &self.variables
    }

    /// Reads the variables that are set.
    ///
    /// # Errors
    /// What is wrong with them.
    #[cfg(feature = "real")]
    pub fn from_variables(variables: Vec<(&'static str, String)>) -> Result<Self, String> {
        use std::sync::Arc;

        use llama_ws_tokens::{JwtTokens, SecretFile, SecretReference, Settings};

        let value = |name: &str| {
            let set = variables.iter().find(|(set, _)| *set == name);
            set.map(|(_, value)| value.clone())
        };
        let Some(settings) = Settings::read(value).map_err(|faults| faults.join("; "))? else {
            return Ok(Self::default());
        };
        let source = match settings.secret() {
            Some(SecretReference::File(path)) => Some(SecretFile(path.clone())),
            Some(SecretReference::Manager(_)) => {
                return Err("JWT_SECRET_ARN is for the cloud: here, JWT_SECRET_FILE".to_owned());
            }
            None => None,
        };
        let tokens = JwtTokens::new(settings, source).map_err(|error| error.to_string())?;
        Ok(Self {
            variables,
            tokens: Some(Arc::new(tokens)),
        })
    }

    /// This build takes none.
    ///
    /// # Errors
    /// If any is set.
    #[cfg(not(feature = "real"))]
    pub fn from_variables(variables: Vec<(&'static str, String)>) -> Result<Self, String> {
        match variables.is_empty() {
            true => Ok(Self::default()),
            false => Err(
                "this build checks no tokens: cargo build -p llama-ws-local --features real"
                    .to_owned(),
            ),
        }
    }
}

impl Tokens for LocalTokens {
    #[cfg(feature = "real")]
    async fn verify(&self, token: &str, now: UnixMillis) -> Result<Option<Principal>, Unavailable> {
        match &self.tokens {
            Some(tokens) => tokens.verify(token, now).await,
            None => Ok(None),
        }
    }

    #[cfg(not(feature = "real"))]
    async fn verify(&self, _: &str, _: UnixMillis) -> Result<Option<Principal>, Unavailable> {
        Ok(None)
    }
}
