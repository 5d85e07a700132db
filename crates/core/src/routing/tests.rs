mod naive;
mod property;

use super::*;
use crate::channel::SpelledChannel;
use crate::connection::{ConnectionDocument, KeyLimits, Principal};
use crate::event::Arrival;
use crate::filter::Filters;
use crate::identifier::{EventId, UserId};
use crate::permissions::Permissions;
use crate::stats::Counts;
use crate::subscription::ChannelOptions;
use crate::subscription::Subscription;
use crate::time::UnixMillis;

const NOW: UnixMillis = UnixMillis(1_000);

fn document(id: &str, revision: u64, channels: &[&str]) -> ConnectionDocument {
    let spelled: Vec<_> = channels
        .iter()
        .map(|name| SpelledChannel::parse(name).unwrap())
        .collect();
    let mut subscription = Subscription::new(NOW);
    subscription.subscribe(&spelled, Filters::default(), ChannelOptions::default());
    ConnectionDocument {
        connection_id: ConnectionId::new(id),
        revision,
        connected_at: NOW,
        principal: Some(Principal {
            user_id: UserId::new(format!("user-of-{id}")),
            key_id: None,
            key_hash: None,
            permissions: Permissions::new(["*"]),
            expires_at: None,
            limits: KeyLimits::default(),
        }),
        authenticated_at: None,
        auth_deadline: None,
        source_ip: String::new(),
        user_agent: None,
        subscription: (!channels.is_empty()).then_some(subscription),
    }
}

fn with_principal(
    mut document: ConnectionDocument,
    change: impl FnOnce(&mut Principal),
) -> ConnectionDocument {
    change(document.principal.as_mut().unwrap());
    document
}

fn index(documents: Vec<ConnectionDocument>) -> RoutingIndex {
    let mut index = RoutingIndex::default();
    for document in documents {
        index.apply(Arc::new(document));
    }
    index
}

fn event(json: &str, target: Target) -> RoutedEvent {
    let arrival = Arrival {
        now: NOW,
        fallback_id: EventId::new("e"),
        target,
    };
    RoutedEvent::new(Arc::new(Event::parse(json, arrival).unwrap()))
}

fn price(data: &str) -> RoutedEvent {
    event(
        &format!(r#"{{"type":"price_update","data":{data}}}"#),
        Target::default(),
    )
}

fn matched(index: &mut RoutingIndex, event: &RoutedEvent) -> Vec<(String, Vec<String>)> {
    let recipients = index.recipients(event, NOW).matched.into_iter();
    recipients
        .map(|(id, names)| {
            (
                id.to_string(),
                names.iter().map(ToString::to_string).collect(),
            )
        })
        .collect()
}

#[test]
fn a_client_gets_an_event_once_with_every_channel_that_matched_in_its_spelling() {
    let mut index = index(vec![
        document(
            "a",
            1,
            &["events:token:ethereum", "events:prices", "chain:Base"],
        ),
        document("b", 1, &["alerts"]),
    ]);

    assert_eq!(
        matched(
            &mut index,
            &price(r#"{"tokenId":"ethereum","chain":"base"}"#)
        ),
        [(
            "a".to_owned(),
            ["events:prices", "events:token:ethereum", "chain:Base"]
                .map(str::to_owned)
                .to_vec()
        )]
    );
}

#[test]
fn an_older_document_never_replaces_a_newer_one() {
    let mut index = index(vec![document("a", 2, &["alerts"])]);

    assert_eq!(
        index.apply(Arc::new(document("a", 1, &["prices"]))),
        Applied::Stale
    );
    assert_eq!(
        index.apply(Arc::new(document("a", 2, &["prices"]))),
        Applied::Stale
    );
    assert!(matched(&mut index, &price("{}")).is_empty());
    assert_eq!(
        index.apply(Arc::new(document("a", 3, &["prices"]))),
        Applied::Taken
    );
    assert_eq!(matched(&mut index, &price("{}")).len(), 1);
}

#[test]
fn a_late_removal_never_takes_a_newer_generation() {
    let mut index = index(vec![document("a", 1, &["prices"])]);

    assert_eq!(
        index.remove(&ConnectionId::new("a"), UnixMillis(NOW.0 - 1)),
        Applied::Stale
    );
    assert_eq!(matched(&mut index, &price("{}")).len(), 1);
    assert_eq!(index.remove(&ConnectionId::new("a"), NOW), Applied::Taken);
    assert!(matched(&mut index, &price("{}")).is_empty());
    assert!(index.is_empty());
}

#[test]
fn a_private_event_reaches_only_its_users_connections() {
    let mut index = index(vec![
        document("a", 1, &["alerts"]),
        document("b", 1, &["alerts"]),
    ]);
    let alert = event(
        r#"{"type":"alert","data":{"userId":"user-of-b"}}"#,
        Target::default(),
    );

    assert_eq!(
        matched(&mut index, &alert),
        [("b".to_owned(), vec!["alerts".to_owned()])]
    );
}

#[test]
fn a_channel_the_credential_does_not_allow_is_never_delivered() {
    let narrow = with_principal(document("a", 1, &["prices", "alerts"]), |principal| {
        principal.permissions = Permissions::new(["websocket:subscribe:alerts"]);
    });
    let mut index = index(vec![narrow]);

    assert!(matched(&mut index, &price("{}")).is_empty());
    assert_eq!(
        matched(
            &mut index,
            &event(r#"{"type":"alert","data":{}}"#, Target::default())
        )
        .len(),
        1
    );
}

#[test]
fn nothing_is_delivered_after_the_credential_has_ended_or_before_there_is_one() {
    let ended = with_principal(document("a", 1, &["prices"]), |principal| {
        principal.expires_at = Some(NOW)
    });
    let ending = with_principal(document("b", 1, &["prices"]), |principal| {
        principal.expires_at = Some(UnixMillis(NOW.0 + 1));
    });
    let nobody = ConnectionDocument {
        principal: None,
        ..document("c", 1, &["prices"])
    };
    let mut index = index(vec![ended, ending, nobody]);

    assert_eq!(
        matched(&mut index, &price("{}")),
        [("b".to_owned(), vec!["prices".to_owned()])]
    );
    let all = event(r#"{"type":"system_announcement","data":{}}"#, Target::All);
    assert_eq!(
        matched(&mut index, &all),
        [("b".to_owned(), vec!["all".to_owned()])]
    );
}

#[test]
fn a_broadcast_ignores_filters_but_not_channels() {
    let mut filtered = document("a", 1, &["prices"]);
    let tokens = Filters {
        token_ids: Some(vec!["bitcoin".into()]),
        ..Filters::default()
    };
    filtered
        .subscription
        .as_mut()
        .unwrap()
        .replace_filters(tokens, None);
    let mut index = index(vec![filtered, document("b", 1, &["alerts"])]);
    let json = r#"{"type":"system_announcement","data":{"tokenId":"ethereum"}}"#;
    let to_prices = event(json, Target::Channel(Channel::parse("prices").unwrap()));

    assert_eq!(
        matched(&mut index, &to_prices),
        [("a".to_owned(), vec!["prices".to_owned()])]
    );
    let recipients = index.recipients(&price(r#"{"tokenId":"ethereum"}"#), NOW);
    assert_eq!((recipients.matched.len(), recipients.filtered), (0, 1));
}

#[test]
fn gauges_follow_every_change() {
    let mut index = index(vec![
        document("a", 1, &["prices", "alerts"]),
        document("b", 1, &["alerts"]),
        document("c", 1, &[]),
    ]);
    let mut counts = Counts::default();
    index.count(&mut counts);
    assert_eq!((counts.connections, counts.subscriptions), (3, 2));
    let by_channel: Vec<_> = counts
        .by_channel
        .iter()
        .map(|(channel, n)| (channel.as_str(), *n))
        .collect();
    assert_eq!(by_channel, [("alerts", 2), ("prices", 1)]);

    index.apply(Arc::new(document("b", 2, &[])));
    index.remove(&ConnectionId::new("a"), NOW);
    index.count(&mut counts);
    assert_eq!(
        (
            counts.connections,
            counts.subscriptions,
            counts.by_channel.len()
        ),
        (2, 0, 0)
    );
}
