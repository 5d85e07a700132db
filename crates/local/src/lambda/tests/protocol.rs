//! What a process sees of the Runtime API, and a caller of the Invoke API.

use std::process::Stdio;

use llama_ws_core::ports::Clock;
use llama_ws_functions::{Function, SystemClock};
use serde_json::Value;
use tokio::process::Command;

use super::machine::{Script, one, request, running, settings, start, until, work};
use crate::gateway::{Invoke, InvokeError};

/// Answers each invocation with the headers it came with.
const ECHO: &str = r#"while :; do
headers=$(curl -s -D - -o /dev/null $api/invocation/next)
[[ $headers =~ aws-request-id:\ ([0-9a-f-]+) ]] && id=${BASH_REMATCH[1]}
[[ $headers =~ deadline-ms:\ ([0-9]+) ]] && deadline=${BASH_REMATCH[1]}
[[ $headers =~ function-arn:\ ([a-z0-9:-]+) ]] && arn=${BASH_REMATCH[1]}
[[ $headers =~ trace-id:\ ([^[:space:]]+) ]] && trace=${BASH_REMATCH[1]}
wrong=$(curl -s -o /dev/null -w '%{http_code}' -d '{}' $api/invocation/other/response)
curl -s -d "{\"id\":\"$id\",\"deadline\":$deadline,\"arn\":\"$arn\",\"trace\":\"$trace\",\"wrong\":$wrong,\"path\":\"$HOME\"}" $api/invocation/$id/response
done"#;

#[tokio::test]
async fn an_invocation_comes_with_its_id_deadline_arn_and_trace() {
    let script = Script::new(ECHO);
    let lambda = start(script.settings()).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let before = SystemClock.now().0;
        let answer = lambda.invoke(Function::Connect, request()).await.unwrap();
        let after = SystemClock.now().0;
        let seen: Value = serde_json::from_slice(&answer).unwrap();
        let deadline = seen["deadline"].as_u64().unwrap();
        assert!((before + 29_000..=after + 29_000).contains(&deadline));
        let arn = seen["arn"].as_str().unwrap();
        assert!(arn.ends_with(":function:connect"), "{arn}");
        assert!(seen["trace"].as_str().unwrap().starts_with("Root=1-"));
        assert_eq!(seen["wrong"], 400);
        assert_eq!(seen["path"], "");
        ids.push(seen["id"].as_str().unwrap().to_owned());
    }
    assert!(
        ids.iter()
            .all(|id| id.len() == 36 && id.as_bytes()[14] == b'4')
    );
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn an_init_error_is_the_answer() {
    let report = r#"{"errorType":"Init","errorMessage":"no luck","stackTrace":[]}"#;
    let script = Script::new(&format!(
        "curl -s -d '{report}' $api/init/error; exec sleep 60"
    ));
    let lambda = start(script.settings()).await;
    let answer = lambda.invoke(Function::Connect, request()).await;
    let text = answer.unwrap_err().to_string();
    assert!(text.contains("no luck"), "{text}");
    assert_eq!(running(&lambda, Function::Connect), []);
}

#[tokio::test]
async fn asking_for_more_without_an_answer_fails_the_invocation() {
    let script = Script::new("curl -s $api/invocation/next; exec curl -s $api/invocation/next");
    let lambda = start(script.settings()).await;
    let answer = lambda.invoke(Function::Connect, request()).await;
    let text = answer.unwrap_err().to_string();
    assert!(text.contains("without an answer"), "{text}");
}

#[tokio::test]
async fn a_process_that_ends_after_its_answer_has_answered() {
    let script = Script::new(
        r#"[[ $(curl -s -D - -o /dev/null $api/invocation/next) =~ request-id:\ ([0-9a-f-]+) ]]
        curl -s -d '"done"' $api/invocation/${BASH_REMATCH[1]}/response"#,
    );
    let lambda = start(script.settings()).await;
    for _ in 0..5 {
        let answer = lambda.invoke(Function::Connect, request()).await;
        assert_eq!(answer, Ok("\"done\"".into()));
    }
}

#[tokio::test]
async fn an_error_report_of_any_form_is_told() {
    let script = Script::new(
        r#"[[ $(curl -s -D - -o /dev/null $api/invocation/next) =~ request-id:\ ([0-9a-f-]+) ]]
        curl -s -d 'plain text' $api/invocation/${BASH_REMATCH[1]}/error"#,
    );
    let lambda = start(script.settings()).await;
    let answer = lambda.invoke(Function::Connect, request()).await;
    assert_eq!(answer, Err(InvokeError::Function("plain text".to_owned())));
}

#[tokio::test]
async fn an_answer_may_have_six_megabytes() {
    let script = Script::new(
        r#"[[ $(curl -s -D - -o /dev/null $api/invocation/next) =~ request-id:\ ([0-9a-f-]+) ]]
        answer="curl -s -o /dev/null --data-binary @- $api/invocation/${BASH_REMATCH[1]}/response"
        head -c 6291457 /dev/zero | $answer
        head -c 6291456 /dev/zero | $answer"#,
    );
    let lambda = start(script.settings()).await;
    let answer = lambda.invoke(Function::Connect, request()).await;
    assert_eq!(answer.map(|bytes| bytes.len()), Ok(6 * 1024 * 1024));
}

/// The head and the body that curl got.
async fn call(endpoint: &str, function: &str, how: &str, body: &[u8]) -> String {
    let body = String::from_utf8(body.to_vec()).unwrap();
    let output = Command::new("curl")
        .args(["-s", "-i", "-H"])
        .arg(format!("X-Amz-Invocation-Type: {how}"))
        .args(["-d", &body])
        .arg(format!(
            "{endpoint}/2015-03-31/functions/{function}/invocations"
        ))
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_invoke_api_runs_functions() {
    let lambda = start(settings()).await;
    let at = lambda.endpoint();

    let answer = call(&at, "subscribe", "RequestResponse", &request()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains(r#"{"statusCode":"#), "{answer}");

    let failed = call(&at, "connect", "RequestResponse", b"[]").await;
    assert!(failed.starts_with("HTTP/1.1 200"), "{failed}");
    assert!(
        failed.contains("x-amz-function-error: Unhandled"),
        "{failed}"
    );
    assert!(failed.contains("unexpected event"), "{failed}");

    let arn = "arn:aws:lambda:us-east-1:000000000000:function:event-fanout";
    let accepted = call(&at, arn, "Event", &work()).await;
    assert!(accepted.starts_with("HTTP/1.1 202"), "{accepted}");
    one(&lambda, Function::EventFanout, "RS").await;
    until(|| (running(&lambda, Function::EventFanout).len() == 1).then_some(())).await;

    let unknown = call(&at, "other", "Event", &work()).await;
    assert!(unknown.starts_with("HTTP/1.1 404"), "{unknown}");
    assert!(unknown.contains("ResourceNotFoundException"), "{unknown}");
    lambda.stop().await;
}
