//! Ten idle minutes and two hours of life, to the millisecond.

use std::time::Duration;

use llama_ws_functions::Function;
use tokio_tungstenite::tungstenite::Message;

use super::script::Script;
use super::support::{Client, Stage};
use crate::gateway::PostOutcome;

const MILLI: Duration = Duration::from_millis(1);
const IDLE: Duration = Duration::from_secs(10 * 60);
const LIFE: Duration = Duration::from_secs(2 * 60 * 60);
const MINUTE: Duration = Duration::from_secs(60);

async fn start() -> (Stage, Client) {
    let mut stage = Stage::start(Script::new().echoes(Function::Message)).await;
    let client = stage.client().await;
    (stage, client)
}

async fn assert_posts_arrive(stage: &Stage, client: &mut Client) {
    let posted = stage.registry.post(&client.id, "news".into()).await;
    assert_eq!(posted, PostOutcome::Delivered);
    assert_eq!(client.hear().await, "news");
}

async fn assert_goes_away(stage: &mut Stage, client: &mut Client) {
    assert_eq!(client.closed().await, (1001, "Going away".to_owned()));
    let disconnect = stage.call(Function::Disconnect).await;
    assert_eq!(disconnect.context()["disconnectStatusCode"], 1001);
    assert_eq!(disconnect.context()["disconnectReason"], "Going away");
    let posted = stage.registry.post(&client.id, "late".into()).await;
    assert_eq!(posted, PostOutcome::Gone);
}

#[tokio::test]
async fn idle_connection_lives_10_minutes() {
    let (mut stage, mut client) = start().await;

    stage.clock.advance(IDLE - MILLI);
    client.send(Message::Ping("p".into())).await;
    client.hear_pong("p").await;
    stage.clock.advance(MILLI);

    assert_goes_away(&mut stage, &mut client).await;
}

#[tokio::test]
async fn post_starts_the_10_minutes_again() {
    let (mut stage, mut client) = start().await;

    stage.clock.advance(IDLE - MILLI);
    assert_posts_arrive(&stage, &mut client).await;
    stage.clock.advance(IDLE - MILLI);
    assert_posts_arrive(&stage, &mut client).await;
    stage.clock.advance(IDLE);

    assert_goes_away(&mut stage, &mut client).await;
}

#[tokio::test]
async fn client_message_starts_the_10_minutes_again() {
    let (mut stage, mut client) = start().await;

    stage.clock.advance(IDLE - MILLI);
    client.say("here").await;
    assert_eq!(client.hear().await, "here");
    stage.call(Function::Message).await;
    stage.clock.advance(IDLE - MILLI);
    client.say("still").await;
    assert_eq!(client.hear().await, "still");
    stage.call(Function::Message).await;
    stage.clock.advance(IDLE);

    assert_goes_away(&mut stage, &mut client).await;
}

#[tokio::test]
async fn protocol_pings_are_answered_and_do_not_count() {
    let (mut stage, mut client) = start().await;

    for _ in 0..9 {
        stage.clock.advance(MINUTE);
        client.send(Message::Ping("here".into())).await;
        client.hear_pong("here").await;
    }
    stage.clock.advance(MINUTE);

    assert_goes_away(&mut stage, &mut client).await;
}

#[tokio::test]
async fn busy_connection_lives_2_hours() {
    let (mut stage, mut client) = start().await;

    for _ in 0..13 {
        stage.clock.advance(9 * MINUTE);
        assert_posts_arrive(&stage, &mut client).await;
    }
    stage.clock.advance(LIFE - 13 * 9 * MINUTE - MILLI);
    assert_posts_arrive(&stage, &mut client).await;
    stage.clock.advance(MILLI);

    assert_goes_away(&mut stage, &mut client).await;
}
