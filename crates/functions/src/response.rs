//! What a function returns to API Gateway.

use std::collections::BTreeMap;

use serde::Serialize;

/// A proxy integration's response, for WebSocket and HTTP routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Response {
    pub(crate) status_code: u16,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
}

impl Response {
    /// A status and nothing else.
    pub(crate) fn status(status_code: u16) -> Self {
        Self {
            status_code,
            headers: BTreeMap::new(),
            body: None,
        }
    }

    /// A frame for the client. Always 200: API Gateway replaces the body of any other status.
    pub(crate) fn frame(text: String) -> Self {
        Self {
            body: Some(text),
            ..Self::status(200)
        }
    }

    /// An HTTP answer.
    pub(crate) fn json(status_code: u16, body: String) -> Self {
        let headers = BTreeMap::from([("content-type", "application/json".to_owned())]);
        Self {
            status_code,
            headers,
            body: Some(body),
        }
    }

    /// The same with one more header.
    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.insert(name, value.into());
        self
    }
}
