//! `event-fanout` and `event-ingest`: one handler that takes either's events.

use std::borrow::Cow;

use llama_ws_core::ports::{Candidate, Ports, Slot};
use llama_ws_core::{EventId, Incoming, IngestReport, Service, Target};
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
    /// A batch from a queue.
    Queue(Vec<QueueRecord>),
}

/// Where each shape is told apart. An event has `data` and the others have not.
#[derive(Deserialize)]
struct Probe<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    events: Option<&'a RawValue>,
    #[serde(borrow, rename = "Records")]
    records: Option<&'a RawValue>,
    #[serde(borrow, rename = "detail-type")]
    detail_type: Option<&'a RawValue>,
    #[serde(borrow)]
    work: Option<&'a RawValue>,
}

/// A message of SQS, as an event source mapping delivers it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueueRecord {
    message_id: String,
    body: String,
}

/// `{event, …}`, as the original's Event Processor wraps what it sends to its queue.
#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
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
        Trigger::Queue(records) => drain_queue(service, &records).await,
        Trigger::Work(slot) => work(service, slot, invocation).await,
    }
}

fn trigger(payload: &[u8]) -> Result<Trigger<'_>, HandleError> {
    let probe: Probe<'_> = serde_json::from_slice(payload).map_err(HandleError::Event)?;
    let bare = || Trigger::Publish(vec![String::from_utf8_lossy(payload)]);
    if probe.data.is_some() {
        return Ok(bare());
    }
    if let Some(events) = probe.events {
        let events: Vec<&RawValue> = read(events)?;
        let texts = events.into_iter().map(|event| event.get().into());
        return Ok(Trigger::Publish(texts.collect()));
    }
    if let Some(records) = probe.records {
        return Ok(Trigger::Queue(read(records)?));
    }
    if let Some(work) = probe.work {
        let work: Work = read(work)?;
        let count = work.count.max(1);
        return Ok(Trigger::Work(Slot {
            index: work.index % count,
            count,
        }));
    }
    if probe.detail_type.is_some() {
        return Ok(Trigger::Work(Slot::WHOLE));
    }
    Ok(bare())
}

fn read<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Result<T, HandleError> {
    serde_json::from_str(json.get()).map_err(HandleError::Event)
}

/// Appends what a queue brought. A poison message is logged and taken off the queue, since it will
/// never be an event; when the log does not answer, all of the batch stays on it.
async fn drain_queue<P: Ports>(
    service: &Service<P>,
    records: &[QueueRecord],
) -> Result<Vec<u8>, HandleError> {
    let incoming: Vec<Incoming<'_>> = records.iter().map(QueueRecord::incoming).collect();
    let failures = match service.ingest(&incoming).await {
        Ok(_) => Vec::new(),
        Err(refusal) => {
            tracing::error!(%refusal, messages = records.len(), "a batch stays on the queue");
            let failed =
                |record: &QueueRecord| serde_json::json!({ "itemIdentifier": record.message_id });
            records.iter().map(failed).collect()
        }
    };
    Ok(serde_json::json!({ "batchItemFailures": failures })
        .to_string()
        .into_bytes())
}

impl QueueRecord {
    /// Without an id of its own, a redelivered message is the same event.
    fn incoming(&self) -> Incoming<'_> {
        let wrapped = serde_json::from_str::<Wrapped<'_>>(&self.body).ok();
        let inner = wrapped
            .filter(|wrapped| wrapped.data.is_none())
            .and_then(|wrapped| wrapped.event);
        Incoming {
            json: inner.map_or(self.body.as_str(), RawValue::get),
            target: Target::default(),
            fallback_id: Some(EventId::new(format!("sqs-{}", self.message_id))),
        }
    }
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
