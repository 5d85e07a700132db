//! Requests of the HTTP API's routes.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest as Event;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use llama_ws_core::Credential;

use super::credential;

/// A request over HTTP, payload format 2.0.
#[derive(Debug)]
pub(crate) struct HttpRequest {
    /// Method and path, such as `POST /subscribe`.
    pub(crate) route: String,
    pub(crate) credential: Option<Credential>,
    /// `connectionId` of the query.
    pub(crate) connection_id: Option<String>,
    /// `cursor` of the query.
    pub(crate) cursor: Option<String>,
    pub(crate) body: String,
}

impl From<Event> for HttpRequest {
    fn from(event: Event) -> Self {
        let http = &event.request_context.http;
        let path = event
            .raw_path
            .as_deref()
            .or(http.path.as_deref())
            .unwrap_or("/");
        let query = |name| event.query_string_parameters.first(name).map(str::to_owned);
        Self {
            route: format!(
                "{} {}",
                http.method,
                without_stage(path, event.request_context.stage.as_deref())
            ),
            // Never from the query: URLs end up in logs, and every HTTP client can set a header.
            credential: credential(|_| None, &event.headers),
            connection_id: query("connectionId"),
            cursor: query("cursor"),
            body: body(event.body.unwrap_or_default(), event.is_base64_encoded),
        }
    }
}

/// A named stage stands in front of the path.
fn without_stage<'a>(path: &'a str, stage: Option<&str>) -> &'a str {
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    rest.filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

/// HTTP APIs encode a body whose content type is not text, a form's among them. What is not
/// readable is left to the decoder to refuse.
fn body(body: String, is_base64_encoded: bool) -> String {
    if !is_base64_encoded {
        return body;
    }
    let bytes = STANDARD.decode(body.as_bytes()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_in_front_of_the_path_is_not_part_of_the_route() {
        assert_eq!(without_stage("/subscribe", Some("$default")), "/subscribe");
        assert_eq!(without_stage("/prod/subscribe", Some("prod")), "/subscribe");
        assert_eq!(without_stage("/production", Some("prod")), "/production");
        assert_eq!(without_stage("/prod", Some("prod")), "/prod");
    }

    #[test]
    fn encoded_bodies_are_decoded() {
        assert_eq!(body("e30=".into(), true), "{}");
        assert_eq!(body("{}".into(), false), "{}");
        assert_eq!(body("%%".into(), true), "");
    }
}
