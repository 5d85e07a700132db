//! What Secrets Manager is asked, and what becomes of its answers.

use std::time::Duration;

use llama_ws_aws::SecretsManager;

use super::server::Server;
use super::support::{config, within};

const LIMIT: Duration = Duration::from_secs(4);

async fn secret(server: &Server) -> SecretsManager {
    let config = config(Some(&server.url())).await;
    SecretsManager::new(&config, "ws/jwt")
}

#[tokio::test]
async fn the_secret_is_asked_for_by_its_name_and_is_a_text_or_bytes() {
    for (body, value) in [
        (r#"{"Name":"ws/jwt","SecretString":"a secret"}"#, "a secret"),
        (
            r#"{"Name":"ws/jwt","SecretBinary":"YSBzZWNyZXQ="}"#,
            "a secret",
        ),
        (r#"{"SecretString":" a secret\n"}"#, " a secret\n"),
    ] {
        let mut server = Server::answering(200, body).await;
        let fetched = within(LIMIT, secret(&server).await.fetch()).await;
        assert_eq!(fetched, Ok(value.as_bytes().to_vec()));

        let asked = server.asked().await;
        assert_eq!(
            asked.header("x-amz-target"),
            Some("secretsmanager.GetSecretValue")
        );
        assert_eq!(asked.body, r#"{"SecretId":"ws/jwt"}"#);
        assert_eq!(server.left(), 0);
    }
}

#[tokio::test]
async fn a_refusal_is_unavailable_and_tells_its_code_alone() {
    let body = r#"{"__type":"ResourceNotFoundException","Message":"told"}"#;
    let server = Server::answering(400, body).await;
    let fault = within(LIMIT, secret(&server).await.fetch())
        .await
        .unwrap_err();
    assert_eq!(fault.store, "secrets manager");
    assert_eq!(fault.reason, "ResourceNotFoundException");
    assert_eq!(server.left(), 1);
}

#[tokio::test]
async fn a_secret_without_a_value_is_none() {
    let server = Server::answering(200, r#"{"Name":"ws/jwt"}"#).await;
    let fault = within(LIMIT, secret(&server).await.fetch()).await;
    assert!(fault.is_err());
}

#[tokio::test]
async fn a_failure_is_tried_a_second_time_at_most() {
    let server = Server::answering(500, "").await;
    let fault = within(LIMIT, secret(&server).await.fetch()).await;
    assert!(fault.is_err());
    assert_eq!(server.left(), 2);
}

#[tokio::test]
async fn nobody_answering_does_not_hold_the_caller() {
    let server = Server::hanging().await;
    let fault = within(LIMIT, secret(&server).await.fetch()).await;
    assert!(fault.is_err());
}
