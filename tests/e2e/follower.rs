//! The contract's rule for clients, as a model that is fed with frames.

use llama_ws_core::Offset;
use serde_json::Value;

/// A client that follows the rule for live messages.
#[derive(Debug)]
pub(crate) struct Follower {
    last: Option<Offset>,
    /// The ids of what was delivered, in order.
    pub(crate) delivered: Vec<String>,
    /// The `last` of each moment at which it would have sent `resume`.
    pub(crate) gaps: Vec<Offset>,
    /// What it ignored as seen before.
    pub(crate) repeats: usize,
}

impl Follower {
    /// One that has seen everything up to the offset of its subscribe reply.
    pub(crate) fn new(since: &str) -> Self {
        Self {
            last: Some(since.parse().unwrap()),
            delivered: Vec::new(),
            gaps: Vec::new(),
            repeats: 0,
        }
    }

    /// Takes one live message.
    pub(crate) fn take(&mut self, frame: &Value) {
        let offset = place(&frame["offset"]).unwrap();
        if self.last.is_some_and(|last| offset <= last) {
            self.repeats += 1;
            return;
        }
        let id = frame["eventId"].as_str().unwrap();
        self.delivered.push(id.to_owned());
        let prev = place(&frame["prev"]);
        let missed = |last: &Offset| prev.is_none_or(|prev| prev > *last);
        self.gaps.extend(self.last.filter(missed));
        self.last = Some(offset);
    }
}

fn place(value: &Value) -> Option<Offset> {
    value.as_str().map(|text| text.parse().unwrap())
}
