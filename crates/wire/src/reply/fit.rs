//! Replies that would not fit a frame. Only a client's own nonsense, or very many channels, make one that large.

use super::{ChannelResult, MAX_REPLY_BYTES, Reply};
use crate::json::{self, shorten};
use crate::{ErrorBody, ErrorCode, MAX_ECHO_CHARS, RequestId, SubscriptionStats};

/// Most characters of an error text that has to be shortened.
const MAX_MESSAGE_CHARS: usize = 160;

/// `reply` in at most [`MAX_REPLY_BYTES`].
pub(super) fn encode_shortened(reply: &Reply, id: Option<&RequestId>, timestamp_ms: u64) -> String {
    let text = shortened(reply).encode_whole(id, timestamp_ms);
    if text.len() <= MAX_REPLY_BYTES {
        return text;
    }
    let refusal = ErrorBody::new(
        ErrorCode::PayloadTooLarge,
        format!("the reply would have more than {MAX_REPLY_BYTES} bytes"),
    );
    Reply::Error(refusal).encode_whole(id, timestamp_ms)
}

fn shortened(reply: &Reply) -> Reply {
    let mut reply = reply.clone();
    match &mut reply {
        Reply::SubscriptionResult { results, .. } => results.iter_mut().for_each(shorten_failed),
        Reply::UnsubscriptionResult { channels }
        | Reply::UnsubscriptionConfirmed {
            channels: Some(channels),
        } => {
            for channel in channels {
                *channel = shorten(channel, MAX_ECHO_CHARS).to_owned();
            }
        }
        Reply::SubscriptionStats { stats } => keep_most_subscribed(stats),
        Reply::Error(error) => {
            error.message = shorten(&error.message, MAX_MESSAGE_CHARS).to_owned();
            error.details = None;
        }
        _ => {}
    }
    reply
}

fn shorten_failed(result: &mut ChannelResult) {
    if let Some(fault) = &mut result.fault {
        result.channel = shorten(&result.channel, MAX_ECHO_CHARS).to_owned();
        fault.message = shorten(&fault.message, MAX_MESSAGE_CHARS).to_owned();
    }
}

/// Keeps as many channels as fit, those with the most subscribers first. The totals stay true.
fn keep_most_subscribed(stats: &mut SubscriptionStats) {
    /// What the frame has around the channels, with a generous id.
    const ENVELOPE_BYTES: usize = 1_000;

    let mut channels: Vec<_> = std::mem::take(&mut stats.subscriptions_by_channel)
        .into_iter()
        .collect();
    channels.sort_by_key(|(_, count)| std::cmp::Reverse(*count));

    let mut left = MAX_REPLY_BYTES - ENVELOPE_BYTES;
    stats.subscriptions_by_channel = channels
        .into_iter()
        .map_while(|(channel, count)| {
            let entry_bytes = json::text(&channel).len() + json::text(&count).len() + ":,".len();
            left = left.checked_sub(entry_bytes)?;
            Some((channel, count))
        })
        .collect();
}
