//! The signed client's requests beside the SDK's: equal byte for byte, at the same moment with the
//! same credentials. Only what the SDK tells about itself is left out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_apigatewaymanagement::config::{
    Builder, ConfigBag, Credentials, Intercept, RuntimeComponents,
};
use aws_sdk_apigatewaymanagement::error::BoxError;
use aws_smithy_async::time::StaticTimeSource;
use aws_smithy_types::Blob;
use bytes::Bytes;
use llama_ws_aws::SignedPush;
use llama_ws_core::ports::{Clock, PostOutcome, Push};
use llama_ws_core::{ConnectionId, UnixMillis};

use super::server::{Act, Asked, Server};
use super::support::id;

/// A clock that stands.
#[derive(Debug, Clone, Copy)]
struct At(UnixMillis);

impl Clock for At {
    fn now(&self) -> UnixMillis {
        self.0
    }

    async fn sleep_until(&self, _: UnixMillis) {
        std::future::pending().await
    }
}

/// Takes out, before it would be signed, what only the SDK sends.
#[derive(Debug)]
struct WithoutSelf;

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for WithoutSelf {
    fn name(&self) -> &'static str {
        "WithoutSelf"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context
            .request_mut()
            .headers_mut()
            .remove("x-amz-user-agent");
        Ok(())
    }
}

fn config(at: UnixMillis, credentials: SharedCredentialsProvider) -> SdkConfig {
    let now = UNIX_EPOCH + Duration::from_millis(at.0);
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(credentials)
        .time_source(StaticTimeSource::new(now))
        .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
            aws_smithy_async::rt::sleep::TokioSleep::new(),
        ))
        .http_client(super::support::http())
        .build()
}

fn credentials(token: Option<&str>) -> SharedCredentialsProvider {
    let token = token.map(str::to_owned);
    SharedCredentialsProvider::new(Credentials::new("AKID", "se/cr+et", token, None, "test"))
}

/// The lines that both must send, without their order.
fn common(asked: &Asked) -> Vec<String> {
    let names = [
        "host",
        "content-type",
        "content-length",
        "x-amz-date",
        "authorization",
        "x-amz-security-token",
    ];
    let headers = names.map(|name| format!("{name}: {:?}", asked.header(name)));
    let line = asked.head.lines().next().unwrap().to_owned();
    [line, asked.body.clone()]
        .into_iter()
        .chain(headers)
        .collect()
}

#[tokio::test]
async fn every_request_equals_the_sdk_s() {
    let mut server = Server::answering(200, "").await;
    let long = "IQoJb3JpZ2luX2VjE/+=".repeat(60);
    let tokens = [None, Some("token"), Some(long.as_str())];
    let stages = ["", "/prod", "/a/b", "/v1.0", "/a%20b"];
    let ids = [
        "L0SM9cOFvHcCIhw=",
        "a-_=",
        "A",
        "a.b~c",
        "a/b@c:d%e+f g",
        "é€😀",
    ];
    let frames = [
        "",
        "{}",
        r#"{"type":"price_update","é":"€"}"#,
        &"x".repeat(40_000),
    ];
    let frames = frames.map(|frame| Bytes::copy_from_slice(frame.as_bytes()));
    let moments = [0, 951_825_599_999, 1_790_000_000_000].map(UnixMillis);
    for (at, token) in moments
        .into_iter()
        .flat_map(|at| tokens.map(|token| (at, token)))
    {
        for stage in stages {
            let url = format!("{}{stage}", server.url());
            let config = config(at, credentials(token));
            let sdk = Builder::from(&config)
                .endpoint_url(&url)
                .interceptor(WithoutSelf);
            let sdk = Client::from_conf(sdk.build());
            let push = SignedPush::new(&config, &url, 2, At(at)).unwrap();
            for id in ids {
                for frame in &frames {
                    let call = sdk.post_to_connection().connection_id(id);
                    call.data(Blob::new(frame.to_vec())).send().await.unwrap();
                    let expected = common(&server.asked().await);
                    let posted = push.post(&ConnectionId::new(id), frame.clone()).await;
                    assert_eq!(posted, PostOutcome::Delivered);
                    assert_eq!(common(&server.asked().await), expected, "{url} {id}");
                }
            }
        }
    }
}

/// Credentials that are numbered.
#[derive(Debug, Clone, Default)]
struct Numbered(Arc<AtomicU64>);

impl ProvideCredentials for Numbered {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let token = Some(format!("token{number}"));
        let credentials = Credentials::new(format!("AKID{number}"), "s", token, None, "test");
        future::ProvideCredentials::ready(provider::Result::Ok(credentials))
    }
}

/// A clock that goes on 10 s at each look.
#[derive(Debug, Clone, Default)]
struct Striding(Arc<AtomicU64>);

impl Clock for Striding {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.fetch_add(10_000, Ordering::SeqCst))
    }

    async fn sleep_until(&self, _: UnixMillis) {
        std::future::pending().await
    }
}

#[tokio::test]
async fn ended_credentials_are_replaced_and_the_post_is_made_once_more() {
    let by_header = "HTTP/1.1 403 Forbidden\r\nx-amzn-errortype: ExpiredTokenException\r\ncontent-length: 0\r\n\r\n";
    let by_body = r#"{"message":"The security token included in the request is expired"}"#;
    for refusal in [Act::Say(by_header.to_owned()), Act::answer(403, by_body)] {
        let mut server = Server::acting(move |turn| match turn.request {
            0 => refusal.clone(),
            _ => Act::answer(200, ""),
        })
        .await;
        let provider = Numbered::default();
        let shared = SharedCredentialsProvider::new(provider.clone());
        let config = config(UnixMillis(0), shared);
        let push = SignedPush::new(&config, &server.url(), 2, Striding::default()).unwrap();

        assert_eq!(push.post(&id(), Bytes::new()).await, PostOutcome::Delivered);
        for number in 1..=2 {
            let asked = server.asked().await;
            let token = format!("token{number}");
            assert_eq!(asked.header("x-amz-security-token"), Some(token.as_str()));
            let signature = asked.header("authorization").unwrap();
            assert!(signature.contains(&format!("Credential=AKID{number}/")));
        }
        assert_eq!(server.left(), 0);
        assert_eq!(provider.0.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn another_refusal_replaces_nothing() {
    for body in ["", r#"{"message":"User is not authorized"}"#] {
        let mut server = Server::answering(403, body).await;
        let provider = Numbered::default();
        let shared = SharedCredentialsProvider::new(provider.clone());
        let config = config(UnixMillis(0), shared);
        let push = SignedPush::new(&config, &server.url(), 2, Striding::default()).unwrap();

        assert_eq!(push.post(&id(), Bytes::new()).await, PostOutcome::Failed);
        server.asked().await;
        assert_eq!(server.left(), 0);
        assert_eq!(provider.0.load(Ordering::SeqCst), 1);
    }
}
