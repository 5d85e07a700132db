//! A way to DynamoDB that counts requests and can be told to refuse them or to swallow them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;

const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// What becomes of the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Table {
    /// DynamoDB answers them.
    #[default]
    Answers,
    /// They are refused as when the account's throughput is used up.
    Throttles,
    /// Nobody answers them.
    Hangs,
}

/// The proxy, on a port of its own.
pub struct TableProxy {
    endpoint: String,
    state: Arc<Shared>,
}

struct Shared {
    upstream: String,
    client: Client<HttpConnector, Full<bytes::Bytes>>,
    table: Mutex<Table>,
    requests: Mutex<BTreeMap<String, u64>>,
}

impl TableProxy {
    /// Passes on to `upstream`, `http://host:port`.
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let state = Arc::new(Shared {
            upstream: upstream.to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            table: Mutex::default(),
            requests: Mutex::default(),
        });
        let router = Router::new()
            .fallback(pass_on)
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            endpoint: format!("http://{addr}"),
            state,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// From now on.
    pub fn set(&self, table: Table) {
        *lock(&self.state.table) = table;
    }

    /// How many requests there were of each operation since the last call.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut lock(&self.state.requests))
    }
}

async fn pass_on(State(state): State<Arc<Shared>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let target = parts.headers.get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next());
    *lock(&state.requests)
        .entry(operation.unwrap_or_default().to_owned())
        .or_default() += 1;
    let table = *lock(&state.table);
    match table {
        Table::Answers => {}
        Table::Throttles => return throttled(),
        Table::Hangs => std::future::pending().await,
    }
    let body = to_bytes(body, LARGEST_BODY).await.expect("it is small");
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = Uri::try_from(format!("{}{path}", state.upstream)).expect("an address");
    parts.headers.remove(header::HOST);
    let request = hyper::Request::from_parts(parts, Full::new(body));
    match state.client.request(request).await {
        Ok(answer) => answer.map(Body::new),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

/// As DynamoDB says it ("Error handling with DynamoDB").
fn throttled() -> Response {
    let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    let name = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
    let body = format!(r#"{{"__type":"{name}","message":"slow down"}}"#);
    (StatusCode::BAD_REQUEST, kind, body).into_response()
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
