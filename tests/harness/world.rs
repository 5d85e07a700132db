//! The service without sockets and without a runtime: functions are called with the gateway's
//! events, a worker runs when it is told to, and frames end in a list. Nothing happens by itself,
//! so the same calls always have the same effects.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use llama_ws_core::ports::{
    ApiKey, Candidate, Clock, ConnectionStore, Cursor, Membership, Ports, Record, Slot,
    Unavailable, WorkLog, WorkerStarter,
};
use llama_ws_core::{
    ConnectionDocument, ConnectionId, Entropy, KeyId, KeyLimits, Offset, Permissions, Policy,
    Principal, Service, UserId, WorkEnd,
};
use llama_ws_functions::{Function, HandleError, Invocation, handle};
use llama_ws_memory::{
    ManualClock, MemoryAnnouncements, MemoryCell, MemoryConnections, MemoryKeys, MemoryTokens,
    RecordingPush,
};
use serde_json::{Value, json};

use crate::faults::{Faults, Faulty};
use crate::stage::start_time;

/// When every connection of a world began, whatever its clock shows.
const CONNECTED_AT: u64 = 1_764_000_000_000;

/// The service of one test, and what it stands on.
pub struct World {
    /// Its time.
    pub clock: ManualClock,
    /// Fails a call of its stores.
    pub faults: Faults,
    /// What was sent to whom.
    pub push: RecordingPush<ManualClock>,
    /// The functions' service.
    pub service: Arc<Service<WorldPorts>>,
}

/// Every port in memory.
#[derive(Debug, Clone)]
pub struct WorldPorts {
    connections: Faulty<MemoryConnections<ManualClock>>,
    keys: Faulty<MemoryKeys>,
    tokens: MemoryTokens,
    cell: Faulty<MemoryCell<ManualClock>>,
    announcements: MemoryAnnouncements,
    push: RecordingPush<ManualClock>,
    clock: ManualClock,
}

impl World {
    /// An empty world. Its random numbers are all different, and such that no retry pauses.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        let clock = ManualClock::new(start_time());
        let faults = Faults::default();
        let push = RecordingPush::new(clock.clone());
        let ports = WorldPorts {
            connections: faulty(MemoryConnections::new(clock.clone()), &faults),
            keys: faulty(MemoryKeys::new(), &faults),
            tokens: MemoryTokens::new(),
            cell: faulty(MemoryCell::new(clock.clone()), &faults),
            announcements: MemoryAnnouncements::new(),
            push: push.clone(),
            clock: clock.clone(),
        };
        Self {
            service: Arc::new(Service::new(ports, policy, counting())),
            clock,
            faults,
            push,
        }
    }

    /// Adds an API key of `user` that may do everything.
    pub fn key(&self, key: &str, user: &str) {
        self.limited_key(key, user, KeyLimits::default());
    }

    /// The same with limits of its own.
    pub fn limited_key(&self, key: &str, user: &str, limits: KeyLimits) {
        let principal = Principal {
            user_id: UserId::new(user),
            key_id: Some(KeyId::new(key)),
            key_hash: None,
            permissions: Permissions::new(["*"]),
            expires_at: None,
            limits,
        };
        let record = ApiKey {
            principal,
            enabled: true,
            created_at: None,
        };
        self.keys().insert(key, record);
    }

    /// The table of API keys.
    #[must_use]
    pub fn keys(&self) -> &MemoryKeys {
        &self.service.ports().keys.inner
    }

    /// `$connect`; answers the handshake's status.
    pub fn connect(&self, id: &str, key: Option<&str>) -> u16 {
        let mut event = socket_event(id, "$connect");
        if let Some(key) = key {
            event["headers"] = json!({"x-api-key": key});
        }
        status(&self.call(Function::Connect, &event).expect("an answer"))
    }

    /// `$disconnect`; answers whether the function succeeded.
    pub fn disconnect(&self, id: &str) -> bool {
        let event = socket_event(id, "$disconnect");
        self.call(Function::Disconnect, &event).is_ok()
    }

    /// The schedule of the disconnect function; answers what the reaper did, unless a store failed.
    pub fn reap(&self) -> Option<Value> {
        self.scheduled_reap(&json!({"reap": {}}))
    }

    /// The same with an event of the platform's.
    pub fn scheduled_reap(&self, event: &Value) -> Option<Value> {
        self.call(Function::Disconnect, event).ok()
    }

    /// A client's message; answers the reply's frame.
    pub fn say(&self, id: &str, message: &Value) -> Value {
        self.tell(id, message).expect("a reply")
    }

    /// The same, where the answer may be a post instead.
    pub fn tell(&self, id: &str, message: &Value) -> Option<Value> {
        let mut event = socket_event(id, "$default");
        event["body"] = json!(message.to_string());
        let answer = self.call(Function::Message, &event).expect("an answer");
        let frame = answer["body"].as_str()?;
        Some(serde_json::from_str(frame).expect("a frame is JSON"))
    }

    /// A client's message and what it waits for: virtual time passes once, by `wait`.
    pub fn tell_after(&self, id: &str, message: &Value, wait: Duration) -> Option<Value> {
        let mut event = socket_event(id, "$default");
        event["body"] = json!(message.to_string());
        let answer = self.call_for(Function::Message, &event, Some(wait));
        let answer = answer.expect("an answer");
        let frame = answer["body"].as_str()?;
        Some(serde_json::from_str(frame).expect("a frame is JSON"))
    }

    /// A request over HTTP; answers status and body.
    pub fn http(&self, key: &str, path: &str, body: &Value) -> (u16, Value) {
        self.request(&format!("POST {path}"), Some(key), &body.to_string())
    }

    /// A request over HTTP of any method, perhaps with `connectionId` in its query, perhaps without
    /// a key; answers status and body.
    pub fn request(&self, route: &str, key: Option<&str>, body: &str) -> (u16, Value) {
        let (route, id) = match route.split_once("?connectionId=") {
            Some((route, id)) => (route, json!({"connectionId": id})),
            None => (route, json!({})),
        };
        let (method, path) = route.split_once(' ').expect("a method and a path");
        let mut event = json!({
            "version": "2.0", "routeKey": route, "rawPath": path,
            "headers": {}, "queryStringParameters": id, "isBase64Encoded": false, "body": body,
            "requestContext": {"http": {"method": method, "path": path}, "stage": "$default",
                               "timeEpoch": CONNECTED_AT},
        });
        if let Some(key) = key {
            event["headers"] = json!({"x-api-key": key});
        }
        let answer = self.call(Function::Subscribe, &event).expect("an answer");
        let text = answer["body"].as_str().expect("a body");
        (status(&answer), serde_json::from_str(text).expect("JSON"))
    }

    /// Publishes an array of events; answers the report.
    pub fn publish(&self, events: &Value) -> Value {
        self.try_publish(events).expect("the events are taken")
    }

    /// Publishes an array of events; answers the report, unless a store failed.
    pub fn try_publish(&self, events: &Value) -> Option<Value> {
        let payload = json!({"events": events});
        self.call(Function::EventIngest, &payload).ok()
    }

    /// Redis pub/sub.
    #[must_use]
    pub fn announcements(&self) -> &MemoryAnnouncements {
        self.service.ports().announcements()
    }

    /// Redis restarts empty.
    pub fn lose_redis(&self) {
        let cell = &self.service.ports().cell.inner;
        cell.lose_everything().expect("the cell answers");
    }

    /// Lets Redis forget all that `action` wrote: a replica takes over that has not heard of it.
    pub fn lose_in_a_failover(&self, action: impl FnOnce(&Self)) {
        let cell = &self.service.ports().cell.inner;
        let before = cell.save().expect("the cell answers");
        action(self);
        cell.fail_over(&before).expect("the cell answers");
    }

    /// The frames that a connection got, in order.
    #[must_use]
    pub fn frames(&self, id: &str) -> Vec<Value> {
        let frames = self.push.frames(&ConnectionId::new(id)).into_iter();
        frames
            .map(|frame| serde_json::from_slice(&frame).expect("a frame is JSON"))
            .collect()
    }

    /// The ids of the events that a connection got, in order.
    #[must_use]
    pub fn event_ids(&self, id: &str) -> Vec<String> {
        let frames = self.frames(id).into_iter();
        frames
            .filter_map(|frame| frame["eventId"].as_str().map(str::to_owned))
            .collect()
    }

    /// The event log from its start: where each event is, by id.
    #[must_use]
    pub fn log(&self) -> Vec<(Offset, String)> {
        let cell = &self.service.ports().cell.inner;
        let read = cell.read(Slot::WHOLE, Cursor::default(), usize::MAX, Duration::ZERO);
        let entries = done(read).expect("the cell answers").events.into_iter();
        entries
            .filter_map(|entry| match entry.record {
                Record::Event(event) => Some((entry.offset, event.id.to_string())),
                Record::Gap => None,
            })
            .collect()
    }

    /// A connection's stored document.
    #[must_use]
    pub fn stored(&self, id: &str) -> Option<ConnectionDocument> {
        let connections = &self.service.ports().connections.inner;
        done(connections.get(&ConnectionId::new(id))).expect("the store answers")
    }

    /// The document of a connection that the worker goes by.
    #[must_use]
    pub fn member(&self, id: &str) -> Option<ConnectionDocument> {
        let members = done(self.service.ports().cell.inner.members(Slot::WHOLE));
        let mut documents = members.expect("the cell answers").documents.into_iter();
        documents.find(|document| document.connection_id.as_str() == id)
    }

    /// The worker's document of a connection is lost.
    pub fn lose_member(&self, document: &ConnectionDocument) {
        let cell = &self.service.ports().cell.inner;
        done(Membership::remove(cell, document)).expect("the cell answers");
    }

    /// Redis has a connection that the table has not.
    pub fn add_member(&self, document: &ConnectionDocument) {
        let cell = &self.service.ports().cell.inner;
        done(cell.publish(document, None)).expect("the cell answers");
    }

    /// An invocation that could work for so long.
    #[must_use]
    pub fn worker(&self, owner: &str, lives: Duration) -> Worker {
        self.worker_on(Slot::WHOLE, owner, lives)
    }

    /// The same for one slot.
    #[must_use]
    pub fn worker_on(&self, slot: Slot, owner: &str, lives: Duration) -> Worker {
        let service = Arc::clone(&self.service);
        let candidate = Candidate {
            owner: owner.to_owned(),
            deadline: self.clock.now().plus(lives),
        };
        let work = async move { service.work(slot, &candidate).await };
        Worker(work.boxed())
    }

    fn call(&self, function: Function, event: &Value) -> Result<Value, HandleError> {
        self.call_for(function, event, None)
    }

    fn call_for(
        &self,
        function: Function,
        event: &Value,
        wait: Option<Duration>,
    ) -> Result<Value, HandleError> {
        let invocation = Invocation {
            request_id: "request".to_owned(),
            deadline: self.clock.now().plus(Duration::from_secs(29)),
        };
        let payload = event.to_string();
        let answer = handle(&self.service, function, payload.as_bytes(), &invocation);
        let mut answer = answer.boxed();
        let answer = match (run(&mut answer), wait) {
            (Poll::Ready(answer), _) => answer,
            (Poll::Pending, Some(wait)) => {
                self.clock.advance(wait);
                done(answer)
            }
            (Poll::Pending, None) => panic!("nothing in memory waits"),
        };
        Ok(serde_json::from_slice(&answer?).expect("an answer is JSON"))
    }
}

/// Multiples of each longest pause between the retries of a change: the rest is no pause at all.
fn counting() -> Entropy {
    let next = AtomicU64::new(0);
    Arc::new(move || next.fetch_add(10 * 32, Ordering::Relaxed))
}

fn faulty<S>(inner: S, faults: &Faults) -> Faulty<S> {
    Faulty {
        inner,
        faults: faults.clone(),
    }
}

fn status(answer: &Value) -> u16 {
    let status = answer["statusCode"].as_u64().expect("a status");
    u16::try_from(status).expect("a status")
}

fn socket_event(id: &str, route: &str) -> Value {
    json!({
        "requestContext": {
            "routeKey": route, "connectionId": id, "connectedAt": CONNECTED_AT, "requestTimeEpoch": CONNECTED_AT,
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "isBase64Encoded": false,
    })
}

/// An invocation of the worker. It runs only when told to; dropping it is a crash.
pub struct Worker(BoxFuture<'static, Result<WorkEnd, Unavailable>>);

impl Worker {
    /// Lets it do everything it can do now. Answers how it ended, if it did.
    pub fn run(&mut self) -> Option<Result<WorkEnd, Unavailable>> {
        match run(&mut self.0) {
            Poll::Ready(end) => Some(end),
            Poll::Pending => None,
        }
    }
}

/// Polls until the future is done or waits for something outside.
fn run<T>(future: &mut BoxFuture<'_, T>) -> Poll<T> {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    while woken.0.swap(false, Ordering::SeqCst) {
        if let Poll::Ready(value) = future.poll_unpin(&mut context) {
            return Poll::Ready(value);
        }
    }
    Poll::Pending
}

fn done<T>(future: impl Future<Output = T> + Send) -> T {
    match run(&mut future.boxed()) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing in memory waits"),
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Workers start when a test starts them.
#[derive(Debug, Clone, Copy)]
pub struct NoStarter;

impl WorkerStarter for NoStarter {
    async fn start(&self) {}
}

impl Ports for WorldPorts {
    type Connections = Faulty<MemoryConnections<ManualClock>>;
    type Keys = Faulty<MemoryKeys>;
    type Tokens = MemoryTokens;
    type Cell = Faulty<MemoryCell<ManualClock>>;
    type Announcements = MemoryAnnouncements;
    type Push = RecordingPush<ManualClock>;
    type Starter = NoStarter;
    type Clock = ManualClock;

    fn connections(&self) -> &Self::Connections {
        &self.connections
    }

    fn keys(&self) -> &Self::Keys {
        &self.keys
    }

    fn tokens(&self) -> &MemoryTokens {
        &self.tokens
    }

    fn cell(&self) -> &Self::Cell {
        &self.cell
    }

    fn announcements(&self) -> &MemoryAnnouncements {
        &self.announcements
    }

    fn push(&self) -> &Self::Push {
        &self.push
    }

    fn starter(&self) -> &Self::Starter {
        &NoStarter
    }

    fn clock(&self) -> &ManualClock {
        &self.clock
    }
}
