//! Route selection on `$request.body.action`, as a WebSocket API does it.

use std::collections::HashMap;

use llama_ws_functions::Function;
use serde_json::Value;
use serde_json::value::RawValue;

const DEFAULT: &str = "$default";
const SUBSCRIBE_ROUTES: [&str; 6] = [
    "subscribe",
    "unsubscribe",
    "subscriptions",
    "filters",
    "resume",
    "stats",
];

/// The routes of the WebSocket API. `Default` is what `serverless.yml` deploys.
#[derive(Debug, Clone)]
pub struct Routes {
    by_key: HashMap<String, Function>,
    default: Option<Function>,
}

impl Default for Routes {
    fn default() -> Self {
        Self {
            by_key: SUBSCRIBE_ROUTES
                .into_iter()
                .map(|key| (key.to_owned(), Function::Subscribe))
                .collect(),
            default: Some(Function::Message),
        }
    }
}

impl Routes {
    /// The same routes without `$default`: what matches none is answered `Forbidden`.
    #[must_use]
    pub fn without_default(self) -> Self {
        Self {
            default: None,
            ..self
        }
    }

    /// The route key and function of a message; `None` if nothing matches.
    pub(super) fn select(&self, body: &str) -> Option<(&str, Function)> {
        action(body)
            .and_then(|action| self.by_key.get_key_value(&action))
            .map(|(key, function)| (key.as_str(), *function))
            .or_else(|| self.default.map(|function| (DEFAULT, function)))
    }
}

/// `$request.body.action` as text; `None` if the body is not a JSON object or has none.
fn action(body: &str) -> Option<String> {
    let fields: HashMap<String, &RawValue> = serde_json::from_str(body).ok()?;
    let raw = fields.get("action")?.get();
    match serde_json::from_str(raw) {
        Ok(Value::String(text)) => Some(text),
        _ => Some(raw.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(body: &str) -> String {
        let routes = Routes::default();
        let (key, function) = routes.select(body).unwrap();
        format!("{key} -> {function}")
    }

    #[test]
    fn actions_select_their_route() {
        for key in SUBSCRIBE_ROUTES {
            let body = format!(r#"{{"id":1,"action":"{key}"}}"#);
            assert_eq!(selected(&body), format!("{key} -> subscribe"));
        }
        assert_eq!(selected(r#"{"action":"\u0073tats"}"#), "stats -> subscribe");
    }

    #[test]
    fn everything_else_goes_to_default() {
        let bodies = [
            r#"{"action":"Subscribe"}"#,
            r#"{"action":"subscribe "}"#,
            r#"{"action":["subscribe"]}"#,
            r#"{"action":null}"#,
            r#"{"type":"subscribe"}"#,
            r#"{"deep":{"action":"subscribe"}}"#,
            r#"["subscribe"]"#,
            r#""subscribe""#,
            r#"{"action":"subscribe""#,
            "subscribe",
            "",
        ];
        for body in bodies {
            assert_eq!(selected(body), "$default -> message", "{body}");
        }
    }

    #[test]
    fn values_that_are_not_text_are_compared_as_json() {
        let mut routes = Routes::default();
        routes.by_key.insert("7".to_owned(), Function::Subscribe);

        assert_eq!(
            routes.select(r#"{"action":7}"#),
            Some(("7", Function::Subscribe))
        );
    }

    #[test]
    fn without_default_nothing_matches() {
        assert_eq!(Routes::default().without_default().select("hello"), None);
    }
}
