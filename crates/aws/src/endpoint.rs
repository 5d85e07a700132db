//! Where the WebSocket API's `@connections` are: the stage's URL, written as people have it.

/// `WEBSOCKET_API_ENDPOINT` does not name a WebSocket API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("WEBSOCKET_API_ENDPOINT must be an https:// or wss:// URL without a query, not {0:?}")]
pub struct InvalidEndpoint(String);

impl InvalidEndpoint {
    pub(crate) fn new(endpoint: &str) -> Self {
        Self(endpoint.to_owned())
    }
}

/// The URL under which `/@connections` lies. `wss://` (what clients connect to) names the same
/// API as `https://`; `ws://` and `http://` are for a local gateway. A stage in the path stays;
/// a custom domain has none there (awsdocs `apigateway-how-to-call-websocket-api-connections`).
///
/// # Errors
/// [`InvalidEndpoint`] when the text is anything else.
pub(crate) fn management_url(endpoint: &str) -> Result<String, InvalidEndpoint> {
    let invalid = || InvalidEndpoint::new(endpoint);
    let (scheme, rest) = endpoint.trim().split_once("://").ok_or_else(invalid)?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "https" | "wss" => "https",
        "http" | "ws" => "http",
        _ => return Err(invalid()),
    };
    let rest = rest.trim_end_matches('/');
    let url = format!("{scheme}://{rest}");
    let uri: http::Uri = url.parse().map_err(|_| invalid())?;
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    if has_host && !rest.contains(['?', '#', '@']) {
        Ok(url)
    } else {
        Err(invalid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_api_is_its_url() {
        let cases = [
            ("https://a.example.com/prod", "https://a.example.com/prod"),
            ("wss://a.example.com/prod/", "https://a.example.com/prod"),
            ("WSS://a.example.com", "https://a.example.com"),
            ("ws://localhost:8080/", "http://localhost:8080"),
            (" http://127.0.0.1:8080\n", "http://127.0.0.1:8080"),
        ];
        for (endpoint, url) in cases {
            assert_eq!(management_url(endpoint).as_deref(), Ok(url), "{endpoint:?}");
        }
    }

    #[test]
    fn other_text_is_refused_by_the_variable_s_name() {
        let cases = [
            "",
            "a.example.com/prod",
            "ftp://a.example.com",
            "https://",
            "wss:///prod",
            "https://:443",
            "https://a b",
            "https://user@a.example.com",
            "https://a.example.com/?stage=prod",
        ];
        for endpoint in cases {
            let refused = management_url(endpoint).expect_err(endpoint);
            assert!(refused.to_string().contains("WEBSOCKET_API_ENDPOINT"));
        }
    }
}
