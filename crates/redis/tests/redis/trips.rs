//! Round trips, counted on the wire: budgets.md allows no more.

use std::time::Duration;

use llama_ws_core::ports::{
    Acquired, Admission, Checkpoint, Cursor, EventLog, Health, Leases, Marks, Membership,
    RequestKind, Slot, Statistics, WorkLog,
};
use llama_ws_core::{Event, Policy};
use llama_ws_redis::{RedisCell, RedisConfig, RedisServer, RedisUrl};
use llama_ws_test_servers::redis::{Redis, Setup};
use llama_ws_test_servers::unique;

use crate::proxy::Proxy;
use crate::values::{authenticated, candidate, document, event};

struct Counted {
    cell: RedisCell,
    proxy: Proxy,
    _server: Redis,
}

/// A cell whose server knows every script and whose connections are open.
async fn warm() -> Counted {
    let server = Redis::start(Setup::Redis);
    let proxy = Proxy::to(server.port()).await;
    let url = RedisUrl::new(format!("redis://127.0.0.1:{}", proxy.port));
    let config = RedisConfig {
        tag: unique(),
        ..RedisConfig::new(RedisServer::Url(url))
    };
    let counted = Counted {
        cell: RedisCell::connect(&config).unwrap(),
        proxy,
        _server: server,
    };
    counted.run_all().await;
    counted
}

impl Counted {
    /// The round trips of a call.
    async fn of<T>(&self, call: impl Future<Output = Result<T, impl std::fmt::Debug>>) -> u64 {
        let before = self.proxy.trips();
        call.await.unwrap();
        self.proxy.trips() - before
    }

    /// Every call once, and what each took.
    async fn run_all(&self) -> Vec<(&'static str, u64)> {
        let (cell, policy) = (&self.cell, Policy::default());
        let connected = document();
        let id = &connected.connection_id;
        let user = unique();
        let known = authenticated(&connected, &user);
        let batch: Vec<Event> = (0..50).map(|_| event()).collect();
        let (first, second) = (candidate(), candidate());
        let change = RequestKind::SubscriptionChange;
        let (whole, start) = (Slot::WHOLE, Cursor::default());
        let Acquired::Granted(lease) = cell.acquire(whole, &first).await.unwrap() else {
            panic!("somebody else works here");
        };
        let progress = Checkpoint {
            marks: (0..500)
                .map(|_| (document().connection_id, Marks::default()))
                .collect(),
            ..Checkpoint::default()
        };
        let wait = Duration::from_millis(200);
        let trips = vec![
            (
                "admit_connect",
                self.of(cell.admit_connect("a", &policy)).await,
            ),
            ("publish", self.of(cell.publish(&connected, None)).await),
            (
                "publish with allowance",
                self.of(cell.publish(&known, Some(9))).await,
            ),
            (
                "admit_request",
                self.of(cell.admit_request(id, change, &policy)).await,
            ),
            ("begin_wait", self.of(cell.begin_wait(id, 4)).await),
            ("end_wait", self.of(cell.end_wait(id)).await),
            ("is_live", self.of(cell.is_live(id)).await),
            ("append 50", self.of(cell.append(&batch)).await),
            ("append_gap", self.of(cell.append_gap()).await),
            (
                "read",
                self.of(cell.read(whole, start, 1_000, Duration::ZERO))
                    .await,
            ),
            (
                "read, waiting",
                self.of(cell.read(whole, start, 1_000, wait)).await,
            ),
            ("stand_by", self.of(cell.stand_by(whole, &second)).await),
            (
                "checkpoint",
                self.of(cell.checkpoint(whole, lease.token, &progress))
                    .await,
            ),
            ("counts", self.of(cell.counts()).await),
            ("check", self.of(cell.check()).await),
            ("remove", self.of(cell.remove(&known)).await),
            (
                "release",
                self.of(cell.release(whole, lease.token, &progress)).await,
            ),
        ];
        let given = cell.stand_by(whole, &second).await.unwrap();
        let Acquired::Granted(given) = given else {
            panic!("{given:?}");
        };
        let end = cell
            .read(whole, start, 1_000, Duration::ZERO)
            .await
            .unwrap();
        let done = Checkpoint {
            cursor: end.read_to,
            ..Checkpoint::default()
        };
        cell.release(whole, given.token, &done).await.unwrap();
        trips
    }
}

#[tokio::test]
async fn every_call_is_one_round_trip() {
    let counted = warm().await;

    for (call, trips) in counted.run_all().await {
        assert_eq!(trips, 1, "{call}");
    }
}

#[tokio::test]
async fn a_reader_that_is_woken_has_made_one_round_trip() {
    let counted = warm().await;
    let start = counted
        .cell
        .read(Slot::WHOLE, Cursor::default(), 1_000, Duration::ZERO)
        .await
        .unwrap()
        .read_to;
    let before = counted.proxy.trips();

    let read = counted
        .cell
        .read(Slot::WHOLE, start, 10, Duration::from_secs(60));
    let batch = [event()];
    let appended = counted.cell.append(&batch);
    let (read, appended) = tokio::join!(read, appended);

    appended.unwrap();
    assert_eq!(read.unwrap().events.len(), 1);
    assert_eq!(counted.proxy.trips() - before, 2, "a read and an append");
}
