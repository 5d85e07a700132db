//! Values that several tests need.

use std::sync::Arc;
use std::time::Duration;

use llama_ws_core::ports::{Cursor, Record, Slot, WorkLog};
use llama_ws_publisher::{Event, Offset, Other, PriceUpdate, Publisher, PublisherConfig};
use llama_ws_redis::{RedisCell, RedisConfig, RedisServer, RedisUrl};
use llama_ws_test_servers::redis::Redis;
use serde_json::value::RawValue;

pub(crate) const NOW: u64 = 1_764_000_000_000;

/// A machine that runs tests has much else to do.
const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) fn config(server: &Redis) -> PublisherConfig {
    PublisherConfig::new(server.url()).deadline(DEADLINE)
}

pub(crate) fn publisher(server: &Redis) -> Publisher {
    Publisher::connect(&config(server)).unwrap()
}

pub(crate) fn price(id: &str) -> Event {
    Event::new(id, NOW, PriceUpdate::new("ethereum", 2_500.0, 2_750.5))
}

/// An event of another type, with this `data`.
pub(crate) fn other(id: &str, event_type: &str, data: String) -> Event {
    let event_type = event_type.to_owned();
    let data = RawValue::from_string(data).unwrap();
    Event::new(id, NOW, Other { event_type, data })
}

/// The cell as the service sees it.
pub(crate) fn cell(server: &Redis) -> RedisCell {
    let address = RedisServer::Url(RedisUrl::new(server.url()));
    RedisCell::connect(&RedisConfig {
        command_deadline: DEADLINE,
        ..RedisConfig::new(address)
    })
    .unwrap()
}

/// All that a worker reads from the log.
pub(crate) async fn log(server: &Redis) -> Vec<(Offset, Arc<llama_ws_core::Event>)> {
    let batch = cell(server)
        .read(Slot::WHOLE, Cursor::default(), 1_000, Duration::ZERO)
        .await
        .unwrap();
    let entries = batch.events.into_iter().map(|entry| match entry.record {
        Record::Event(event) => (entry.offset, event),
        Record::Gap => panic!("a gap"),
    });
    entries.collect()
}
