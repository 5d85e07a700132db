//! What Lambda is asked, and that whoever asks does not wait long.

use std::time::Duration;

use llama_ws_aws::LambdaStarter;
use llama_ws_core::ports::WorkerStarter;

use super::server::Server;
use super::support::{config, hear, own_log, within};

const LIMIT: Duration = Duration::from_secs(2);

async fn starter(server: &Server) -> LambdaStarter {
    let config = config(Some(&server.url())).await;
    LambdaStarter::new(&config, Some("event-fanout".to_owned()))
}

#[tokio::test]
async fn the_function_is_invoked_once_without_waiting_for_it() {
    let mut server = Server::answering(202, "").await;
    within(LIMIT, starter(&server).await.start()).await;

    let asked = server.asked().await;
    let path = "POST /2015-03-31/functions/event-fanout/invocations";
    assert_eq!(asked.line(), path);
    assert_eq!(asked.header("x-amz-invocation-type"), Some("Event"));
    assert_eq!(asked.body, r#"{"work":{}}"#);
    assert_eq!(server.left(), 0);
}

#[tokio::test]
async fn a_refusal_is_logged_and_not_tried_again() {
    hear();
    let mut server = Server::answering(403, r#"{"message":"told"}"#).await;
    within(LIMIT, starter(&server).await.start()).await;

    server.asked().await;
    assert_eq!(server.left(), 0);
    assert!(own_log().contains("status=403"), "{}", own_log());
}

#[tokio::test]
async fn a_failure_is_tried_a_second_time_at_most() {
    hear();
    let server = Server::answering(500, "").await;
    within(LIMIT, starter(&server).await.start()).await;

    assert_eq!(server.left(), 2);
    assert_eq!(own_log().lines().count(), 1, "{}", own_log());
}

#[tokio::test]
async fn nobody_answering_does_not_hold_the_caller() {
    hear();
    let server = Server::hanging().await;
    within(LIMIT, starter(&server).await.start()).await;
    assert!(own_log().contains("timed out"), "{}", own_log());
}

#[tokio::test]
async fn without_a_function_nothing_is_asked() {
    let server = Server::answering(202, "").await;
    let config = config(Some(&server.url())).await;
    LambdaStarter::new(&config, None).start().await;
    assert_eq!(server.left(), 0);
}
