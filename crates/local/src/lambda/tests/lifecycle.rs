//! Freezing, crashes, timeouts and the end.

use std::collections::HashMap;
use std::time::Duration;

use llama_ws_functions::Function;

use super::super::Settings;
use super::machine::{Script, ended, kill, one, request, running, settings, start, until, work};
use crate::gateway::{Invoke, InvokeError};

#[tokio::test]
async fn a_process_without_an_invocation_is_stopped() {
    let lambda = start(settings()).await;
    lambda.invoke(Function::Subscribe, request()).await.unwrap();
    one(&lambda, Function::Subscribe, "T").await;
    lambda.invoke(Function::Subscribe, request()).await.unwrap();
    one(&lambda, Function::Subscribe, "T").await;
    lambda.stop().await;
    assert_eq!(running(&lambda, Function::Subscribe), []);
}

#[tokio::test]
async fn a_crash_while_idle_is_seen_by_nobody() {
    let lambda = start(settings()).await;
    for by_hand in [true, false] {
        lambda.invoke(Function::Subscribe, request()).await.unwrap();
        let pid = one(&lambda, Function::Subscribe, "T").await;
        if by_hand {
            kill(pid);
            ended(pid).await;
        } else {
            lambda.kill(Function::Subscribe);
        }
        lambda.invoke(Function::Subscribe, request()).await.unwrap();
        assert_ne!(one(&lambda, Function::Subscribe, "T").await, pid);
    }
}

#[tokio::test]
async fn a_crash_while_busy_fails_that_invocation_only() {
    let lambda = start(settings()).await;
    for by_hand in [true, false] {
        let other = lambda.clone();
        let busy = tokio::spawn(async move { other.invoke(Function::EventFanout, work()).await });
        let pid = one(&lambda, Function::EventFanout, "RS").await;
        // Let it get its invocation: before, it would be an init failure.
        tokio::time::sleep(Duration::from_secs(1)).await;
        if by_hand {
            kill(pid);
        } else {
            lambda.kill(Function::EventFanout);
        }
        let text = busy.await.unwrap().unwrap_err().to_string();
        assert!(text.contains("crashed: signal: 9"), "{text}");
        assert_eq!(running(&lambda, Function::EventFanout), []);
    }
}

#[tokio::test]
async fn a_process_past_its_deadline_is_killed() {
    let script = Script::new("curl -s $api/invocation/next; exec sleep 60");
    let lambda = start(Settings {
        timeouts: HashMap::from([(Function::Connect, Duration::from_millis(500))]),
        ..script.settings()
    })
    .await;
    for _ in 0..2 {
        let answer = lambda.invoke(Function::Connect, request()).await;
        assert_eq!(answer, Err(InvokeError::TimedOut));
        assert_eq!(running(&lambda, Function::Connect), []);
    }
}

#[tokio::test]
async fn a_process_that_never_asks_is_killed() {
    let script = Script::new("exec sleep 60");
    let lambda = start(Settings {
        init_timeout: Duration::from_millis(300),
        ..script.settings()
    })
    .await;
    let answer = lambda.invoke(Function::Connect, request()).await;
    let text = answer.unwrap_err().to_string();
    assert!(text.contains("no request for an invocation"), "{text}");
    assert_eq!(running(&lambda, Function::Connect), []);
}

#[tokio::test]
async fn stopped_it_refuses_and_waiting_invocations_fail() {
    let lambda = start(settings()).await;
    let other = lambda.clone();
    let busy = tokio::spawn(async move { other.invoke(Function::EventFanout, work()).await });
    one(&lambda, Function::EventFanout, "RS").await;
    lambda.stop().await;
    assert_eq!(running(&lambda, Function::EventFanout), []);
    assert!(busy.await.unwrap().is_err());
    let refused = lambda.invoke(Function::Subscribe, request()).await;
    assert_eq!(refused, Err(InvokeError::Function("stopped".to_owned())));
}

#[tokio::test]
async fn dropped_it_leaves_nothing_running() {
    let lambda = start(settings()).await;
    lambda.invoke(Function::Subscribe, request()).await.unwrap();
    lambda.invoke_async(Function::EventFanout, work());
    let frozen = one(&lambda, Function::Subscribe, "T").await;
    let busy = one(&lambda, Function::EventFanout, "RS").await;
    drop(lambda);
    for pid in [frozen, busy] {
        let path = format!("/proc/{pid}/exe");
        until(|| std::fs::read_link(&path).is_err().then_some(())).await;
    }
}
