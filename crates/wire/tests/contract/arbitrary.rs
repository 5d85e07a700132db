//! Generators: requests, replies and any JSON.

use llama_ws_wire::{
    ChannelResult, ChannelSettings, Credential, Dialect, ErrorBody, ErrorCode, Filters, Options,
    Reply, Request, RequestId, Resume, Subscribe, SubscriptionStats, SubscriptionView, Unsubscribe,
    UpdateFilters, Verb,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Number, Value};

pub(crate) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            vec((prop_oneof![word(), any::<String>()], inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Texts the contract gives a meaning to, so that random messages get past the first check.
fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "id",
        "type",
        "action",
        "channels",
        "channel",
        "filters",
        "options",
        "since",
        "apiKey",
        "token",
        "connectionId",
        "all",
        "message",
        "data",
        "authenticate",
        "ping",
        "subscribe",
        "unsubscribe",
        "subscriptions",
        "stats",
        "resume",
        "protocolIds",
        "tokenIds",
        "chains",
        "eventTypes",
        "minValue",
        "maxValue",
        "batch",
        "conflate",
        "snapshot",
        "maxRate",
        "prices",
        "1-0",
    ])
    .prop_map(ToOwned::to_owned)
}

pub(crate) fn request() -> impl Strategy<Value = Request> {
    let dialect = prop_oneof![Just(Dialect::Type), Just(Dialect::Action)];
    (option::of(id()), dialect, verb()).prop_map(|(id, dialect, verb)| Request {
        id,
        dialect,
        verb,
    })
}

pub(crate) fn id() -> impl Strategy<Value = RequestId> {
    prop_oneof![
        vec(any::<char>(), 0..=64).prop_map(|text| RequestId::Text(text.into_iter().collect())),
        any::<i64>().prop_map(|number| RequestId::Number(number.into())),
        any::<u64>().prop_map(|number| RequestId::Number(number.into())),
    ]
}

fn verb() -> impl Strategy<Value = Verb> {
    let secret = "[ -~]{1,40}";
    prop_oneof![
        secret.prop_map(|text| Verb::Authenticate(Credential::ApiKey(text))),
        secret.prop_map(|text| Verb::Authenticate(Credential::Token(text))),
        Just(Verb::Ping),
        Just(Verb::Subscriptions),
        Just(Verb::Stats),
        offset().prop_map(|since| Verb::Resume(Resume { since })),
        option::of(channels()).prop_map(|channels| Verb::Unsubscribe(Unsubscribe { channels })),
        (filters(), option::of(channels()))
            .prop_map(|(filters, channels)| { Verb::Filters(UpdateFilters { filters, channels }) }),
        (
            channels(),
            option::of(filters()),
            options(),
            option::of(offset())
        )
            .prop_map(
                |(channels, filters, options, since)| Verb::Subscribe(Subscribe {
                    channels,
                    filters,
                    options,
                    since,
                })
            ),
    ]
}

fn channels() -> impl Strategy<Value = Vec<String>> {
    vec("\\PC{1,20}|[ -~]{1,20}", 1..=50)
}

fn filters() -> impl Strategy<Value = Filters> {
    let list = || option::of(vec("\\PC{1,8}", 0..6));
    let bounds = (option::of(number()), option::of(number())).prop_map(|(first, second)| {
        let above = matches!(
            (&first, &second),
            (Some(first), Some(second)) if first.as_f64() > second.as_f64()
        );
        if above {
            (second, first)
        } else {
            (first, second)
        }
    });
    (list(), list(), list(), list(), bounds).prop_map(
        |(protocol_ids, token_ids, chains, event_types, (min_value, max_value))| Filters {
            protocol_ids,
            token_ids,
            chains,
            event_types,
            min_value,
            max_value,
        },
    )
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
    ]
}

fn options() -> impl Strategy<Value = Options> {
    let switch = || option::of(any::<bool>());
    (switch(), switch(), switch(), option::of(0.1..=50.0)).prop_map(
        |(batch, conflate, snapshot, max_rate)| {
            let thinned = batch == Some(true) || conflate == Some(true);
            Options {
                batch,
                conflate,
                snapshot,
                max_rate: max_rate.filter(|_| thinned),
            }
        },
    )
}

fn offset() -> impl Strategy<Value = String> {
    any::<(u64, u64)>().prop_map(|(millis, sequence)| format!("{millis}-{sequence}"))
}

pub(crate) fn reply() -> impl Strategy<Value = Reply> {
    let connection = || "[A-Za-z0-9_=-]{1,20}";
    prop_oneof![
        (
            connection(),
            any::<String>(),
            vec(any::<String>(), 0..4),
            any::<Option<u64>>()
        )
            .prop_map(|(connection_id, user_id, permissions, expires_at)| {
                Reply::Authenticated {
                    connection_id,
                    user_id,
                    permissions,
                    expires_at,
                }
            }),
        connection().prop_map(|connection_id| Reply::Pong { connection_id }),
        (connection(), offset(), vec(channel_result(), 0..6)).prop_map(
            |(connection_id, offset, results)| Reply::SubscriptionResult {
                connection_id,
                offset,
                results,
            }
        ),
        (connection(), offset(), channels(), filters(), any::<u64>()).prop_map(
            |(connection_id, offset, channels, filters, subscribed_at)| {
                Reply::SubscriptionConfirmed {
                    connection_id,
                    offset,
                    channels,
                    filters,
                    subscribed_at,
                }
            }
        ),
        channels().prop_map(|channels| Reply::UnsubscriptionResult { channels }),
        option::of(channels()).prop_map(|channels| Reply::UnsubscriptionConfirmed { channels }),
        (connection(), option::of(view())).prop_map(|(connection_id, subscription)| {
            Reply::Subscriptions {
                connection_id,
                subscription,
            }
        }),
        (offset(), view()).prop_map(|(offset, subscription)| Reply::FiltersUpdated {
            offset,
            subscription,
        }),
        stats().prop_map(|stats| Reply::SubscriptionStats { stats }),
        (connection(), offset()).prop_map(|(connection_id, since)| Reply::ResumeStarted {
            connection_id,
            since,
        }),
        error().prop_map(Reply::Error),
    ]
}

fn channel_result() -> impl Strategy<Value = ChannelResult> {
    prop_oneof![
        any::<String>().prop_map(ChannelResult::subscribed),
        (any::<String>(), code(), any::<String>())
            .prop_map(|(channel, code, message)| ChannelResult::failed(channel, code, message)),
    ]
}

fn code() -> impl Strategy<Value = ErrorCode> {
    prop::sample::select(ErrorCode::ALL.to_vec())
}

fn error() -> impl Strategy<Value = ErrorBody> {
    let details =
        option::of(any::<String>().prop_map(|field| serde_json::json!({ "field": field })));
    (code(), any::<String>(), any::<Option<u64>>(), details).prop_map(
        |(code, message, retry_after_ms, details)| ErrorBody {
            code,
            message,
            retry_after_ms,
            details,
        },
    )
}

fn view() -> impl Strategy<Value = SubscriptionView> {
    let settings =
        (filters(), options()).prop_map(|(filters, options)| ChannelSettings { filters, options });
    let by_channel = btree_map("\\PC{1,20}", settings, 0..4);
    (channels(), filters(), any::<u64>(), by_channel).prop_map(
        |(channels, filters, subscribed_at, by_channel)| SubscriptionView {
            channels,
            filters,
            subscribed_at,
            by_channel,
        },
    )
}

fn stats() -> impl Strategy<Value = SubscriptionStats> {
    (
        any::<u64>(),
        any::<u64>(),
        btree_map(any::<String>(), any::<u64>(), 0..8),
    )
        .prop_map(
            |(total_subscriptions, total_connections, subscriptions_by_channel)| {
                SubscriptionStats {
                    total_subscriptions,
                    total_connections,
                    subscriptions_by_channel,
                }
            },
        )
}
