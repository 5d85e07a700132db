//! The connections of the signed client: how many, for how long, and what happens when one breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use llama_ws_core::ports::{PostOutcome, Push};
use tokio::sync::Barrier;

use super::server::{Act, Server, Turn};
use super::support::{CONNECTIONS, hear, id, own_log, signed, soon};

const FRAME: Bytes = Bytes::from_static(b"{}");

#[tokio::test]
async fn one_after_the_other_takes_one_connection() {
    let mut server = Server::answering(200, "").await;
    let push = signed(&server.url()).await;
    for _ in 0..100 {
        assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Delivered);
        server.asked().await;
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn as_many_connections_are_made_as_posts_are_in_flight_but_no_more_than_allowed() {
    for (posts, connections) in [
        (CONNECTIONS - 1, CONNECTIONS - 1),
        (CONNECTIONS, CONNECTIONS),
        (CONNECTIONS + 1, CONNECTIONS),
        (10 * CONNECTIONS, CONNECTIONS),
    ] {
        let mut server = Server::hanging().await;
        let push = Arc::new(signed(&server.url()).await);
        let posting = (0..posts).map(|_| {
            let push = Arc::clone(&push);
            tokio::spawn(async move { push.post(&id(), FRAME).await })
        });
        let posting: Vec<_> = posting.collect();
        for _ in 0..connections {
            server.asked().await;
        }
        // Everybody else has had many turns.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.connections(), connections, "{posts}");
        assert_eq!(server.left(), 0, "{posts}");
        posting.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

#[tokio::test]
async fn ten_thousand_posts_share_the_connections() {
    const POSTS: usize = 10_000;
    let mut server = Server::answering(200, "").await;
    let push = signed(&server.url()).await;
    let delivered = stream::iter(0..POSTS)
        .map(|_| async {
            let id = id();
            push.post(&id, FRAME).await
        })
        .buffer_unordered(4 * CONNECTIONS)
        .filter(|outcome| std::future::ready(*outcome == PostOutcome::Delivered))
        .count();
    assert_eq!(soon(delivered).await, POSTS);
    for _ in 0..POSTS {
        server.asked().await;
    }
    assert_eq!(server.left(), 0, "none was posted twice");
    assert_eq!(server.connections(), CONNECTIONS);
}

#[tokio::test]
async fn a_slow_answer_holds_up_nobody_else() {
    let server = Server::acting(|turn| match turn.connection {
        0 => Act::Hang,
        _ => Act::answer(200, ""),
    })
    .await;
    let push = Arc::new(signed(&server.url()).await);
    let slow = Arc::clone(&push);
    let slow = tokio::spawn(async move { slow.post(&id(), FRAME).await });
    while server.connections() == 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Delivered);
    }
    assert_eq!(server.connections(), 2);
    slow.abort();
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_replaced() {
    let mut server = Server::acting(|_| Act::last_answer(200)).await;
    let push = signed(&server.url()).await;
    for _ in 0..50 {
        assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Delivered);
        server.asked().await;
    }
    assert_eq!(server.left(), 0, "none was posted twice");
    assert_eq!(server.connections(), 50);
}

#[tokio::test]
async fn all_connections_may_be_found_closed() {
    let ended = Arc::new(AtomicUsize::new(0));
    let all = Arc::new(Barrier::new(CONNECTIONS));
    let server = Server::acting(|turn| match turn {
        Turn { request: 0, .. } => Act::last_answer(200),
        _ => Act::Hang,
    })
    .await;
    let push = Arc::new(signed(&server.url()).await);
    for _ in 0..3 {
        let posts = (0..CONNECTIONS).map(|_| {
            let (push, all, ended) = (Arc::clone(&push), Arc::clone(&all), Arc::clone(&ended));
            tokio::spawn(async move {
                all.wait().await;
                assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Delivered);
                ended.fetch_add(1, Ordering::SeqCst);
            })
        });
        for post in soon(join_all(posts)).await {
            post.unwrap();
        }
    }
    assert_eq!(ended.load(Ordering::SeqCst), 3 * CONNECTIONS);
}

#[tokio::test]
async fn a_kept_connection_that_ends_unanswered_costs_one_repetition() {
    let mut server = Server::acting(|turn| match turn.request {
        0 => Act::answer(200, ""),
        _ => Act::SayAndClose(String::new()),
    })
    .await;
    let push = signed(&server.url()).await;
    for asked in [1, 2, 2] {
        assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Delivered);
        for _ in 0..asked {
            server.asked().await;
        }
        assert_eq!(server.left(), 0);
    }
}

#[tokio::test]
async fn a_new_connection_that_ends_unanswered_fails_without_another() {
    hear();
    let mut server = Server::acting(|_| Act::SayAndClose(String::new())).await;
    let push = signed(&server.url()).await;
    assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Failed);
    server.asked().await;
    assert_eq!(server.left(), 0);
    assert_eq!(server.connections(), 1);
    assert!(own_log().contains("the connection broke"), "{}", own_log());
}

#[tokio::test]
async fn what_was_answered_in_part_is_not_posted_again() {
    let mut server = Server::acting(|turn| match turn.request {
        0 => Act::answer(200, ""),
        _ => Act::SayAndClose("HTTP/1.1 2".to_owned()),
    })
    .await;
    let push = signed(&server.url()).await;
    assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Delivered);
    assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Failed);
    server.asked().await;
    server.asked().await;
    assert_eq!(server.left(), 0);
}

#[tokio::test]
async fn what_is_no_http_fails_and_its_connection_is_not_used_again() {
    let server = Server::acting(|_| Act::Say("nonsense\r\n\r\n".to_owned())).await;
    let push = signed(&server.url()).await;
    for connections in 1..=3 {
        assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Failed);
        assert_eq!(server.connections(), connections);
    }
}

#[tokio::test]
async fn an_answer_s_body_is_read_before_the_next_post() {
    let chunked = "HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n";
    for answer in [
        Act::answer(410, &"a".repeat(4_000)),
        Act::Say(chunked.to_owned()),
    ] {
        let server = Server::acting(move |_| answer.clone()).await;
        let push = signed(&server.url()).await;
        for _ in 0..10 {
            assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Gone);
        }
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn an_endless_answer_is_taken_by_its_status() {
    let server = Server::answering(410, &"a".repeat(1_000_000)).await;
    let push = signed(&server.url()).await;
    for _ in 0..3 {
        assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Gone);
    }
    assert_eq!(server.connections(), 3, "what follows is not read");
}

#[tokio::test]
async fn a_post_that_is_given_up_leaves_its_connection_to_nobody() {
    let server = Server::acting(|turn| match turn.connection {
        0 => Act::Hang,
        _ => Act::answer(200, ""),
    })
    .await;
    let push = Arc::new(signed(&server.url()).await);
    let given_up = Arc::clone(&push);
    let given_up = tokio::spawn(async move { given_up.post(&id(), FRAME).await });
    while server.connections() == 0 {
        tokio::task::yield_now().await;
    }
    given_up.abort();
    assert!(given_up.await.is_err());
    assert_eq!(push.post(&id(), FRAME).await, PostOutcome::Delivered);
    assert_eq!(server.connections(), 2);
}
