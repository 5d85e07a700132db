//! When a connection ends: coming back, when, and with what.

use serde_json::json;

use super::stage::{START, Stage, price};
use crate::client::testing::silent_address;
use crate::listen::ListenError;

/// The bound of the first attempt's back-off, in milliseconds.
const FIRST_BACKOFF: u64 = 1_000;

#[tokio::test]
async fn a_goodbye_is_followed_at_its_time_from_where_it_was() {
    let mut stage = Stage::set(|_| {}).await;
    let mut peer = stage.subscribed().await;
    peer.send(price("8-0", r#""5-0""#)).await;
    stage.line().await;

    let at = START.0 + 7_500;
    peer.send(format!(
        r#"{{"type":"goodbye","reason":"max_lifetime","reconnectAt":{at}}}"#
    ))
    .await;
    assert!(stage.line().await.ends_with("max_lifetime"));
    peer.close(1000).await;
    assert_eq!(
        stage.notice().await,
        "llama-ws: the service said goodbye; connecting again in 7.5 s"
    );
    stage.advance(7_500);

    let mut peer = stage.server.accept().await;
    assert_eq!(
        peer.request().await,
        json!({"type": "subscribe", "id": "subscribe", "channels": ["prices", "tvl"], "since": "8-0"})
    );
}

#[tokio::test]
async fn a_connection_that_stays_open_after_its_goodbye_is_left() {
    let mut stage = Stage::set(|_| {}).await;
    let mut peer = stage.subscribed().await;
    let at = START.0 + 1_000;
    peer.send(format!(
        r#"{{"type":"goodbye","reason":"shutdown","reconnectAt":{at}}}"#
    ))
    .await;
    stage.line().await;

    stage.advance(1_000);

    assert_eq!(peer.close_code().await, 1000);
    assert!(
        stage
            .notice()
            .await
            .starts_with("llama-ws: the service said goodbye")
    );
}

#[tokio::test]
async fn a_lost_connection_comes_back_and_shows_nothing_twice() {
    let mut stage = Stage::set(|_| {}).await;
    let mut peer = stage.subscribed().await;
    peer.send(price("6-0", r#""5-0""#)).await;
    stage.line().await;

    drop(peer);
    assert!(stage.notice().await.contains("; connecting again in 0."));
    stage.advance(FIRST_BACKOFF);

    let mut peer = stage.server.accept().await;
    assert_eq!(peer.request().await["since"], "6-0");
    let replayed = |offset| price(offset, "null").replace(r#""prev""#, r#""replay":true,"prev""#);
    peer.send(replayed("6-0")).await;
    peer.send(replayed("7-0")).await;
    assert!(stage.line().await.ends_with("(replay) t-7-0"));
}

#[tokio::test]
async fn a_service_that_cannot_continue_is_asked_to_begin() {
    for code in ["INVALID_OFFSET", "INVALID_OPTION"] {
        let mut stage = Stage::set(|_| {}).await;
        let mut peer = stage.subscribed().await;
        peer.close(1001).await;
        stage.notice().await;
        stage.advance(FIRST_BACKOFF);

        let mut peer = stage.server.accept().await;
        assert_eq!(peer.request().await["since"], "5-0");
        let error = json!({"type": "error", "code": code, "message": "not there", "retryable": false, "id": "subscribe"});
        peer.send(error.to_string()).await;
        assert_eq!(
            peer.request().await,
            json!({"type": "subscribe", "id": "subscribe", "channels": ["prices", "tvl"]})
        );

        // It is not asked a third time.
        peer.send(error.to_string()).await;
        assert_eq!(peer.close_code().await, 1000);
        assert!(matches!(
            stage.end().await.0,
            Err(ListenError::Refused { .. })
        ));
    }
}

#[tokio::test]
async fn a_service_that_is_not_ready_is_tried_again_and_one_that_refuses_is_not() {
    let mut stage = Stage::set(|_| {}).await;
    let mut peer = stage.subscribed().await;
    peer.close(1001).await;
    assert!(
        stage
            .notice()
            .await
            .starts_with("llama-ws: the connection was closed")
    );

    stage.advance(FIRST_BACKOFF);
    stage.server.refuse(503).await;
    assert!(
        stage
            .notice()
            .await
            .contains("503 Service Unavailable, the service is not ready")
    );
    stage.advance(FIRST_BACKOFF * 2);
    stage.server.refuse(401).await;

    let (outcome, _) = stage.end().await;
    assert!(matches!(outcome, Err(ListenError::Connect(_))));
}

#[tokio::test]
async fn once_ends_with_the_connection() {
    for (code, good) in [(1000, true), (1001, true), (1008, false), (1011, false)] {
        let mut stage = Stage::set(|options| options.once = true).await;
        let mut peer = stage.subscribed().await;
        peer.close(code).await;

        let (outcome, _) = stage.end().await;
        match outcome {
            Ok(()) => assert!(good, "{code}"),
            Err(error) => {
                assert!(!good, "{code}");
                let expected = format!("the connection ended: the service closed with code {code}");
                assert_eq!(error.to_string(), expected);
            }
        }
    }
}

#[tokio::test]
async fn once_ends_with_a_goodbye() {
    let mut stage = Stage::set(|options| options.once = true).await;
    let mut peer = stage.subscribed().await;
    peer.send(r#"{"type":"goodbye","reason":"shutdown"}"#).await;
    peer.close(1012).await;

    assert!(stage.end().await.0.is_ok());
}

#[tokio::test]
async fn ctrl_c_ends_the_wait() {
    let mut stage = Stage::set(|_| {}).await;
    let mut peer = stage.subscribed().await;
    peer.close(1001).await;
    stage.notice().await;

    stage.stop();

    assert!(stage.end().await.0.is_ok());
}

#[tokio::test]
async fn nobody_there_is_said_plainly() {
    let (_socket, address) = silent_address();
    let stage =
        Stage::set(|options| options.url = format!("ws://{address}").parse().unwrap()).await;

    let (outcome, _) = stage.end().await;
    assert_eq!(
        outcome.unwrap_err().to_string(),
        format!("nothing listens at {address} (is `llama-ws dev` running?)")
    );
}
