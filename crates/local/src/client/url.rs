//! Addresses a person types, checked before anything is sent.

use std::fmt;
use std::str::FromStr;

use ::http::Uri;

/// An address that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// Encrypted connections are not compiled in.
    #[error("{0}:// is not supported in this build, which has no TLS: use {1}://")]
    NeedsTls(&'static str, &'static str),
    /// Another scheme, no host, or no URL at all.
    #[error("not of the form {0}://HOST:PORT")]
    Malformed(&'static str),
}

/// `http://HOST[:PORT][/BASE]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl(Uri);

impl HttpUrl {
    /// The address of `path` below this one; `path` starts with a slash.
    ///
    /// # Errors
    /// [`InvalidUrl`] when the two make no address together.
    pub fn join(&self, path: &str) -> Result<Self, InvalidUrl> {
        let authority = self
            .0
            .authority()
            .map_or("", |authority| authority.as_str());
        let base = self.0.path().trim_end_matches('/');
        format!("http://{authority}{base}{path}").parse()
    }

    /// The address as the HTTP client takes it.
    #[must_use]
    pub fn uri(&self) -> Uri {
        self.0.clone()
    }

    /// `HOST:PORT`, as it was typed.
    #[must_use]
    pub fn authority(&self) -> &str {
        authority(&self.0)
    }
}

impl FromStr for HttpUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        parse(text, "http", "https", false).map(Self)
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `ws://HOST[:PORT][/STAGE][?apiKey=KEY]`, with the feature `tls` also `wss://…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketUrl(Uri);

impl SocketUrl {
    /// The address as the WebSocket client takes it.
    #[must_use]
    pub fn uri(&self) -> Uri {
        self.0.clone()
    }

    /// `HOST:PORT`, as it was typed: what may be shown, since the query may hold a key.
    #[must_use]
    pub fn authority(&self) -> &str {
        authority(&self.0)
    }

    /// Whether the query brings a credential of its own.
    #[must_use]
    pub fn has_credential(&self) -> bool {
        let query = self.0.query().unwrap_or_default();
        let mut names = query.split('&').filter_map(|pair| pair.split_once('='));
        names.any(|(name, value)| {
            matches!(name, "apiKey" | "api_key" | "token") && !value.trim().is_empty()
        })
    }
}

impl FromStr for SocketUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        parse(text, "ws", "wss", cfg!(feature = "tls")).map(Self)
    }
}

fn parse(
    text: &str,
    plain: &'static str,
    encrypted: &'static str,
    with_tls: bool,
) -> Result<Uri, InvalidUrl> {
    let uri: Uri = text
        .trim()
        .parse()
        .map_err(|_| InvalidUrl::Malformed(plain))?;
    let host = uri.host().unwrap_or_default();
    match uri.scheme_str() {
        Some(scheme) if scheme == encrypted && !with_tls => {
            Err(InvalidUrl::NeedsTls(encrypted, plain))
        }
        Some(scheme) if (scheme == plain || scheme == encrypted) && !host.is_empty() => Ok(uri),
        _ => Err(InvalidUrl::Malformed(plain)),
    }
}

fn authority(uri: &Uri) -> &str {
    uri.authority().map_or("", |authority| authority.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_those_that_were_built() {
        assert!("ws://localhost:8080".parse::<SocketUrl>().is_ok());
        assert!("ws://[::1]:8080/dev?apiKey=k".parse::<SocketUrl>().is_ok());
        let encrypted = "wss://h".parse::<SocketUrl>();
        if cfg!(feature = "tls") {
            assert_eq!(encrypted.unwrap().authority(), "h");
        } else {
            assert_eq!(encrypted, Err(InvalidUrl::NeedsTls("wss", "ws")));
        }
        assert_eq!(
            "https://h".parse::<HttpUrl>(),
            Err(InvalidUrl::NeedsTls("https", "http"))
        );
        for text in [
            "",
            "localhost",
            "localhost:8080",
            "http://h",
            "ws://",
            "ws://a b",
            "/x",
        ] {
            assert_eq!(
                text.parse::<SocketUrl>(),
                Err(InvalidUrl::Malformed("ws")),
                "{text}"
            );
        }
    }

    #[test]
    fn paths_go_below_the_base() {
        let join = |base: &str| {
            base.parse::<HttpUrl>()
                .unwrap()
                .join("/events")
                .unwrap()
                .to_string()
        };

        assert_eq!(
            join("http://localhost:8080"),
            "http://localhost:8080/events"
        );
        assert_eq!(
            join("http://localhost:8080/"),
            "http://localhost:8080/events"
        );
        assert_eq!(join("http://h/dev/?x=1"), "http://h/dev/events");
    }

    #[test]
    fn credentials_in_the_query_are_seen() {
        let has = |text: &str| text.parse::<SocketUrl>().unwrap().has_credential();

        assert!(has("ws://h?apiKey=k"));
        assert!(has("ws://h/dev?x=1&token=t"));
        assert!(!has("ws://h/dev?x=1"));
        assert!(!has("ws://h?apiKey="));
        assert!(!has("ws://h"));
    }
}
