//! `$connect`.

use llama_ws_functions::Function;

use super::script::Script;
use super::support::Stage;
use crate::gateway::PostOutcome;

#[tokio::test]
async fn message_is_answered_and_posts_arrive() {
    let mut stage = Stage::start(Script::new().echoes(Function::Message)).await;
    let mut client = stage.client().await;

    client.say("hello").await;
    assert_eq!(client.hear().await, "hello");
    assert_eq!(
        stage.registry.post(&client.id, "news".into()).await,
        PostOutcome::Delivered
    );
    assert_eq!(client.hear().await, "news");

    let calls = stage.shut_down().await;
    assert_eq!(client.closed().await, (1001, "Going away".to_owned()));
    drop(calls);
}
