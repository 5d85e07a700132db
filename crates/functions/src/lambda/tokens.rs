//! How the deployed functions judge tokens.

use llama_ws_aws::SecretsManager;
use llama_ws_core::ports::Unavailable;
use llama_ws_tokens::{JwtTokens, SecretFile, SecretReference, SecretSource, Settings};

use super::Error;

/// Tokens as configured; none is good where nothing is.
pub(super) type DeployedTokens = Option<JwtTokens<DeployedSecret>>;

/// Where a shared secret may be.
pub(super) enum DeployedSecret {
    Manager(SecretsManager),
    File(SecretFile),
}

impl SecretSource for DeployedSecret {
    async fn fetch(&self) -> Result<Vec<u8>, Unavailable> {
        match self {
            Self::Manager(manager) => manager.fetch().await,
            Self::File(file) => file.fetch().await,
        }
    }
}

/// Nothing is fetched before the first token.
pub(super) async fn tokens(settings: Option<Settings>) -> Result<DeployedTokens, Error> {
    let Some(settings) = settings else {
        return Ok(None);
    };
    let source = match settings.secret().cloned() {
        Some(SecretReference::Manager(name)) => {
            let sdk = llama_ws_aws::sdk_config().await;
            Some(DeployedSecret::Manager(SecretsManager::new(&sdk, name)))
        }
        Some(SecretReference::File(path)) => Some(DeployedSecret::File(SecretFile(path))),
        None => None,
    };
    Ok(Some(JwtTokens::new(settings, source)?))
}
