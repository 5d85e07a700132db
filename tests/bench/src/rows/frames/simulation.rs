//! The service in virtual time: a real worker on stores in memory, posts that take 10 ms.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use llama_ws_core::ports::{Candidate, Clock, Membership, Ports, Slot, WorkerStarter};
use llama_ws_core::{Incoming, Policy, Service, Target, UnixMillis};
use llama_ws_memory::{
    ManualClock, MemoryAnnouncements, MemoryCell, MemoryConnections, MemoryKeys, MemoryTokens,
    RecordingPush,
};

use super::chance::{Chance, Weights};
use super::figures::{Collector, Figures, count};
use super::profile::{Profile, TOKENS, UPDATES_IN_2_MS, Updates, document};

const START: UnixMillis = UnixMillis(1_764_000_000_000);
const POST_TAKES: Duration = Duration::from_millis(10);

/// Virtual time that does not count, and that does, in milliseconds.
const WARM_UP_MS: u64 = 2_000;
const MEASURED_MS: u64 = 4_000;

struct SimulatedPorts {
    connections: MemoryConnections<ManualClock>,
    keys: MemoryKeys,
    tokens: MemoryTokens,
    cell: MemoryCell<ManualClock>,
    announcements: MemoryAnnouncements,
    push: RecordingPush<ManualClock>,
    clock: ManualClock,
}

/// Runs a profile.
pub(super) fn run(profile: Profile, updates: Updates) -> Figures {
    let clock = ManualClock::new(START);
    let push = RecordingPush::new(clock.clone());
    push.delay(POST_TAKES);
    let numbers = AtomicU64::new(1);
    let service = Service::new(
        SimulatedPorts {
            connections: MemoryConnections::new(clock.clone()),
            keys: MemoryKeys::new(),
            tokens: MemoryTokens::new(),
            cell: MemoryCell::new(clock.clone()),
            announcements: MemoryAnnouncements::new(),
            push: push.clone(),
            clock: clock.clone(),
        },
        Policy::default(),
        Arc::new(move || numbers.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)),
    );
    let mut chance = Chance(7);
    let popularity = Weights::zipf(TOKENS);
    let clients: Vec<BTreeSet<usize>> = (0..profile.clients)
        .map(|_| profile.tokens(&mut chance, &popularity))
        .collect();
    let mut followers = vec![0_u32; usize::try_from(TOKENS).unwrap_or_default()];
    let mut ids = Vec::new();
    for (n, tokens) in (0..profile.clients).zip(&clients) {
        for token in tokens {
            if let Some(followers) = followers.get_mut(*token) {
                *followers += 1;
            }
        }
        let document = document(n, tokens, START);
        let _ = service.ports().cell.publish(&document, None).now_or_never();
        ids.push(document.connection_id);
    }

    let candidate = Candidate {
        owner: "worker".to_owned(),
        deadline: START.plus(Duration::from_secs(900)),
    };
    let mut working = service.work(Slot::WHOLE, &candidate).boxed();
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut work = move || {
        while woken.0.swap(false, Ordering::Relaxed) {
            let mut context = Context::from_waker(&waker);
            let _ = working.poll_unpin(&mut context);
        }
    };

    let weights = updates.weights();
    let mut collector = Collector::default();
    let mut naive_frames = 0.0;
    for ms in 1..=WARM_UP_MS + MEASURED_MS {
        clock.advance(Duration::from_millis(1));
        let now = clock.now();
        let mut events = Vec::new();
        if ms.is_multiple_of(2) {
            for _ in 0..UPDATES_IN_2_MS {
                let token = weights.pick(&mut chance);
                naive_frames += followers.get(token).map_or(0.0, |n| f64::from(*n));
                events.push(format!(
                    r#"{{"type":"price_update","timestamp":{now},"data":{{"tokenId":"t{token}","price":{},"symbol":"T{token}"}}}}"#,
                    chance.next() % 1_000_000
                ));
            }
        }
        if ms % 2_000 == 1_000 {
            events.push(format!(
                r#"{{"type":"alert","timestamp":{now},"data":{{"n":{ms}}}}}"#
            ));
        }
        publish(&service, &events);
        work();
        if ms == WARM_UP_MS {
            collector.begin(now, ids.iter().cloned());
            naive_frames = 0.0;
        } else if ms > WARM_UP_MS {
            collector.take(push.posts());
        }
        push.forget_posts();
    }
    let seconds = Duration::from_millis(MEASURED_MS).as_secs_f64();
    let changeable = changeable(profile, &clients, &weights);
    collector.figures(profile, (clock.now(), seconds), naive_frames, changeable)
}

fn publish(service: &Service<SimulatedPorts>, events: &[String]) {
    let incoming: Vec<Incoming<'_>> = events
        .iter()
        .map(|json| Incoming {
            json,
            target: Target::default(),
            fallback_id: None,
        })
        .collect();
    if !incoming.is_empty() {
        let _ = service.ingest(&incoming).now_or_never();
    }
}

/// How many of a client's values change in an interval, on average over the clients.
fn changeable(profile: Profile, clients: &[BTreeSet<usize>], weights: &Weights) -> f64 {
    let in_interval = 500.0 * count(UPDATES_IN_2_MS) * profile.interval_s;
    let changes = |token: &usize| 1.0 - (-in_interval * weights.share(*token)).exp();
    let all: f64 = clients.iter().flatten().map(changes).sum();
    all / count(clients.len())
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The worker is there already.
struct NoStarter;

impl WorkerStarter for NoStarter {
    async fn start(&self) {}
}

impl Ports for SimulatedPorts {
    type Connections = MemoryConnections<ManualClock>;
    type Keys = MemoryKeys;
    type Tokens = MemoryTokens;
    type Cell = MemoryCell<ManualClock>;
    type Announcements = MemoryAnnouncements;
    type Push = RecordingPush<ManualClock>;
    type Starter = NoStarter;
    type Clock = ManualClock;

    fn connections(&self) -> &Self::Connections {
        &self.connections
    }

    fn tokens(&self) -> &Self::Tokens {
        &self.tokens
    }

    fn keys(&self) -> &Self::Keys {
        &self.keys
    }

    fn cell(&self) -> &Self::Cell {
        &self.cell
    }

    fn announcements(&self) -> &Self::Announcements {
        &self.announcements
    }

    fn push(&self) -> &Self::Push {
        &self.push
    }

    fn starter(&self) -> &Self::Starter {
        &NoStarter
    }

    fn clock(&self) -> &Self::Clock {
        &self.clock
    }
}
