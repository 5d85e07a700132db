//! Replies that would not fit a frame. Only a client's own nonsense, or very many channels, make one that large.

use super::{ChannelResult, MAX_REPLY_BYTES, Reply};
use crate::{ErrorBody, ErrorCode, RequestId, SubscriptionStats, echo, json};

/// What a frame has around its list, an id of 64 escaped characters included.
const ENVELOPE_BYTES: usize = 1_000;

/// `reply` in at most [`MAX_REPLY_BYTES`].
pub(super) fn encode_shortened(reply: &Reply, id: Option<&RequestId>, timestamp_ms: u64) -> String {
    let text = shortened(reply.clone()).encode_whole(id, timestamp_ms);
    if text.len() <= MAX_REPLY_BYTES {
        return text;
    }
    let refusal = ErrorBody::new(
        ErrorCode::PayloadTooLarge,
        format!("the reply would have more than {MAX_REPLY_BYTES} bytes"),
    );
    Reply::Error(refusal).encode_whole(id, timestamp_ms)
}

fn shortened(mut reply: Reply) -> Reply {
    match &mut reply {
        Reply::SubscriptionResult { results, .. } => results.iter_mut().for_each(shorten_failed),
        Reply::UnsubscriptionResult { channels }
        | Reply::UnsubscriptionConfirmed {
            channels: Some(channels),
        } => {
            for channel in channels {
                *channel = echo(channel).to_owned();
            }
        }
        Reply::SubscriptionStats { stats } => keep_most_subscribed(stats),
        Reply::Error(error) => {
            error.message = echo(&error.message).to_owned();
            error.details = None;
        }
        _ => {}
    }
    reply
}

/// With a name of 64 escaped characters and a fixed text, 50 results fit whatever the client wrote.
fn shorten_failed(result: &mut ChannelResult) {
    if let Some(fault) = &mut result.fault {
        result.channel = echo(&result.channel).to_owned();
        "the channel was refused".clone_into(&mut fault.message);
    }
}

/// Keeps as many channels as fit, those with the most subscribers first. The totals stay true.
fn keep_most_subscribed(stats: &mut SubscriptionStats) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServerFrame;

    const NOW: u64 = 1_764_000_000_000;

    /// The largest id a client may send, all escapes.
    fn longest_id() -> RequestId {
        RequestId::Text("\u{1}".repeat(64))
    }

    fn encode(reply: &Reply) -> (String, Reply) {
        let text = reply.encode(Some(&longest_id()), NOW);
        let ServerFrame::Reply(frame) = ServerFrame::decode(&text).unwrap() else {
            panic!("not a reply: {text}");
        };
        assert!(text.len() <= MAX_REPLY_BYTES, "{} bytes", text.len());
        assert_eq!(frame.id, Some(longest_id()));
        (text, frame.reply)
    }

    fn results(name: &str) -> Reply {
        Reply::SubscriptionResult {
            connection_id: "c".repeat(128),
            offset: "18446744073709551615-18446744073709551615".into(),
            results: (0..50)
                .map(|_| ChannelResult::failed(name, ErrorCode::InvalidChannel, name))
                .collect(),
        }
    }

    #[test]
    fn bogus_names_are_cut_and_every_channel_keeps_its_result() {
        for name in ["\u{1}".repeat(100), "€".repeat(400), "\"".repeat(650)] {
            let (_, reply) = encode(&results(&name));

            let Reply::SubscriptionResult { results, .. } = reply else {
                panic!("another reply");
            };
            assert_eq!(results.len(), 50);
            assert!(results.iter().all(|result| result.channel == echo(&name)));
        }
    }

    #[test]
    fn a_reply_that_fits_is_not_touched() {
        let reply = results("nonsense");

        assert_eq!(encode(&reply).1, reply);
    }

    #[test]
    fn left_channels_are_cut() {
        let channels = vec!["\u{1}".repeat(109); 50];

        for reply in [
            Reply::UnsubscriptionResult {
                channels: channels.clone(),
            },
            Reply::UnsubscriptionConfirmed {
                channels: Some(channels),
            },
        ] {
            assert_eq!(encode(&reply).1.frame_type(), reply.frame_type());
        }
    }

    #[test]
    fn statistics_keep_the_most_subscribed_channels() {
        let stats = SubscriptionStats {
            total_subscriptions: 50_005_000,
            total_connections: 10_000,
            subscriptions_by_channel: (1..=10_000)
                .map(|count| (format!("token:{count:05}"), count))
                .collect(),
        };

        let (text, reply) = encode(&Reply::SubscriptionStats {
            stats: stats.clone(),
        });

        let Reply::SubscriptionStats { stats: kept } = reply else {
            panic!("another reply");
        };
        assert_eq!(kept.total_subscriptions, stats.total_subscriptions);
        assert!(kept.subscriptions_by_channel.contains_key("token:10000"));
        assert!(!kept.subscriptions_by_channel.contains_key("token:00001"));
        assert!(text.len() > MAX_REPLY_BYTES - ENVELOPE_BYTES);
    }

    #[test]
    fn over_http_nothing_is_cut() {
        let reply = results(&"x".repeat(1_000));

        assert!(reply.encode_http(NOW).len() > MAX_REPLY_BYTES);
    }

    #[test]
    fn an_error_loses_its_details_first() {
        let error = ErrorBody::new(ErrorCode::InvalidChannel, "two channels are wrong")
            .with_details(serde_json::json!({ "channels": ["x".repeat(40_000)] }));

        let (_, reply) = encode(&Reply::Error(error));

        let expected = ErrorBody::new(ErrorCode::InvalidChannel, "two channels are wrong");
        assert_eq!(reply, Reply::Error(expected));
    }

    #[test]
    fn what_cannot_be_cut_is_refused() {
        let reply = Reply::Pong {
            connection_id: "c".repeat(40_000),
        };

        let (_, reply) = encode(&reply);

        let Reply::Error(error) = reply else {
            panic!("another reply");
        };
        assert_eq!(error.code, ErrorCode::PayloadTooLarge);
    }
}
