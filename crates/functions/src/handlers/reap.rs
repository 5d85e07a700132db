//! The schedule of the disconnect function: the reaper.

use llama_ws_core::ports::Ports;
use llama_ws_core::{Reaped, Service};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::handle::HandleError;

/// By what the schedule's event is told from `$disconnect`.
#[derive(Deserialize)]
struct Probe<'a> {
    #[serde(borrow, rename = "requestContext")]
    request_context: Option<&'a RawValue>,
    #[serde(borrow, rename = "detail-type")]
    detail_type: Option<&'a RawValue>,
    #[serde(borrow)]
    reap: Option<&'a RawValue>,
}

/// What a run did.
#[derive(Serialize)]
pub(crate) struct Answer {
    ended: usize,
    expired: usize,
    forgotten: usize,
    discarded: usize,
    compared: usize,
}

/// Whether the schedule sent this: EventBridge's event, or `{"reap":{}}`.
pub(crate) fn is_reap(payload: &[u8]) -> bool {
    serde_json::from_slice::<Probe<'_>>(payload).is_ok_and(|probe| {
        probe.request_context.is_none() && probe.detail_type.or(probe.reap).is_some()
    })
}

/// One run.
pub(crate) async fn reap<P: Ports>(service: &Service<P>) -> Result<Answer, HandleError> {
    let reaped = service.reap().await.map_err(|error| {
        tracing::error!(%error, "the reaper's next run has to do the rest");
        HandleError::Unavailable
    })?;
    let Reaped {
        ended,
        expired,
        forgotten,
        discarded,
        compared,
    } = reaped;
    tracing::info!(ended, expired, forgotten, discarded, compared, "reaped");
    Ok(Answer {
        ended,
        expired,
        forgotten,
        discarded,
        compared,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_is_told_from_a_disconnect() {
        for (payload, expected) in [
            (r#"{"reap":{}}"#, true),
            (
                r#"{"version":"0","detail-type":"Scheduled Event","source":"aws.events","detail":{}}"#,
                true,
            ),
            (
                r#"{"requestContext":{"routeKey":"$disconnect"},"reap":{}}"#,
                false,
            ),
            (r#"{"requestContext":{"routeKey":"$disconnect"}}"#, false),
            (r#"{"reap":null}"#, false),
            ("{}", false),
            ("[]", false),
            ("", false),
        ] {
            assert_eq!(is_reap(payload.as_bytes()), expected, "{payload}");
        }
    }
}
