//! What the posts of a simulation come to.

use std::collections::HashMap;

use llama_ws_core::{ConnectionId, UnixMillis};
use llama_ws_memory::Post;
use serde::Deserialize;

use super::profile::Profile;

/// What API Gateway charges for a frame, and for a minute of a connection.
const FRAME: f64 = 1.0e-6;
const MINUTE: f64 = 0.25e-6;

/// What a simulation has shown.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) values_a_frame: f64,
    /// How many of a client's values can change in an interval.
    pub(super) changeable: f64,
    pub(super) frames_a_second: f64,
    pub(super) lag_p99_ms: f64,
    pub(super) longest_wait_ms: f64,
    pub(super) alert_p99_ms: f64,
    /// An hour of 1,000 clients.
    pub(super) dollars: f64,
    pub(super) naive_dollars: f64,
}

/// Takes posts in.
#[derive(Debug, Default)]
pub(super) struct Collector {
    frames: usize,
    lags: Vec<u64>,
    alert_lags: Vec<u64>,
    last: HashMap<ConnectionId, UnixMillis>,
    longest_wait: u64,
}

#[derive(Deserialize)]
struct Frame {
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(flatten)]
    alone: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    event_type: String,
    timestamp: u64,
}

impl Collector {
    /// From here on it counts.
    pub(super) fn begin(&mut self, now: UnixMillis, clients: impl Iterator<Item = ConnectionId>) {
        *self = Self {
            last: clients.map(|id| (id, now)).collect(),
            ..Self::default()
        };
    }

    pub(super) fn take(&mut self, posts: Vec<Post>) {
        for post in posts {
            let Ok(frame) = serde_json::from_slice::<Frame>(&post.frame) else {
                continue;
            };
            self.frames += 1;
            for message in frame.messages.into_iter().chain(frame.alone) {
                let lag = post.at.0.saturating_sub(message.timestamp);
                match message.event_type.as_str() {
                    "alert" => self.alert_lags.push(lag),
                    _ => self.lags.push(lag),
                }
            }
            let before = self.last.insert(post.connection_id, post.at);
            self.waited(before, post.at);
        }
    }

    fn waited(&mut self, before: Option<UnixMillis>, now: UnixMillis) {
        let wait = before.map_or(0, |before| now.0.saturating_sub(before.0));
        self.longest_wait = self.longest_wait.max(wait);
    }

    /// What it comes to after so many seconds, in which so many events and channels matched.
    pub(super) fn figures(
        mut self,
        profile: Profile,
        (now, seconds): (UnixMillis, f64),
        naive_frames: f64,
        changeable: f64,
    ) -> Figures {
        let ends: Vec<UnixMillis> = self.last.values().copied().collect();
        for last in ends {
            self.waited(Some(last), now);
        }
        let thousands = f64::from(profile.clients) / 1e3;
        let an_hour =
            |frames: f64| frames / seconds / thousands * 3_600.0 * FRAME + 1e3 * 60.0 * MINUTE;
        let frames = count(self.frames);
        Figures {
            values_a_frame: count(self.lags.len()) / frames,
            changeable,
            frames_a_second: frames / seconds,
            lag_p99_ms: p99(&mut self.lags),
            longest_wait_ms: count(usize::try_from(self.longest_wait).unwrap_or_default()),
            alert_p99_ms: p99(&mut self.alert_lags),
            dollars: an_hour(frames),
            naive_dollars: an_hour(naive_frames),
        }
    }
}

fn p99(figures: &mut [u64]) -> f64 {
    figures.sort_unstable();
    let place = figures.len().saturating_mul(99).div_ceil(100);
    let figure = figures.get(place.saturating_sub(1)).copied();
    figure.map_or(f64::NAN, |figure| {
        f64::from(u32::try_from(figure).unwrap_or(u32::MAX))
    })
}

pub(super) fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}
