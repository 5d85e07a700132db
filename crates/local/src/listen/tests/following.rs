//! On one connection: subscribing, printing, counting, stopping.

use serde_json::json;

use super::stage::{Stage, price};
use crate::client::Credential;
use crate::listen::{Format, ListenError};

#[tokio::test]
async fn the_key_goes_in_a_header_and_the_request_names_the_channels() {
    let mut stage = Stage::set(|options| options.count = Some(1)).await;

    let mut peer = stage.server.accept().await;
    assert_eq!(
        (peer.path.as_str(), peer.api_key.as_deref()),
        ("/", Some("key-1"))
    );
    assert_eq!(peer.authorization, None);
    assert_eq!(
        peer.request().await,
        json!({"type": "subscribe", "id": "subscribe", "channels": ["prices", "tvl"]})
    );
    peer.send(price("6-0", "null")).await;

    assert_eq!(
        stage.line().await,
        "TIME (UTC)        SENT  HAPPENED  TYPE              CHANNEL                 DATA"
    );
    assert_eq!(
        stage.line().await,
        "16:00:00.000      2 ms     10 ms  price_update      prices                  t-6-0"
    );
    assert_eq!(peer.close_code().await, 1000);
    assert!(stage.end().await.0.is_ok());
}

#[tokio::test]
async fn batches_are_unpacked_and_counted_by_event() {
    let mut stage = Stage::set(|options| options.count = Some(2)).await;
    let mut peer = stage.subscribed().await;

    let [first, second, third] = [
        price("6-0", r#""5-0""#),
        price("7-0", r#""6-0""#),
        price("8-0", r#""7-0""#),
    ];
    peer.send(format!(
        r#"{{"type":"batch","messages":[{first},{second},{third}]}}"#
    ))
    .await;

    assert!(stage.line().await.ends_with("t-6-0"));
    assert!(stage.line().await.ends_with("t-7-0"));
    assert_eq!(peer.close_code().await, 1000);
    let (outcome, rest) = stage.end().await;
    assert!(outcome.is_ok() && rest.is_empty(), "{rest:?}");
}

#[tokio::test]
async fn raw_frames_are_printed_as_they_come_on_one_line() {
    let mut stage = Stage::set(|options| {
        options.format = Format::Raw;
        options.count = Some(2);
    })
    .await;
    let mut peer = stage.server.accept().await;
    peer.request().await;

    peer.send(r#"{"type":"pong","timestamp":1}"#).await;
    let batch = format!(
        "{{\"type\":\"batch\",\n\"messages\":[{}]}}",
        price("6-0", "null")
    );
    peer.send(&*batch).await;
    peer.send(price("7-0", r#""6-0""#)).await;

    assert_eq!(stage.line().await, r#"{"type":"pong","timestamp":1}"#);
    assert_eq!(stage.line().await, batch.replace('\n', " "));
    assert_eq!(stage.line().await, price("7-0", r#""6-0""#));
    assert_eq!(peer.close_code().await, 1000);
    assert!(stage.end().await.0.is_ok());
}

#[tokio::test]
async fn a_hole_is_filled_and_nothing_is_shown_twice() {
    let mut stage = Stage::set(|_| {}).await;
    let mut peer = stage.subscribed().await;

    peer.send(price("9-0", r#""7-0""#)).await;
    assert_eq!(
        peer.request().await,
        json!({"type": "resume", "id": "resume", "since": "5-0"})
    );
    for offset in ["7-0", "9-0"] {
        let replayed = price(offset, "null").replace(r#""prev""#, r#""replay":true,"prev""#);
        peer.send(replayed).await;
    }
    peer.send(r#"{"type":"resume_result","status":"recovered","count":2,"offset":"9-0"}"#)
        .await;

    assert!(stage.line().await.ends_with("t-9-0"));
    assert!(stage.line().await.ends_with("(replay) t-7-0"));
    assert!(stage.line().await.ends_with("recovered, 2 messages"));
}

#[tokio::test]
async fn a_subscription_refused_for_now_is_sent_again_when_it_may_be() {
    let mut stage = Stage::set(|_| {}).await;
    let mut peer = stage.server.accept().await;
    let request = peer.request().await;
    peer.send(r#"{"type":"error","code":"RATE_LIMITED","message":"too fast","retryable":true,"retryAfterMs":5000,"id":"subscribe","timestamp":1}"#).await;
    stage.line().await;
    assert!(stage.line().await.ends_with("RATE_LIMITED: too fast"));

    stage.advance(5_000);

    assert_eq!(peer.request().await, request);
}

#[tokio::test]
async fn a_refused_subscription_is_the_end() {
    let cases = [
        (
            r#"{"type":"error","code":"INVALID_FILTER","message":"minValue is above maxValue","retryable":false,"id":"subscribe"}"#,
            "the subscription was refused: INVALID_FILTER: minValue is above maxValue",
        ),
        (
            r#"{"type":"subscription_result","offset":"5-0","results":[{"channel":"x","status":"failed","error":{"code":"INVALID_CHANNEL","message":"no such channel"}}]}"#,
            "the subscription was refused: INVALID_CHANNEL: no such channel",
        ),
    ];
    for (frame, expected) in cases {
        let stage = Stage::set(|_| {}).await;
        let mut peer = stage.server.accept().await;
        peer.request().await;
        peer.send(frame).await;

        assert_eq!(peer.close_code().await, 1000);
        let (outcome, _) = stage.end().await;
        assert_eq!(outcome.unwrap_err().to_string(), expected);
    }
}

#[tokio::test]
async fn channels_that_are_refused_stand_beside_those_that_are_not() {
    let mut stage = Stage::set(|_| {}).await;
    let mut peer = stage.server.accept().await;
    peer.request().await;
    peer.send(r#"{"type":"subscription_result","offset":"5-0","results":[{"channel":"prices","status":"subscribed"},{"channel":"x","status":"failed","error":{"code":"INVALID_CHANNEL","message":"no such channel"}}]}"#).await;

    stage.line().await;
    assert!(
        stage
            .line()
            .await
            .ends_with("prices; not x: INVALID_CHANNEL: no such channel")
    );
}

#[tokio::test]
async fn quiet_connections_are_pinged_and_given_up_when_nothing_comes_back() {
    let mut stage = Stage::set(|_| {}).await;
    let mut peer = stage.subscribed().await;

    stage.advance(8 * 60_000 + 30_000);
    assert_eq!(peer.request().await, json!({"type": "ping"}));
    peer.send(r#"{"type":"pong","connectionId":"c","timestamp":1}"#)
        .await;
    assert!(stage.line().await.contains("pong"));

    stage.advance(8 * 60_000 + 30_000);
    assert_eq!(peer.request().await, json!({"type": "ping"}));
    stage.advance(30_000);
    assert_eq!(peer.close_code().await, 1000);
    assert!(
        stage
            .notice()
            .await
            .starts_with("llama-ws: a ping was not answered; connecting again")
    );
}

#[tokio::test]
async fn ctrl_c_closes_in_good_order() {
    let mut stage = Stage::set(|_| {}).await;
    let mut peer = stage.subscribed().await;

    stage.stop();

    assert_eq!(peer.close_code().await, 1000);
    assert!(stage.end().await.0.is_ok());
}

#[tokio::test]
async fn a_reader_that_went_away_ends_it_without_a_complaint() {
    let mut stage = Stage::set(|_| {}).await;
    let mut peer = stage.subscribed().await;

    stage.stop_reading();
    peer.send(price("6-0", r#""5-0""#)).await;

    assert_eq!(peer.close_code().await, 1000);
    assert!(stage.end().await.0.is_ok());
}

#[tokio::test]
async fn a_first_connection_that_fails_is_the_end() {
    for (status, expected) in [
        (401, "401 Unauthorized, the credential is not accepted"),
        (403, "403 Forbidden, the credential may not connect"),
        (429, "429 Too Many Requests, too many connections"),
        (500, "500 Internal Server Error"),
    ] {
        let stage = Stage::set(|_| {}).await;
        let address = stage.server.url().authority().to_owned();
        stage.server.refuse(status).await;

        let (outcome, _) = stage.end().await;
        let error = outcome.unwrap_err();
        assert!(matches!(error, ListenError::Connect(_)));
        assert_eq!(
            error.to_string(),
            format!("{address} refused the connection: {expected}")
        );
    }
}

#[tokio::test]
async fn tokens_go_in_a_header_and_keys_in_the_url_stay_there() {
    let stage = Stage::set(|options| options.credential = Credential::Bearer("t".to_owned())).await;
    let peer = stage.server.accept().await;
    assert_eq!(peer.authorization.as_deref(), Some("Bearer t"));
    assert_eq!(peer.api_key, None);

    let stage = Stage::set(|options| {
        options.url = format!("ws://{}/dev?apiKey=k", options.url.authority())
            .parse()
            .unwrap();
        options.credential = Credential::InUrl;
    })
    .await;
    let peer = stage.server.accept().await;
    assert_eq!(peer.path, "/dev?apiKey=k");
    assert_eq!((peer.authorization, peer.api_key), (None, None));
}
