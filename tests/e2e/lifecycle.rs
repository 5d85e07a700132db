//! How connections end: by themselves, by the clock, by the service, and what is left of them.

use std::time::Duration;

use llama_ws_local::dev::LocalOptions;
use llama_ws_memory::ManualClock;
use llama_ws_tests::{Client, Closed, Stage, pass, send};
use serde_json::json;

const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

async fn default_stage() -> (Stage<ManualClock>, ManualClock) {
    Stage::frozen(LocalOptions::default()).await
}

#[tokio::test]
async fn a_connection_that_ends_in_any_way_leaves_nothing_behind() {
    let (stage, _clock) = default_stage().await;
    let mut neighbour = stage.client().await;
    neighbour
        .ask(&json!({"type": "subscribe", "channel": "alerts"}))
        .await;

    for (event_id, cut) in [("1", false), ("2", true)] {
        let mut client = stage.client().await;
        client
            .ask(&json!({"type": "subscribe", "channel": "alerts"}))
            .await;
        stage.remembers(2).await;
        if cut {
            client.cut();
        } else {
            client.close().await;
        }
        stage.remembers(1).await;

        let event = json!({"eventId": event_id, "type": "alert", "data": {}});
        stage.publish(&event).await;
        assert_eq!(neighbour.next().await["eventId"], event_id);
    }
}

#[tokio::test]
async fn a_connection_that_is_deleted_gets_what_was_posted_before() {
    let (stage, _clock) = default_stage().await;
    let mut client = stage.client().await;
    let id = client.id().await;
    let path = format!("/@connections/{id}");

    for n in 0..3 {
        let frame = json!({"type": "note", "n": n}).to_string();
        let answer = send(stage.addr(), "POST".parse().unwrap(), &path, &[], &frame).await;
        assert_eq!(answer.status, 200);
    }
    let answer = send(stage.addr(), "DELETE".parse().unwrap(), &path, &[], "").await;
    assert_eq!(answer.status, 204);
    let (frames, closed) = client.rest().await;
    assert_eq!(
        frames.iter().map(|frame| &frame["n"]).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert_eq!(closed.code, 1000);
    stage.is_forgotten().await;
    let answer = send(stage.addr(), "POST".parse().unwrap(), &path, &[], "{}").await;
    assert_eq!(answer.status, 410);
}

#[tokio::test]
async fn a_shutdown_says_goodbye_and_spreads_the_returns() {
    let (stage, clock) = default_stage().await;
    let clients = [
        stage.client().await,
        stage.stranger().await,
        stage.client().await,
    ];
    let now = llama_ws_tests::start_time().0;
    drop(clock);

    stage.stop().await;
    let mut returns = Vec::new();
    for client in clients {
        let (frames, closed) = client.rest().await;
        assert_eq!(frames.len(), 1, "{frames:?}");
        assert_eq!(
            (&frames[0]["type"], &frames[0]["reason"]),
            (&json!("goodbye"), &json!("shutdown"))
        );
        returns.extend(frames[0]["reconnectAt"].as_u64());
        let expected = Closed {
            code: 1001,
            reason: "Going away".to_owned(),
        };
        assert_eq!(closed, expected);
    }
    returns.sort_unstable();
    assert_eq!(returns, [now, now + 5, now + 10]);
}

#[tokio::test]
async fn ten_minutes_without_a_message_end_a_connection_and_its_records() {
    let (stage, clock) = default_stage().await;
    let quiet = stage.client().await;
    let mut pinging = stage.client().await;
    let mut listening = stage.client().await;
    listening
        .ask(&json!({"type": "subscribe", "channel": "alerts"}))
        .await;

    pass(&clock, secs(599)).await;
    pinging.expect_silence().await;
    stage
        .publish(&json!({"eventId": "1", "type": "alert", "data": {}}))
        .await;
    assert_eq!(listening.next().await["eventId"], "1");
    stage.remembers(3).await;
    clock.advance(secs(1));

    let closed = quiet.closed().await;
    assert_eq!((closed.code, closed.reason.as_str()), (1001, "Going away"));
    stage.remembers(2).await;
    pinging.expect_silence().await;
    listening.expect_silence().await;
}

/// Pings often enough that the connection never counts as idle.
async fn keep_alive(client: &mut Client, clock: &ManualClock, mut time: Duration) {
    while !time.is_zero() {
        let step = time.min(secs(480));
        pass(clock, step).await;
        client.expect_silence().await;
        time -= step;
    }
}

#[tokio::test]
async fn a_connection_is_told_to_come_back_before_its_two_hours_end() {
    let (stage, clock) = default_stage().await;
    let mut client = stage.client().await;
    let two_hours = secs(7_200);

    keep_alive(&mut client, &clock, two_hours - secs(61)).await;
    pass(&clock, secs(1)).await;
    let goodbye = client.next().await;
    assert_eq!(
        (&goodbye["type"], &goodbye["reason"]),
        (&json!("goodbye"), &json!("max_lifetime"))
    );
    // It still works while the client gets ready to leave.
    client
        .ask(&json!({"type": "subscribe", "channel": "alerts"}))
        .await;
    stage
        .publish(&json!({"eventId": "last", "type": "alert", "data": {}}))
        .await;
    assert_eq!(client.next().await["eventId"], "last");
    let other = stage.client().await;
    stage.remembers(2).await;

    pass(&clock, secs(60)).await;
    let (frames, closed) = client.rest().await;
    assert_eq!((frames, closed.code), (Vec::new(), 1000));
    stage.remembers(1).await;
    other.close().await;
    stage.is_forgotten().await;
}
