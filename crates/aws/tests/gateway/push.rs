//! What every answer of `@connections` means, and what is asked.

use std::time::Duration;

use bytes::Bytes;
use llama_ws_core::ConnectionId;
use llama_ws_core::ports::{PostOutcome, Presence, Push};

use super::server::Server;
use super::support::{hear, id, logged, own_log, pushes, within};

const SECRET: &str = "unspoken";
const FRAME: Bytes = Bytes::from_static(br#"{"is":"unspoken"}"#);

/// Bodies that come with errors: as modelled, empty, and not JSON.
const BODIES: [&str; 3] = [r#"{"message":"told"}"#, "", "<html>told</html>"];

#[tokio::test]
async fn a_status_says_what_became_of_a_post() {
    let cases = [
        (200, PostOutcome::Delivered),
        (400, PostOutcome::Failed),
        (403, PostOutcome::Failed),
        (410, PostOutcome::Gone),
        (413, PostOutcome::TooLarge),
        (429, PostOutcome::Throttled),
        (500, PostOutcome::Failed),
        (503, PostOutcome::Failed),
    ];
    for (status, outcome) in cases {
        for body in BODIES {
            let mut server = Server::answering(status, body).await;
            for push in pushes(&server.url()).await {
                assert_eq!(push.post(&id(), FRAME).await, outcome, "{status} {body:?}");
                server.asked().await;
                assert_eq!(server.left(), 0, "{status} is not tried again");
            }
        }
    }
}

#[tokio::test]
async fn a_status_says_what_became_of_a_close() {
    let cases = [
        (204, PostOutcome::Delivered),
        (403, PostOutcome::Failed),
        (410, PostOutcome::Gone),
        (429, PostOutcome::Throttled),
        (500, PostOutcome::Failed),
    ];
    for (status, outcome) in cases {
        let server = Server::answering(status, "").await;
        for push in pushes(&server.url()).await {
            assert_eq!(push.close(&id()).await, outcome, "{status}");
        }
    }
}

#[tokio::test]
async fn a_status_says_whether_there_is_a_connection() {
    let cases = [
        (200, Presence::Live),
        (400, Presence::Unknown),
        (403, Presence::Unknown),
        (410, Presence::Gone),
        (429, Presence::Unknown),
        (500, Presence::Unknown),
    ];
    for (status, presence) in cases {
        for body in BODIES {
            let server = Server::answering(status, body).await;
            for push in pushes(&server.url()).await {
                assert_eq!(push.find(&id()).await, presence, "{status} {body:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_stage_stays_and_the_id_is_encoded() {
    let mut server = Server::answering(200, "").await;
    let endpoint = format!("{}/prod/", server.url().replace("http://", "ws://"));
    for push in pushes(&endpoint).await {
        push.post(&id(), FRAME).await;

        let asked = server.asked().await;
        assert_eq!(asked.line(), "POST /prod/@connections/L0SM9cOFvHcCIhw%3D");
        assert_eq!(asked.body.as_bytes(), FRAME);
        let signature = asked.header("authorization").unwrap();
        assert!(signature.contains("/us-east-1/execute-api/aws4_request"));
    }
}

#[tokio::test]
async fn nobody_answering_fails_in_time() {
    let server = Server::hanging().await;
    for push in pushes(&server.url()).await {
        let calls = async {
            let id = id();
            tokio::join!(push.post(&id, FRAME), push.close(&id), push.find(&id))
        };
        let (posted, closed, found) = within(Duration::from_secs(4), calls).await;
        assert_eq!(posted, PostOutcome::Failed);
        assert_eq!(closed, PostOutcome::Failed);
        assert_eq!(found, Presence::Unknown);
    }
}

#[tokio::test]
async fn nobody_listening_fails_and_says_so() {
    for push in pushes("http://127.0.0.1:1").await {
        hear();
        assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Failed);
        assert!(own_log().contains("Connection refused"), "{}", own_log());
    }
}

#[tokio::test]
async fn an_id_that_is_no_id_fails() {
    let server = Server::answering(200, "").await;
    for push in pushes(&server.url()).await {
        let none = ConnectionId::new("");
        assert_eq!(push.post(&none, FRAME).await, PostOutcome::Failed);
        assert_eq!(server.left(), 0);
    }
}

#[tokio::test]
async fn one_warning_holds_the_status_and_never_the_frame() {
    let server = Server::answering(500, r#"{"message":"told"}"#).await;
    for push in pushes(&server.url()).await {
        hear();
        push.post(&id(), FRAME).await;

        let text = logged();
        let warnings: Vec<_> = text.lines().filter(|line| line.contains("WARN")).collect();
        assert_eq!(warnings.len(), 1, "{text}");
        assert!(warnings[0].contains("status=500"), "{text}");
        assert!(warnings[0].contains(id().as_str()), "{text}");
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[tokio::test]
async fn an_answer_that_repeats_the_frame_is_not_logged() {
    let body = r#"{"message":"unspoken","code":"unspoken"}"#;
    let server = Server::answering(400, body).await;
    for push in pushes(&server.url()).await {
        hear();
        push.post(&id(), FRAME).await;

        assert!(own_log().contains("status=400"), "{}", own_log());
        assert!(!own_log().contains(SECRET), "{}", own_log());
    }
}

#[tokio::test]
async fn what_is_expected_is_not_warned_of() {
    hear();
    for status in [200, 410, 413, 429] {
        let server = Server::answering(status, "").await;
        for push in pushes(&server.url()).await {
            push.post(&id(), FRAME).await;
        }
    }
    assert_eq!(own_log(), "");
}
