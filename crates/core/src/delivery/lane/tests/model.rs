//! A lane against a naive list: order, predecessors, and what may be missing.

use std::collections::VecDeque;

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;
use crate::delivery::pack::MAX_PACKED_BYTES;
use crate::delivery::queue::{MAX_WAITING, MAX_WAITING_BYTES};

/// What comes: a price of a token on some channels, an alert or other news.
#[derive(Debug, Clone)]
struct Sample {
    kind: u8,
    token: u8,
    channels: u8,
    size: usize,
}

#[derive(Debug, Clone)]
enum Action {
    Push(Vec<Sample>),
    Post,
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let sample = (
        0..10_u8,
        0..8_u8,
        1..8_u8,
        prop_oneof![9 => 0..60_usize, 1 => 0..40_000_usize],
    );
    let sample = sample.prop_map(|(kind, token, channels, size)| Sample {
        kind,
        token,
        channels,
        size,
    });
    let few = prop::collection::vec(sample.clone(), 1..6);
    let many = prop::collection::vec(sample, 600..1_200);
    let action = prop_oneof![
        20 => few.prop_map(Action::Push),
        1 => many.prop_map(Action::Push),
        20 => Just(Action::Post),
    ];
    prop::collection::vec(action, 1..60)
}

const CHANNELS: [&str; 3] = ["prices", "token:a", "tvl"];

/// A message as the list sees it.
#[derive(Debug, Clone)]
struct Entry {
    offset: Offset,
    /// The token, if a later one may supersede it or it may supersede an earlier one.
    token: Option<u8>,
    channels: Vec<&'static str>,
    conflates: bool,
    alert: bool,
    bytes: usize,
    dropped: bool,
}

/// The list, and the wish.
#[derive(Debug, Default)]
struct Model {
    entries: VecDeque<Entry>,
    conflating: Vec<&'static str>,
    last_due: Offset,
}

impl Sample {
    fn channels(&self) -> Vec<&'static str> {
        let bits = self.channels;
        let chosen = CHANNELS.into_iter().enumerate();
        chosen
            .filter(|(n, _)| bits & (1 << n) != 0)
            .map(|(_, name)| name)
            .collect()
    }

    fn load(&self, ms: u64) -> Load {
        let size = "d".repeat(self.size);
        let token = self.token;
        let json = match self.kind {
            0 => format!(r#"{{"type":"alert","data":{{"a":"{size}"}}}}"#),
            1 => format!(r#"{{"type":"x","data":{{"a":"{size}"}}}}"#),
            2 => format!(
                r#"{{"type":"price_update","userId":"u","data":{{"tokenId":"{token}","a":"{size}"}}}}"#
            ),
            _ => {
                format!(r#"{{"type":"price_update","data":{{"tokenId":"{token}","a":"{size}"}}}}"#)
            }
        };
        load(ms, &json, &self.channels())
    }
}

impl Model {
    fn push(&mut self, sample: &Sample, offset: Offset, bytes: usize) -> Displaced {
        let token = (sample.kind > 2).then_some(sample.token);
        let channels = sample.channels();
        let mut displaced = Displaced::default();
        self.entries.retain(|held| {
            let worthless = !held.dropped
                && held.conflates
                && held.token == token
                && held.channels.iter().all(|name| channels.contains(name));
            if worthless {
                displaced.superseded.push(held.offset);
            }
            !worthless
        });
        self.entries.push_back(Entry {
            offset,
            token,
            conflates: token.is_some()
                && channels.iter().all(|name| self.conflating.contains(name)),
            channels,
            alert: sample.kind == 0,
            bytes,
            dropped: false,
        });
        let live = self.live().map(|entry| entry.bytes);
        let (mut count, mut total) = live.fold((0, 0), |(n, sum), bytes| (n + 1, sum + bytes));
        while count > MAX_WAITING || total > MAX_WAITING_BYTES {
            let ranks: [fn(&Entry) -> bool; 3] =
                [|entry| entry.conflates, |entry| !entry.alert, |_| true];
            let victim = ranks.iter().find_map(|rank| {
                self.entries
                    .iter()
                    .position(|entry| !entry.dropped && rank(entry))
            });
            let victim = &mut self.entries[victim.unwrap()];
            victim.dropped = true;
            (count, total) = (count - 1, total - victim.bytes);
            displaced.dropped.push(victim.offset);
        }
        displaced
    }

    fn live(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.dropped)
    }

    /// The next message, as `offset after prev`.
    fn pop(&mut self) -> Option<String> {
        while let Some(entry) = self.entries.pop_front() {
            let prev = std::mem::replace(&mut self.last_due, entry.offset);
            if !entry.dropped {
                return Some(format!("{} after {prev}", entry.offset));
            }
        }
        None
    }
}

/// The frame's messages as text.
fn texts(frame: &Bytes) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Batch<'a> {
        #[serde(borrow)]
        messages: Vec<&'a RawValue>,
    }
    let text = std::str::from_utf8(frame).unwrap();
    if !text.starts_with(r#"{"type":"batch""#) {
        return vec![text.to_owned()];
    }
    let batch: Batch<'_> = serde_json::from_str(text).unwrap();
    batch
        .messages
        .iter()
        .map(|message| message.get().to_owned())
        .collect()
}

fn told(message: &str) -> String {
    let message: serde_json::Value = serde_json::from_str(message).unwrap();
    format!(
        "{} after {}",
        message["offset"].as_str().unwrap(),
        message["prev"].as_str().unwrap()
    )
}

/// Posts a frame and compares. Answers its length if something was left over for the next.
fn post(lane: &mut Lane, model: &mut Model, batch: bool, full: Option<usize>) -> Option<usize> {
    let Some(Job::Post(frame)) = lane.next(LATER) else {
        assert!(model.pop().is_none(), "the lane has nothing");
        return None;
    };
    lane.finish(PostOutcome::Delivered, LATER, 0);
    let messages = texts(&frame);
    for message in &messages {
        assert_eq!(Some(told(message)), model.pop());
    }
    assert!(messages.len() == 1 || (batch && frame.len() <= MAX_PACKED_BYTES));
    if let Some(before) = full {
        assert!(
            before + 1 + messages[0].len() > MAX_PACKED_BYTES,
            "the frame before had room"
        );
    }
    let in_batch = match messages.len() {
        1 => frame.len() + r#"{"type":"batch","messages":[]}"#.len(),
        _ => frame.len(),
    };
    (batch && lane.has_work()).then_some(in_batch)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_lane_does_what_a_list_does(
        actions in actions(),
        batch in any::<bool>(),
        conflating in prop::sample::subsequence(vec!["prices", "token:a"], 0..=2),
    ) {
        let mut lane = lane_with(options(batch, None, &conflating));
        let mut model = Model { conflating, ..Model::default() };
        let mut ms = 0;
        let mut full = None;
        for action in actions {
            match action {
                Action::Push(samples) => for sample in samples {
                    ms += 1;
                    let load = sample.load(ms);
                    let expected = model.push(&sample, at(ms), load.bytes());
                    prop_assert_eq!(lane.push(load), expected);
                    prop_assert_eq!(lane.waiting(), model.live().count());
                    full = None;
                },
                Action::Post => full = post(&mut lane, &mut model, batch, full),
            }
        }
        while lane.has_work() {
            full = post(&mut lane, &mut model, batch, full);
        }
        prop_assert_eq!(model.pop(), None);
    }
}
