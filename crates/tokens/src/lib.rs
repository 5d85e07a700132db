//! JWTs: which are good, and where the keys that tell come from.
//! Must not know how a secret is stored in the cloud: that is a [`SecretSource`].

mod algorithm;
mod cache;
mod claims;
mod jwks;
mod key_set;
mod secret;
mod settings;
mod signature;
mod verifier;

pub use algorithm::Algorithm;
pub use claims::Expected;
pub use jwks::JwksUrl;
pub use key_set::{InvalidPublicKey, PublicKey};
pub use secret::{SecretFile, SecretSource};
pub use settings::{KeyReference, SecretReference, Settings};
pub use verifier::{JwtTokens, StartError};
