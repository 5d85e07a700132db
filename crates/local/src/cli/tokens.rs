//! `llama-ws dev`: which JWTs are good.

use std::path::PathBuf;

use clap::Args;

/// The `JWT_*` variables of the deployed functions, with a secret in a file.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "JWTs (a build with the feature `real`)")]
pub struct TokenArgs {
    /// The only algorithm: HS256, RS256, ES256 or EdDSA
    #[arg(long = "jwt-algorithm", env = "JWT_ALGORITHM", value_name = "ALG")]
    pub algorithm: Option<String>,

    /// The shared secret of HS256, at least 32 bytes
    #[arg(long = "jwt-secret-file", env = "JWT_SECRET_FILE", value_name = "FILE")]
    pub secret_file: Option<PathBuf>,

    /// The public key, in PEM
    #[arg(long = "jwt-public-key", env = "JWT_PUBLIC_KEY", value_name = "PEM")]
    pub public_key: Option<String>,

    /// Where the issuer publishes its public keys: https://…
    #[arg(long = "jwt-jwks-url", env = "JWT_JWKS_URL", value_name = "URL")]
    pub jwks_url: Option<String>,

    /// The only issuer (`iss`); unset, any
    #[arg(long = "jwt-issuer", env = "JWT_ISSUER", value_name = "TEXT")]
    pub issuer: Option<String>,

    /// For whom tokens must be (`aud`); unset, anybody
    #[arg(long = "jwt-audience", env = "JWT_AUDIENCE", value_name = "TEXT")]
    pub audience: Option<String>,

    /// How far the issuer's clock may be from this one's, up to 300 [default: 30]
    #[arg(
        long = "jwt-leeway-seconds",
        env = "JWT_LEEWAY_SECONDS",
        value_name = "N"
    )]
    pub leeway_seconds: Option<String>,
}

impl TokenArgs {
    /// What is set, as variables.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let file = self.secret_file.as_ref();
        let set = [
            ("JWT_ALGORITHM", self.algorithm.clone()),
            (
                "JWT_SECRET_FILE",
                file.map(|path| path.display().to_string()),
            ),
            ("JWT_PUBLIC_KEY", self.public_key.clone()),
            ("JWT_JWKS_URL", self.jwks_url.clone()),
            ("JWT_ISSUER", self.issuer.clone()),
            ("JWT_AUDIENCE", self.audience.clone()),
            ("JWT_LEEWAY_SECONDS", self.leeway_seconds.clone()),
        ];
        let set = set.into_iter();
        set.filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
            .collect()
    }
}
