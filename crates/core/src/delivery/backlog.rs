//! A lane's backlog: the messages of a snapshot and of a replay, which go before everything that
//! waits, and the result of the replay, which goes after them.

use std::collections::VecDeque;

use bytes::Bytes;

use super::frame::Again;
use super::pack::Pack;
use super::{Lane, Message};
use crate::offset::Offset;
use crate::time::UnixMillis;

/// How much of what was missed a replay has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplayStatus {
    /// All of it.
    Recovered,
    /// Not all of it.
    Partial,
    /// Nothing, and there may have been something.
    Expired,
}

impl ReplayStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Recovered => "recovered",
            Self::Partial => "partial",
            Self::Expired => "expired",
        }
    }
}

/// What a replay came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReplayResult {
    pub(crate) status: ReplayStatus,
    /// The place in the log up to which was looked.
    pub(crate) offset: Offset,
}

/// Gathered first, then sent; what waits in the lane waits behind it.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    messages: VecDeque<(Again, Message)>,
    replayed: usize,
    stage: Stage,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// More messages may come.
    #[default]
    Gathering,
    /// All messages are here; then this result, which must not go before the connection may ask
    /// for its next replay.
    Sending(Option<ReplayResult>),
    /// The result may go.
    Free(ReplayResult),
}

/// What a backlog has for its lane.
#[derive(Debug)]
pub(crate) enum Next {
    /// A frame.
    Frame(Bytes),
    /// Its last frame.
    Last(Bytes),
    /// Nothing yet.
    Wait,
    /// Nothing, or nothing any more.
    Nothing,
}

impl Backlog {
    /// All of its messages, oldest first, and what follows them.
    pub(crate) fn fill(&mut self, messages: Vec<(Again, Message)>, result: Option<ReplayResult>) {
        self.messages.extend(messages);
        self.stage = Stage::Sending(result);
    }

    /// Whether only the result is left, and may not go yet.
    pub(crate) fn wants_to_end(&self) -> bool {
        self.messages.is_empty() && matches!(self.stage, Stage::Sending(Some(_)))
    }

    /// The result may go.
    pub(crate) fn may_end(&mut self) {
        if let Stage::Sending(Some(result)) = self.stage {
            self.stage = Stage::Free(result);
        }
    }

    /// The next frame: several messages if `batch`.
    pub(super) fn next(&mut self, now: UnixMillis, batch: bool) -> Next {
        if !self.messages.is_empty() {
            return Next::Frame(self.pack(now, batch));
        }
        match self.stage {
            Stage::Gathering | Stage::Sending(Some(_)) => Next::Wait,
            Stage::Sending(None) => Next::Nothing,
            Stage::Free(result) => Next::Last(result.frame(self.replayed)),
        }
    }

    fn pack(&mut self, now: UnixMillis, batch: bool) -> Bytes {
        let most = if batch { self.messages.len() } else { 1 };
        let expected = self.messages.iter().take(most).map(|(_, one)| one.bytes());
        let mut pack = Pack::new(now, expected.sum());
        for _ in 0..most {
            let added = self
                .messages
                .pop_front_if(|(again, one)| pack.add(one, *again));
            match added {
                Some((again, _)) => self.replayed += usize::from(again == Again::Replay),
                None => break,
            }
        }
        pack.finish()
    }

    /// Whether `next` has something to tell.
    pub(super) fn has_work(&self) -> bool {
        let ends = matches!(self.stage, Stage::Sending(None) | Stage::Free(_));
        ends || !self.messages.is_empty()
    }

    /// Keeps of the messages what `still` says.
    pub(crate) fn recheck(&mut self, mut still: impl FnMut(&mut Message) -> bool) {
        self.messages.retain_mut(|(_, message)| still(message));
    }

    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }
}

impl ReplayResult {
    fn frame(self, count: usize) -> Bytes {
        let Self { status, offset } = self;
        let status = status.as_str();
        Bytes::from(format!(
            r#"{{"type":"resume_result","status":"{status}","count":{count},"offset":"{offset}"}}"#
        ))
    }
}

/// The lane's side of it.
impl Lane {
    /// Holds back what waits until a backlog has gone before it. Answers up to where the backlog
    /// must tell: what waits comes after that, and what is in flight may yet be lost. From there on
    /// predecessors are known again.
    pub(crate) fn hold(&mut self, at: Offset) -> Offset {
        let waits_from = self.waiting_from().map(Offset::preceding);
        let up_to = waits_from.map_or(at, |before| before.min(at));
        self.hold_on();
        self.know_predecessor(up_to);
        up_to
    }

    /// Holds back what waits for one more backlog.
    pub(crate) fn hold_on(&mut self) {
        self.backlog.get_or_insert_default();
    }

    /// Whether the latest of its key is all that the connection wants of a message.
    pub(crate) fn conflates(&self, message: &Message) -> bool {
        self.options.conflates(message)
    }

    /// All that the backlog has to tell.
    pub(crate) fn fill(&mut self, messages: Vec<(Again, Message)>, result: ReplayResult) {
        if let Some(backlog) = &mut self.backlog {
            backlog.fill(messages, Some(result));
        }
    }

    /// Whether only the result of a replay is left, and may not go yet.
    pub(crate) fn wants_to_end(&self) -> bool {
        self.backlog.as_ref().is_some_and(Backlog::wants_to_end)
    }

    /// The result may go.
    pub(crate) fn may_end(&mut self) {
        if let Some(backlog) = &mut self.backlog {
            backlog.may_end();
        }
    }

    /// Whether a backlog has come to its end since this was last asked.
    pub(crate) fn take_caught_up(&mut self) -> bool {
        std::mem::take(&mut self.caught_up)
    }
}
