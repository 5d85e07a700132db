//! Redis' password, which Secrets Manager keeps.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use llama_ws_aws::SecretsManager;
use llama_ws_core::ports::Unavailable;
use llama_ws_redis::{Asked, Password, PasswordSource};
use serde_json::Value;

/// Where a secret is: `NAME` or `ARN`, whose text is the secret, or with `#KEY` that key of a JSON
/// object. No name has a `#` ("AWS Secrets Manager", CreateSecret).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretPlace {
    /// The secret's name or ARN.
    pub(crate) secret: String,
    /// Which of its fields; `None` is all of it.
    pub(crate) key: Option<String>,
}

impl FromStr for SecretPlace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (secret, key) = match text.split_once('#') {
            Some((secret, key)) => (secret, Some(key)),
            None => (text, None),
        };
        if secret.is_empty() || key.is_some_and(str::is_empty) {
            return Err(());
        }
        Ok(Self {
            secret: secret.to_owned(),
            key: key.map(str::to_owned),
        })
    }
}

/// A password in Secrets Manager. The adapter of Redis decides when it is read.
pub(super) struct ManagedPassword {
    secrets: SecretsManager,
    key: Option<String>,
}

impl ManagedPassword {
    pub(super) const fn new(secrets: SecretsManager, key: Option<String>) -> Self {
        Self { secrets, key }
    }
}

impl fmt::Debug for ManagedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ManagedPassword(…)")
    }
}

impl PasswordSource for ManagedPassword {
    fn password(&self) -> Asked<'_> {
        Box::pin(async {
            let secret = self.secrets.fetch().await?;
            field(&secret, self.key.as_deref()).map_err(|reason| Unavailable {
                store: "secrets manager",
                reason: reason.to_owned(),
            })
        })
    }
}

/// The secret's text, or one of its fields. Nothing of it is in an error.
fn field(secret: &[u8], key: Option<&str>) -> Result<Password, &'static str> {
    let text = str::from_utf8(secret).map_err(|_| "Redis' password is no text")?;
    let Some(key) = key else {
        return Ok(Password::new(text));
    };
    let fields: HashMap<String, Value> = serde_json::from_str(text)
        .map_err(|_| "the secret is no JSON object, but a key is asked")?;
    match fields.get(key) {
        Some(Value::String(password)) => Ok(Password::new(password.as_str())),
        _ => Err("the secret has no such key, or it is no text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_secret_or_a_key_of_it() {
        let place = |secret: &str, key: Option<&str>| {
            Ok(SecretPlace {
                secret: secret.to_owned(),
                key: key.map(str::to_owned),
            })
        };
        let arn = "arn:aws:secretsmanager:eu-central-1:1:secret:redis-AbCdEf";

        assert_eq!("redis".parse(), place("redis", None));
        assert_eq!(arn.parse(), place(arn, None));
        assert_eq!("redis#pass#word".parse(), place("redis", Some("pass#word")));
        for text in ["", "#", "#key", "redis#"] {
            assert_eq!(text.parse::<SecretPlace>(), Err(()), "{text:?}");
        }
    }

    #[test]
    fn a_password_is_all_of_a_secret_or_one_field() {
        let json = br#"{"username":"ws","password":"p","port":6379}"#;

        assert_eq!(field(b"p", None), Ok(Password::new("p")));
        assert_eq!(field(json, Some("password")), Ok(Password::new("p")));
        for (secret, key) in [
            (json.as_slice(), "port"),
            (json.as_slice(), "absent"),
            (b"p".as_slice(), "password"),
            (b"[]".as_slice(), "password"),
        ] {
            let fault = field(secret, Some(key)).unwrap_err();
            assert!(!fault.contains("6379"), "{fault}");
        }
        assert!(field(&[0xff], None).is_err());
    }
}
