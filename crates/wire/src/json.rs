//! Turning our own types into text, which cannot fail.

use serde::Serialize;

/// `value` as JSON text.
///
/// The types of this crate have string keys and no failing parts, so the fallback is unreachable;
/// it is a frame a client understands rather than a panic.
pub(crate) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| {
        r#"{"type":"error","code":"INTERNAL","message":"the reply could not be written","retryable":true}"#
            .to_owned()
    })
}
