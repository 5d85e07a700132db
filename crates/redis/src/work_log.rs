//! What a worker reads: the members, and both logs in one blocking read.

use std::sync::Arc;
use std::time::Duration;

use fred::clients::Client;
use fred::error::Error;
use fred::interfaces::{ClientLike, HashesInterface, StreamsInterface};
use fred::types::{ClusterHash, CustomCommand, Value};
use fred::util::redis_keyslot;
use futures_util::future::join;
use llama_ws_core::ports::{
    Batch, Change, ChangeKind, Cursor, LogEntry, Members, Record, Slot, Unavailable, WorkLog,
};
use llama_ws_core::{CatchUp, ConnectionDocument, ConnectionId, Offset, UnixMillis};

use crate::connection::{Connection, Purpose};
use crate::fault::unavailable;
use crate::{RedisCell, membership, reply};

/// An entry of a stream: its place, and its fields in order.
pub(crate) type Entry = (Offset, Vec<(String, String)>);

impl WorkLog for RedisCell {
    async fn members(&self, slot: Slot) -> Result<Members, Unavailable> {
        let client = self.commands();
        let newest = client.xrevrange(self.keys.changes(), "+", "-", Some(1));
        let time = CustomCommand::new_static("TIME", self.slot(), false);
        let both = async {
            let time = client.custom(time, Vec::<String>::new());
            let (newest, now) = join(newest, time).await;
            Ok((newest?, now?))
        };
        let (newest, now): (Value, Value) = self.within(both).await?;
        let newest = entries(newest)?.pop();
        let [secs, _] = reply::array(now)?;
        let now = UnixMillis(reply::number(secs)?.saturating_mul(1_000));
        let mut documents = Vec::new();
        for key in self.keys.documents_in(slot) {
            let shard: Value = self.within(client.hvals(key)).await?;
            for json in reply::list(shard)? {
                documents.extend(membership::document(&reply::text(json)?));
            }
        }
        documents.retain(|document| now < document.expires_at());
        Ok(Members {
            documents,
            changes_after: newest.map_or(Offset::ZERO, |(place, _)| place),
        })
    }

    async fn read(
        &self,
        slot: Slot,
        cursor: Cursor,
        count: usize,
        wait: Duration,
    ) -> Result<Batch, Unavailable> {
        let count = count.max(1);
        // One more than asked for tells whether there are more.
        let arguments = self.read_arguments(cursor, count.saturating_add(1), wait);
        let (streams, trimmed_up_to) = if wait.is_zero() {
            self.within(self.read_both(self.commands(), arguments))
                .await?
        } else {
            self.read_waiting(arguments, wait).await?
        };
        self.batch(slot, cursor, count, streams, trimmed_up_to)
    }
}

impl RedisCell {
    /// Where a cluster keeps the cell.
    fn slot(&self) -> ClusterHash {
        ClusterHash::Custom(redis_keyslot(self.keys.events().as_bytes()))
    }

    fn read_arguments(&self, cursor: Cursor, count: usize, wait: Duration) -> Vec<String> {
        let mut arguments = vec!["COUNT".to_owned(), count.to_string()];
        if !wait.is_zero() {
            // 0 would be for ever.
            let millis = wait.as_millis().max(1);
            arguments.extend(["BLOCK".to_owned(), millis.to_string()]);
        }
        arguments.extend([
            "STREAMS".to_owned(),
            self.keys.events(),
            self.keys.changes(),
            cursor.events.to_string(),
            cursor.changes.to_string(),
        ]);
        arguments
    }

    /// Both logs, and then how far the event log was trimmed, in one pipeline. Since that is looked
    /// up last, it may tell of a trim that this read was spared, and never misses one.
    async fn read_both(
        &self,
        client: &Client,
        arguments: Vec<String>,
    ) -> Result<(Value, Value), Error> {
        // fred would hold back what follows a read that it knows to block.
        let read = CustomCommand::new_static("XREAD", self.slot(), false);
        let pipeline = client.pipeline();
        let _: () = pipeline.custom(read, arguments).await?;
        let _: () = pipeline.hget(self.keys.counts(), "log:trimmed").await?;
        pipeline.all().await
    }

    /// On a connection of its own. It is kept only if the answer came: otherwise it may be dead, or,
    /// when the reader gave up, still waiting.
    async fn read_waiting(
        &self,
        arguments: Vec<String>,
        wait: Duration,
    ) -> Result<(Value, Value), Unavailable> {
        let mut reader = self.reader.lock().await;
        let connection = match reader.take() {
            Some(connection) => connection,
            None => Connection::open(&self.client, Purpose::BlockingReads, self.deadline)
                .map_err(|error| unavailable(error.to_string()))?,
        };
        let read = self.read_both(&connection.client, arguments);
        let longest = wait.saturating_add(self.deadline);
        let answer = connection.within(longest, read).await?;
        *reader = Some(connection);
        Ok(answer)
    }

    fn batch(
        &self,
        slot: Slot,
        cursor: Cursor,
        count: usize,
        streams: Value,
        trimmed_up_to: Value,
    ) -> Result<Batch, Unavailable> {
        let (mut events, mut changes) = (Vec::new(), Vec::new());
        for stream in reply::list(streams)? {
            let [key, found] = reply::array(stream)?;
            if reply::text(key)? == self.keys.events() {
                events = entries(found)?;
            } else {
                changes = entries(found)?;
            }
        }
        let (events_cut, changes_cut) = (events.len() > count, changes.len() > count);
        events.truncate(count);
        changes.truncate(count);
        let end = |entries: &[Entry], start| entries.last().map_or(start, |(place, _)| *place);
        let read_to = Cursor {
            events: end(&events, cursor.events),
            changes: end(&changes, cursor.changes),
        };
        let last_change = changes.last().filter(|_| changes_cut);
        Ok(Batch {
            read_to,
            events_cut,
            changes_until: last_change.map(|(_, fields)| at(fields)),
            trimmed: cursor.events < reply::offset(trimmed_up_to)?,
            events: events.into_iter().map(log_entry).collect(),
            changes: changes
                .into_iter()
                .filter_map(change)
                .filter(|change| self.keys.serves(slot, change.kind.connection_id()))
                .collect(),
        })
    }
}

pub(crate) fn entries(value: Value) -> Result<Vec<Entry>, Unavailable> {
    let entries = reply::list(value)?.into_iter().map(|entry| {
        let [place, fields] = reply::array(entry)?;
        Ok((reply::offset(place)?, reply::pairs(reply::list(fields)?)?))
    });
    entries.collect()
}

/// An entry that this version cannot read is a gap: something was there.
pub(crate) fn log_entry((offset, fields): Entry) -> LogEntry {
    let event = field(&fields, "event").map(serde_json::from_str);
    let record = match event {
        Some(Ok(event)) => Record::Event(Arc::new(event)),
        Some(Err(error)) => {
            tracing::warn!(%error, %offset, "an event in the log cannot be read");
            Record::Gap
        }
        None => Record::Gap,
    };
    LogEntry { offset, record }
}

fn change((id, fields): Entry) -> Option<Change> {
    let kind = if let Some(json) = field(&fields, "document") {
        let document: ConnectionDocument = membership::document(json)?;
        ChangeKind::Document(Arc::new(document))
    } else {
        let connected_at = UnixMillis(field(&fields, "connectedAt")?.parse().ok()?);
        match field(&fields, "catchUp") {
            Some(json) => ChangeKind::CatchUp {
                connection_id: ConnectionId::new(field(&fields, "connection")?),
                connected_at,
                catch_up: catch_up(json)?,
            },
            None => ChangeKind::Removed {
                connection_id: ConnectionId::new(field(&fields, "removed")?),
                connected_at,
            },
        }
    };
    let at = at(&fields);
    Some(Change { id, at, kind })
}

/// An order; none if this version cannot read it.
fn catch_up(json: &str) -> Option<CatchUp> {
    serde_json::from_str(json)
        .inspect_err(|error| tracing::warn!(%error, "an order to catch up cannot be read"))
        .ok()
}

/// After which event a change is applied.
fn at(fields: &[(String, String)]) -> Offset {
    let at = field(fields, "at").and_then(|at| at.parse().ok());
    at.unwrap_or_default()
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(field, _)| field == name);
    found.map(|(_, value)| value.as_str())
}
