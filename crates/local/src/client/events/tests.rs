//! Batching, and requests against a server on a free port.

use super::*;
use crate::client::Unreachable;
use crate::client::testing::{EventsServer, silent_address};

fn texts(count: usize, bytes: usize) -> Vec<String> {
    vec!["x".repeat(bytes); count]
}

#[test]
fn batches_hold_what_the_limits_allow() {
    assert_eq!(batch_len(&texts(1, 1)), 1);
    assert_eq!(batch_len(&texts(MAX_EVENTS - 1, 1)), MAX_EVENTS - 1);
    assert_eq!(batch_len(&texts(MAX_EVENTS, 1)), MAX_EVENTS);
    assert_eq!(batch_len(&texts(MAX_EVENTS + 1, 1)), MAX_EVENTS);
    assert_eq!(batch_len(&texts(3, MAX_BODY_BYTES / 2 - 1)), 2);
    assert_eq!(batch_len(&texts(3, MAX_BODY_BYTES / 2)), 1);
    assert_eq!(batch_len(&texts(2, MAX_BODY_BYTES * 2)), 1);
}

#[tokio::test]
async fn texts_arrive_as_they_are() {
    let server = EventsServer::start(200, r#"{"accepted":2,"duplicates":0,"rejected":[]}"#).await;
    let client = EventsClient::new(&server.url()).unwrap();

    let answer = client.publish(&[r#"{ "a" : 1.0 }"#, "{}"]).await.unwrap();

    assert_eq!(
        answer,
        Answer {
            accepted: 2,
            ..Answer::default()
        }
    );
    assert_eq!(server.bodies(), [r#"[{ "a" : 1.0 },{}]"#]);
    assert_eq!(server.paths(), ["POST /events"]);
}

#[tokio::test]
async fn answers_of_several_requests_add_up() {
    let rejecting = r#"{"accepted":1,"duplicates":2,"rejected":[{"index":3,"code":"INVALID_MESSAGE","message":"no data"}]}"#;
    let server = EventsServer::start(200, rejecting).await;
    let client = EventsClient::new(&server.url()).unwrap();

    let answer = client.publish(&texts(MAX_EVENTS + 4, 2)).await.unwrap();

    assert_eq!((answer.accepted, answer.duplicates), (2, 4));
    let places: Vec<usize> = answer
        .rejected
        .iter()
        .map(|rejection| rejection.index)
        .collect();
    assert_eq!(places, [3, MAX_EVENTS + 3]);
}

#[tokio::test]
async fn refusals_carry_the_status_and_the_message() {
    let server =
        EventsServer::start(413, r#"{"code":"PAYLOAD_TOO_LARGE","message":"too big"}"#).await;
    let client = EventsClient::new(&server.url()).unwrap();

    let error = client.publish(&["{}"]).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        format!("{} answered 413: too big", client.url())
    );
}

#[tokio::test]
async fn other_servers_are_told_apart() {
    let server = EventsServer::start(200, "<html>").await;
    let client = EventsClient::new(&server.url()).unwrap();

    let error = client.publish(&["{}"]).await.unwrap_err();

    assert_eq!(error, PublishError::NotAnAnswer(client.url().to_string()));
}

#[tokio::test]
async fn nobody_listening_is_said_plainly() {
    let (_socket, address) = silent_address();
    let client = EventsClient::new(&format!("http://{address}").parse().unwrap()).unwrap();

    let error = client.publish(&["{}"]).await.unwrap_err();

    let refused = Unreachable::Refused(address.to_string());
    assert_eq!(error, PublishError::Http(HttpError::Unreachable(refused)));
}
