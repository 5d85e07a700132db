//! What a function answers to a proxy integration: `{statusCode, headers, body}`.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// A function's answer; `None` where the function left something out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Proxy {
    /// The HTTP status.
    pub(super) status_code: u16,
    #[serde(default)]
    headers: Option<HashMap<String, Value>>,
    #[serde(default)]
    multi_value_headers: Option<HashMap<String, Vec<Value>>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl Proxy {
    /// Reads an answer; `None` if it is malformed, which the caller answers as a failure.
    pub(super) fn parse(answer: &[u8]) -> Option<Self> {
        serde_json::from_slice(answer).ok()
    }

    /// Whether the status is 2xx.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status_code)
    }

    /// All headers with their values as text, cookies included.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, String)> {
        let single = self.headers.iter().flatten();
        let multi = self.multi_value_headers.iter().flatten();
        let cookies = self.cookies.iter().flatten();
        single
            .map(|(name, value)| (name.as_str(), header_text(value)))
            .chain(multi.flat_map(|(name, values)| {
                let values = values.iter();
                values.map(move |value| (name.as_str(), header_text(value)))
            }))
            .chain(cookies.map(|cookie| ("set-cookie", cookie.clone())))
    }

    /// The first value of a header, whatever the case of its name.
    pub(super) fn header(&self, wanted: &str) -> Option<String> {
        self.headers()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value)
    }

    /// The body's bytes; empty if there is none.
    pub(super) fn into_body(self) -> Vec<u8> {
        let body = self.body.unwrap_or_default();
        if !self.is_base64_encoded {
            return body.into_bytes();
        }
        STANDARD.decode(&body).unwrap_or_else(|_| body.into_bytes())
    }
}

fn header_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_in_any_case_and_place() {
        let single = Proxy::parse(br#"{"statusCode":200,"headers":{"X-Count":3}}"#).unwrap();
        let multi = br#"{"statusCode":200,"multiValueHeaders":{"x-count":["4"]}}"#;
        let multi = Proxy::parse(multi).unwrap();

        assert_eq!(single.header("x-count").as_deref(), Some("3"));
        assert_eq!(multi.header("X-Count").as_deref(), Some("4"));
    }

    #[test]
    fn answers_without_a_numeric_status_are_malformed() {
        for answer in ["null", "{}", r#"{"statusCode":"200"}"#, "[]", "", r#""ok""#] {
            assert!(Proxy::parse(answer.as_bytes()).is_none(), "{answer}");
        }
    }

    #[test]
    fn binary_bodies_are_decoded() {
        let answer = br#"{"statusCode":200,"body":"aGk=","isBase64Encoded":true}"#;

        assert_eq!(Proxy::parse(answer).unwrap().into_body(), b"hi");
    }
}
