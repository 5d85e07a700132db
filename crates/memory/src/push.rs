//! A way to clients that ends in a list: what was posted, in order, and scripted answers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use llama_ws_core::ports::{Clock, PostOutcome, Presence, Push};
use llama_ws_core::{ConnectionId, UnixMillis};
use tokio::sync::watch;

/// A clonable handle to one recording. Answers [`PostOutcome::Delivered`] at once unless told
/// otherwise.
#[derive(Debug, Clone)]
pub struct RecordingPush<C> {
    clock: C,
    recording: Arc<Mutex<Recording>>,
    posted: watch::Sender<usize>,
}

/// A post that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// To whom.
    pub connection_id: ConnectionId,
    /// What.
    pub frame: Bytes,
    /// When it was answered.
    pub at: UnixMillis,
    /// How it was answered.
    pub outcome: PostOutcome,
}

#[derive(Debug, Default)]
struct Recording {
    posts: Vec<Post>,
    closed: Vec<ConnectionId>,
    presences: HashMap<ConnectionId, Presence>,
    asked: Vec<ConnectionId>,
    answers: HashMap<ConnectionId, VecDeque<PostOutcome>>,
    delay: Duration,
    in_flight: HashMap<ConnectionId, usize>,
    most_in_flight: usize,
}

impl<C: Clock> RecordingPush<C> {
    /// An empty recording.
    #[must_use]
    pub fn new(clock: C) -> Self {
        Self {
            clock,
            recording: Arc::default(),
            posted: watch::Sender::new(0),
        }
    }

    /// Answers the next posts to `id` with `outcomes`, one each.
    pub fn answer(&self, id: &ConnectionId, outcomes: impl IntoIterator<Item = PostOutcome>) {
        let mut recording = self.lock();
        let answers = recording.answers.entry(id.clone()).or_default();
        answers.extend(outcomes);
    }

    /// Whether `id` is found from now on; while that is unknown, closing it fails.
    pub fn presence(&self, id: &ConnectionId, presence: Presence) {
        self.lock().presences.insert(id.clone(), presence);
    }

    /// Makes every post from now on take this long, by the clock.
    pub fn delay(&self, by: Duration) {
        self.lock().delay = by;
    }

    /// Every post that was answered, in the order of the answers.
    #[must_use]
    pub fn posts(&self) -> Vec<Post> {
        self.lock().posts.clone()
    }

    /// Forgets every post so far.
    pub fn forget_posts(&self) {
        self.lock().posts.clear();
    }

    /// The frames that `id` got, in order.
    #[must_use]
    pub fn frames(&self, id: &ConnectionId) -> Vec<Bytes> {
        self.lock()
            .posts
            .iter()
            .filter(|post| post.connection_id == *id && post.outcome == PostOutcome::Delivered)
            .map(|post| post.frame.clone())
            .collect()
    }

    /// The connections that were closed, in order.
    #[must_use]
    pub fn closed(&self) -> Vec<ConnectionId> {
        self.lock().closed.clone()
    }

    /// The connections that were looked for, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<ConnectionId> {
        self.lock().asked.clone()
    }

    /// The most posts that were in flight to one connection at a time.
    #[must_use]
    pub fn most_in_flight(&self) -> usize {
        self.lock().most_in_flight
    }

    /// Completes once at least `count` posts were answered, whatever the answers.
    pub async fn wait_for_posts(&self, count: usize) {
        let mut posted = self.posted.subscribe();
        // The sender lives in `self`, so the channel cannot close while we wait.
        let _ = posted.wait_for(|posted| *posted >= count).await;
    }

    fn lock(&self) -> MutexGuard<'_, Recording> {
        lock(&self.recording)
    }

    fn record(&self, post: Post) {
        let mut recording = self.lock();
        recording.posts.push(post);
        self.posted.send_replace(recording.posts.len());
    }
}

fn lock(recording: &Mutex<Recording>) -> MutexGuard<'_, Recording> {
    recording.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<C: Clock> Push for RecordingPush<C> {
    async fn post(&self, id: &ConnectionId, frame: Bytes) -> PostOutcome {
        let (flight, outcome, delay) = {
            let mut recording = self.lock();
            let outcome = recording.answers.get_mut(id).and_then(VecDeque::pop_front);
            let flight = recording.take_off(id, &self.recording);
            (flight, outcome, recording.delay)
        };
        let outcome = outcome.unwrap_or(PostOutcome::Delivered);

        if !delay.is_zero() {
            self.clock.sleep_until(self.clock.now().plus(delay)).await;
        }
        drop(flight);
        self.record(Post {
            connection_id: id.clone(),
            frame,
            at: self.clock.now(),
            outcome,
        });
        outcome
    }

    async fn close(&self, id: &ConnectionId) -> PostOutcome {
        let mut recording = self.lock();
        if recording.presences.get(id) == Some(&Presence::Unknown) {
            return PostOutcome::Failed;
        }
        recording.closed.push(id.clone());
        PostOutcome::Delivered
    }

    /// Whoever was closed is gone, and everybody else there unless told otherwise.
    async fn find(&self, id: &ConnectionId) -> Presence {
        let mut recording = self.lock();
        recording.asked.push(id.clone());
        if recording.closed.contains(id) {
            return Presence::Gone;
        }
        let told = recording.presences.get(id);
        told.copied().unwrap_or(Presence::Live)
    }
}

impl Recording {
    fn take_off(&mut self, id: &ConnectionId, own: &Arc<Mutex<Self>>) -> Flight {
        let in_flight = self.in_flight.entry(id.clone()).or_default();
        *in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(*in_flight);
        Flight {
            id: id.clone(),
            recording: Arc::clone(own),
        }
    }
}

/// A post in flight: it ends with its answer, or when its caller gives it up.
struct Flight {
    id: ConnectionId,
    recording: Arc<Mutex<Recording>>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut recording = lock(&self.recording);
        if let Some(in_flight) = recording.in_flight.get_mut(&self.id) {
            *in_flight -= 1;
            if *in_flight == 0 {
                recording.in_flight.remove(&self.id);
            }
        }
    }
}
