//! The one table from refusals to wire codes. Text for people is here; causes are in the log.

use llama_ws_core::{ChannelFault, EventFault, MAX_CHANNELS, Refusal};
use llama_ws_wire::{ErrorBody, ErrorCode};
use serde_json::json;

/// When to try again after a store did not answer.
const UNAVAILABLE_RETRY_MS: u64 = 1_000;

/// A refusal as the client sees it.
pub(crate) fn error_body(refusal: &Refusal) -> ErrorBody {
    let plain = |code| ErrorBody::new(code, refusal.to_string());
    match refusal {
        Refusal::Unauthenticated => plain(ErrorCode::Unauthenticated),
        Refusal::InvalidCredential => plain(ErrorCode::InvalidCredential),
        Refusal::Forbidden => plain(ErrorCode::Forbidden),
        Refusal::Channels(faults) => channels(refusal, faults),
        Refusal::SubscriptionTooLarge { limit_bytes } => plain(ErrorCode::TooManyChannels)
            .with_details(json!({ "limit": limit_bytes, "unit": "bytes" })),
        Refusal::InvalidOffset => {
            plain(ErrorCode::InvalidOffset).with_details(json!({ "field": "since" }))
        }
        Refusal::NotSubscribed(missing) if missing.is_empty() => plain(ErrorCode::NotSubscribed),
        Refusal::NotSubscribed(missing) => {
            plain(ErrorCode::NotSubscribed).with_details(json!({ "channels": missing }))
        }
        Refusal::ConnectionNotFound => plain(ErrorCode::ConnectionNotFound),
        Refusal::RateLimited { retry_after } => plain(ErrorCode::RateLimited)
            .with_retry_after(u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX)),
        Refusal::Unavailable => {
            plain(ErrorCode::Unavailable).with_retry_after(UNAVAILABLE_RETRY_MS)
        }
    }
}

/// The first fault's code, and every bad channel in the details.
fn channels(refusal: &Refusal, faults: &[(String, ChannelFault)]) -> ErrorBody {
    let code = faults
        .first()
        .map_or(ErrorCode::InvalidChannel, |(_, fault)| channel_code(*fault));
    let names: Vec<&str> = faults.iter().map(|(name, _)| name.as_str()).collect();
    let mut details = json!({ "channels": names });
    if let (ErrorCode::TooManyChannels, Some(details)) = (code, details.as_object_mut()) {
        details.insert("limit".to_owned(), json!(MAX_CHANNELS));
    }
    ErrorBody::new(code, refusal.to_string()).with_details(details)
}

/// The code of one channel's fault.
pub(crate) fn channel_code(fault: ChannelFault) -> ErrorCode {
    match fault {
        ChannelFault::Invalid => ErrorCode::InvalidChannel,
        ChannelFault::Forbidden => ErrorCode::Forbidden,
        ChannelFault::TooMany => ErrorCode::TooManyChannels,
    }
}

/// The code of a published event's fault.
pub(crate) fn event_code(fault: &EventFault) -> ErrorCode {
    match fault {
        EventFault::Invalid(_) => ErrorCode::InvalidMessage,
        EventFault::TooLarge => ErrorCode::PayloadTooLarge,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_refusal_has_its_row() {
        let rows = [
            (Refusal::Unauthenticated, "UNAUTHENTICATED", 401, None),
            (Refusal::InvalidCredential, "INVALID_CREDENTIAL", 401, None),
            (Refusal::Forbidden, "FORBIDDEN", 403, None),
            (
                Refusal::Channels(vec![("x".into(), ChannelFault::Invalid)]),
                "INVALID_CHANNEL",
                400,
                None,
            ),
            (
                Refusal::Channels(vec![("x".into(), ChannelFault::Forbidden)]),
                "FORBIDDEN",
                403,
                None,
            ),
            (
                Refusal::Channels(vec![("x".into(), ChannelFault::TooMany)]),
                "TOO_MANY_CHANNELS",
                400,
                None,
            ),
            (
                Refusal::SubscriptionTooLarge { limit_bytes: 1 },
                "TOO_MANY_CHANNELS",
                400,
                None,
            ),
            (Refusal::InvalidOffset, "INVALID_OFFSET", 400, None),
            (
                Refusal::NotSubscribed(Vec::new()),
                "NOT_SUBSCRIBED",
                404,
                None,
            ),
            (
                Refusal::ConnectionNotFound,
                "CONNECTION_NOT_FOUND",
                404,
                None,
            ),
            (
                Refusal::RateLimited {
                    retry_after: Duration::from_millis(7),
                },
                "RATE_LIMITED",
                429,
                Some(7),
            ),
            (
                Refusal::Unavailable,
                "UNAVAILABLE",
                503,
                Some(UNAVAILABLE_RETRY_MS),
            ),
        ];
        for (refusal, code, status, retry_after_ms) in rows {
            let body = error_body(&refusal);
            assert_eq!(body.code.as_str(), code, "{refusal:?}");
            assert_eq!(body.code.http_status(), status, "{refusal:?}");
            assert_eq!(body.retry_after_ms, retry_after_ms, "{refusal:?}");
        }
    }

    #[test]
    fn the_first_fault_names_the_code_and_all_bad_channels_are_listed() {
        let body = error_body(&Refusal::Channels(vec![
            ("a".into(), ChannelFault::TooMany),
            ("b".into(), ChannelFault::Invalid),
        ]));

        assert_eq!(body.code, ErrorCode::TooManyChannels);
        assert_eq!(
            body.details,
            Some(json!({ "channels": ["a", "b"], "limit": 100 }))
        );
    }

    #[test]
    fn the_log_and_the_wire_agree_on_frame_types() {
        let mut reserved = llama_ws_core::RESERVED_TYPES.to_vec();
        let mut frames = llama_ws_wire::FRAME_TYPES.to_vec();
        reserved.sort_unstable();
        frames.sort_unstable();
        assert_eq!(reserved, frames);
    }
}
