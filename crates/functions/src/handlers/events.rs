//! `event-fanout` and `event-ingest`: one handler that takes either's events.

use std::borrow::Cow;

use llama_ws_core::ports::{Candidate, Ports, Slot};
use llama_ws_core::{Incoming, IngestReport, Service, Target};
use llama_ws_wire::{PublishReply, Rejected};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error_table::event_code;
use crate::handle::{HandleError, Invocation};

/// What an invocation of these functions may carry.
enum Trigger<'a> {
    /// The schedule, or a starter: work, if a worker is needed.
    Work(Slot),
    /// Events to append.
    Publish(Vec<Cow<'a, str>>),
}

/// Where each shape is told apart: by the fields only it has.
#[derive(Deserialize)]
struct Probe<'a> {
    #[serde(borrow)]
    events: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow, rename = "detail-type")]
    detail_type: Option<&'a RawValue>,
    work: Option<Work>,
}

/// A worker's start, by the schedule or the starter.
#[derive(Deserialize)]
struct Work {
    #[serde(default)]
    index: u16,
    #[serde(default = "one")]
    count: u16,
}

const fn one() -> u16 {
    1
}

/// Appends the events, or works.
pub(crate) async fn events<P: Ports>(
    service: &Service<P>,
    payload: &[u8],
    invocation: &Invocation,
) -> Result<Vec<u8>, HandleError> {
    match trigger(payload)? {
        Trigger::Publish(events) => publish(service, &events).await,
        Trigger::Work(slot) => work(service, slot, invocation).await,
    }
}

fn trigger(payload: &[u8]) -> Result<Trigger<'_>, HandleError> {
    let probe: Probe<'_> = serde_json::from_slice(payload).map_err(HandleError::Event)?;
    if let Some(events) = probe.events {
        return Ok(Trigger::Publish(
            events.into_iter().map(|event| event.get().into()).collect(),
        ));
    }
    if let Some(work) = probe.work {
        let count = work.count.max(1);
        return Ok(Trigger::Work(Slot {
            index: work.index % count,
            count,
        }));
    }
    if probe.data.is_none() && probe.detail_type.is_some() {
        return Ok(Trigger::Work(Slot::WHOLE));
    }
    Ok(Trigger::Publish(vec![String::from_utf8_lossy(payload)]))
}

async fn publish<P: Ports>(
    service: &Service<P>,
    events: &[Cow<'_, str>],
) -> Result<Vec<u8>, HandleError> {
    let incoming: Vec<Incoming<'_>> = events
        .iter()
        .map(|json| Incoming {
            json,
            target: Target::default(),
            fallback_id: None,
        })
        .collect();
    let report = service
        .ingest(&incoming)
        .await
        .map_err(|_| HandleError::Unavailable)?;
    Ok(reply(&report).encode().into_bytes())
}

fn reply(report: &IngestReport) -> PublishReply {
    let rejected = report.rejected.iter().map(|(index, fault)| Rejected {
        index: u64::try_from(*index).unwrap_or(u64::MAX),
        code: event_code(fault),
        message: fault.to_string(),
    });
    PublishReply {
        accepted: u64::try_from(report.accepted).unwrap_or(u64::MAX),
        duplicates: u64::try_from(report.duplicates).unwrap_or(u64::MAX),
        rejected: rejected.collect(),
    }
}

async fn work<P: Ports>(
    service: &Service<P>,
    slot: Slot,
    invocation: &Invocation,
) -> Result<Vec<u8>, HandleError> {
    let candidate = Candidate {
        owner: invocation.request_id.clone(),
        deadline: invocation.deadline,
    };
    let end = service.work(slot, &candidate).await.map_err(|error| {
        tracing::error!(%error, "the worker could not start");
        HandleError::Unavailable
    })?;
    Ok(format!(r#"{{"worker":"{end:?}"}}"#).into_bytes())
}
