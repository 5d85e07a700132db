use super::*;

fn spelled(names: &[&str]) -> Vec<SpelledChannel> {
    names
        .iter()
        .map(|name| SpelledChannel::parse(name).unwrap())
        .collect()
}

fn channels(names: &[&str]) -> Vec<Channel> {
    names
        .iter()
        .map(|name| Channel::parse(name).unwrap())
        .collect()
}

fn tokens(ids: &[&str]) -> Filters {
    Filters {
        token_ids: Some(ids.iter().map(|&id| id.to_owned()).collect()),
        ..Filters::default()
    }
}

fn shown(subscription: &Subscription) -> serde_json::Value {
    serde_json::to_value(subscription.view()).unwrap()
}

#[test]
fn subscribing_again_replaces_filters_options_and_spelling() {
    let mut subscription = Subscription::new(UnixMillis(1));
    subscription.subscribe(
        &spelled(&["prices", "tvl"]),
        tokens(&["a"]),
        ChannelOptions { conflate: true },
    );
    subscription.subscribe(
        &spelled(&["events:prices"]),
        Filters::default(),
        ChannelOptions::default(),
    );

    assert_eq!(
        shown(&subscription),
        serde_json::json!({
            "channels": ["events:prices", "tvl"], "filters": {}, "subscribedAt": 1,
            "byChannel": {"tvl": {"filters": {"tokenIds": ["a"]}, "options": {"conflate": true}}}
        })
    );
}

#[test]
fn filters_are_replaced_everywhere_or_where_named() {
    let mut subscription = Subscription::new(UnixMillis(1));
    subscription.subscribe(
        &spelled(&["prices", "tvl"]),
        tokens(&["a"]),
        ChannelOptions::default(),
    );
    subscription.replace_filters(tokens(&["b"]), Some(&channels(&["tvl_changes"])));

    assert_eq!(*subscription.channels()[0].filters, tokens(&["a"]));
    assert_eq!(*subscription.channels()[1].filters, tokens(&["b"]));

    subscription.replace_filters(Filters::default(), None);
    assert!(subscription.view().by_channel.is_empty());
}

#[test]
fn leaving_is_by_meaning_and_never_a_fault() {
    let mut subscription = Subscription::new(UnixMillis(1));
    subscription.subscribe(
        &spelled(&["events:prices", "alerts"]),
        Filters::default(),
        ChannelOptions::default(),
    );
    subscription.unsubscribe(&channels(&["prices", "tvl"]));

    assert_eq!(subscription.view().channels, [Arc::from("alerts")]);
}

#[test]
fn the_stored_form_reads_back_equal() {
    let mut subscription = Subscription::new(UnixMillis(1));
    subscription.subscribe(
        &spelled(&["prices", "token:0xAB"]),
        tokens(&["a"]),
        ChannelOptions { conflate: true },
    );
    subscription.subscribe(
        &spelled(&["tvl"]),
        tokens(&["b"]),
        ChannelOptions::default(),
    );
    subscription.update_delivery(Some(true), Some(0.5));

    let stored = serde_json::to_string(&subscription).unwrap();
    assert_eq!(
        serde_json::from_str::<Subscription>(&stored).unwrap(),
        subscription
    );
}

#[test]
fn one_filter_for_many_channels_is_counted_once() {
    let mut subscription = Subscription::new(UnixMillis(1));
    let many: Vec<String> = (0..100).map(|n| format!("token:t{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    subscription.subscribe(
        &spelled(&many),
        tokens(&["x"; 200]),
        ChannelOptions::default(),
    );

    assert!(subscription.view_bytes() < 24 * 1024);
    assert_eq!(
        subscription.view_bytes(),
        serde_json::to_string(&shown(&subscription)).unwrap().len()
    );
}
