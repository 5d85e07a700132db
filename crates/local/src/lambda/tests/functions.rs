//! Invocations of the real binaries.

use std::time::Duration;

use bytes::Bytes;
use llama_ws_functions::Function;

use super::super::Settings;
use super::machine::{one, request, running, settings, start, until, work};
use crate::gateway::{Invoke, InvokeError};

const BOTH: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_function_answers_in_the_same_process_again_and_again() {
    let lambda = start(settings()).await;
    let mut pids = Vec::new();
    for _ in 0..5 {
        let answer = lambda.invoke(Function::Subscribe, request()).await.unwrap();
        assert!(answer.starts_with(br#"{"statusCode":"#), "{answer:?}");
        pids.push(one(&lambda, Function::Subscribe, "RST").await);
    }
    pids.dedup();
    assert_eq!(pids.len(), 1);
    lambda.stop().await;
}

#[tokio::test]
async fn two_invocations_at_once_have_two_processes_and_a_third_may_be_throttled() {
    let lambda = start(Settings {
        most_environments: 2,
        ..settings()
    })
    .await;
    for _ in 0..2 {
        lambda.invoke_async(Function::EventFanout, work());
    }
    tokio::time::timeout(
        BOTH,
        until(|| (running(&lambda, Function::EventFanout).len() == 2).then_some(())),
    )
    .await
    .unwrap();
    let refused = lambda.invoke(Function::EventFanout, work()).await;
    assert_eq!(refused, Err(InvokeError::Function("throttled".to_owned())));
    // The other function of the same binary has its own.
    let ingest = lambda
        .invoke(Function::EventIngest, Bytes::from_static(b"{}"))
        .await;
    assert!(!matches!(&ingest, Err(error) if error.to_string().contains("throttled")));
    lambda.stop().await;
    assert_eq!(running(&lambda, Function::EventFanout), []);
    assert_eq!(running(&lambda, Function::EventIngest), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_get_all_their_answers() {
    const CALLERS: usize = 20;
    let lambda = start(Settings {
        most_environments: CALLERS,
        ..settings()
    })
    .await;
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let lambda = lambda.clone();
            tokio::spawn(async move {
                for _ in 0..50 {
                    lambda.invoke(Function::Subscribe, request()).await.unwrap();
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    assert!(running(&lambda, Function::Subscribe).len() <= CALLERS);
    lambda.stop().await;
    assert_eq!(running(&lambda, Function::Subscribe), []);
}

#[tokio::test]
async fn what_a_handler_returns_as_an_error_is_one() {
    let lambda = start(settings()).await;
    let answer = lambda
        .invoke(Function::Connect, Bytes::from_static(b"[]"))
        .await;
    let refused = Err(InvokeError::Function("unexpected event".to_owned()));
    assert_eq!(answer, refused);
    // The process goes on.
    let pid = one(&lambda, Function::Connect, "RST").await;
    let _ = lambda
        .invoke(Function::Connect, Bytes::from_static(b"[]"))
        .await;
    assert_eq!(one(&lambda, Function::Connect, "RST").await, pid);
}

#[tokio::test]
async fn a_function_without_its_configuration_says_so_and_is_not_started_again_by_itself() {
    let lambda = start(Settings {
        variables: Vec::new(),
        ..settings()
    })
    .await;
    let answer = lambda.invoke(Function::Connect, request()).await;
    let text = answer.unwrap_err().to_string();
    assert!(text.contains("connect did not start"), "{text}");
    assert!(text.contains("CONNECTIONS_TABLE"), "{text}");
    assert_eq!(running(&lambda, Function::Connect), []);
}

#[tokio::test]
async fn no_binary_is_an_error() {
    let lambda = start(Settings {
        binaries: "/nowhere".into(),
        ..settings()
    })
    .await;
    let answer = lambda.invoke(Function::Connect, request()).await;
    let text = answer.unwrap_err().to_string();
    assert!(text.contains("did not start"), "{text}");
}
