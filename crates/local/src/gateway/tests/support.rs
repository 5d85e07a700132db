//! A gateway on a free port, with a clock that stands still and functions that do as told.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use llama_ws_core::UnixMillis;
use llama_ws_functions::Function;
use llama_ws_memory::ManualClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::super::{Bound, Gateway, Limits, Options, Registry};
use super::script::{Call, Calls, Script};

/// 2025-03-16T00:46:22.306Z, the moment of a recorded event.
pub(super) const START: UnixMillis = UnixMillis(1_742_085_982_306);

/// Real time after which a test that waits has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must happen soon.
pub(super) async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("happens soon")
}

/// A running gateway.
pub(super) struct Stage {
    pub(super) clock: ManualClock,
    pub(super) registry: Registry<ManualClock>,
    pub(super) addr: SocketAddr,
    calls: Calls,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Stage {
    /// The functions of `script` behind AWS's limits.
    pub(super) async fn start(script: Script) -> Self {
        Self::with(script, Limits::default(), Options::default()).await
    }

    pub(super) async fn with(script: Script, limits: Limits, options: Options) -> Self {
        let clock = ManualClock::new(START);
        let registry = Registry::new(clock.clone(), limits);
        let (functions, calls) = script.start();
        let gateway = Gateway {
            registry: registry.clone(),
            invoker: Arc::new(functions),
            options,
        };
        let bound = Bound::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let addr = bound.local_addr();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(gateway.serve(bound, async {
            let _ = stopped.await;
        }));
        Self {
            clock,
            registry,
            addr,
            calls,
            stop,
            serving,
        }
    }

    /// The next invocation, which must be of `function`.
    pub(super) async fn call(&mut self, function: Function) -> Call {
        let call = soon(self.calls.recv()).await.expect("gateway runs");
        assert_eq!(call.function, function);
        call
    }

    /// Whether nothing was invoked that was not asked for with `call`.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.calls.try_recv().is_err()
    }

    /// Opens a WebSocket at `/` and takes its `$connect`.
    pub(super) async fn client(&mut self) -> Client {
        let socket = self.dial("/").await.expect("accepted");
        self.adopt(socket).await
    }

    /// Takes the `$connect` of a socket that was opened by hand.
    pub(super) async fn adopt(&mut self, socket: Socket) -> Client {
        let call = self.call(Function::Connect).await;
        Client {
            socket,
            id: call.connection_id(),
        }
    }

    /// Asks for a WebSocket at `path`.
    pub(super) async fn dial(&self, path: &str) -> Result<Socket, Error> {
        let request = format!("ws://{}{path}", self.addr).into_client_request();
        self.dial_with(request.unwrap())
            .await
            .map(|(socket, _)| socket)
    }

    pub(super) async fn dial_with(&self, request: Request<()>) -> Result<Accepted, Error> {
        soon(connect_async(request)).await
    }

    /// A TCP connection that has said nothing.
    pub(super) async fn raw(&self) -> TcpStream {
        soon(TcpStream::connect(self.addr)).await.unwrap()
    }

    /// Sends bytes and returns all that comes back until the gateway hangs up.
    pub(super) async fn exchange(&self, request: &str) -> String {
        let mut socket = self.raw().await;
        socket.write_all(request.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut answer = String::new();
        soon(socket.read_to_string(&mut answer)).await.unwrap();
        answer
    }

    /// Lets time pass until the gateway hangs up on `socket`; what it said before.
    pub(super) async fn answer_in_time(&self, mut socket: TcpStream) -> String {
        let hung_up = async {
            let mut answer = Vec::new();
            let mut rest = Box::pin(socket.read_to_end(&mut answer));
            while (&mut rest).now_or_never().is_none() {
                self.clock.advance(Duration::from_secs(31));
                tokio::task::yield_now().await;
            }
            drop(rest);
            String::from_utf8(answer).unwrap()
        };
        soon(hung_up).await
    }

    /// A TCP connection that has had one answer and waits for its next request.
    pub(super) async fn keep_alive(&self) -> TcpStream {
        let mut socket = self.raw().await;
        let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        socket.write_all(request).await.unwrap();
        let mut answer = [0; 64];
        soon(socket.read_exact(&mut answer)).await.unwrap();
        socket
    }

    /// Sends one HTTP request on a connection of its own.
    pub(super) async fn http(&self, method: &str, path: &str, body: impl Into<Bytes>) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("host", "localhost");
        self.send(request.body(Full::new(body.into())).unwrap())
            .await
    }

    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        send(self.addr, request).await
    }

    /// As `http`, for a task that outlives its borrow of the stage.
    pub(super) async fn ask(addr: SocketAddr, method: &str, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(path);
        send(addr, request.body(Full::default()).unwrap()).await
    }

    /// Asks the gateway to stop and waits until it has.
    pub(super) async fn shut_down(self) -> Calls {
        let (calls, serving) = self.begin_shut_down();
        soon(serving).await.unwrap();
        calls
    }

    /// Asks the gateway to stop.
    pub(super) fn begin_shut_down(self) -> (Calls, JoinHandle<()>) {
        self.stop.send(()).unwrap();
        (self.calls, self.serving)
    }

    /// Drops the gateway while it serves.
    pub(super) fn abort(&self) {
        self.serving.abort();
    }
}

async fn send(addr: SocketAddr, request: Request<Full<Bytes>>) -> Answer {
    let stream = TcpStream::connect(addr).await.unwrap();
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    let answer = soon(sender.send_request(request)).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = soon(body.collect()).await.unwrap().to_bytes();
    Response::from_parts(parts, String::from_utf8(body.to_vec()).unwrap())
}

/// The answer to a handshake that was refused.
pub(super) fn refusal(outcome: Result<Socket, Error>) -> Answer {
    match outcome {
        Err(Error::Http(answer)) => {
            answer.map(|body| String::from_utf8(body.unwrap_or_default()).unwrap())
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
pub(super) type Accepted = (Socket, Response<Option<Vec<u8>>>);
pub(super) type Answer = Response<String>;

/// A connected client that knows its id.
pub(super) struct Client {
    pub(super) socket: Socket,
    pub(super) id: String,
}

impl Client {
    pub(super) async fn say(&mut self, text: impl Into<tungstenite::Utf8Bytes>) {
        self.send(Message::Text(text.into())).await;
    }

    pub(super) async fn send(&mut self, message: Message) {
        soon(self.socket.send(message)).await.unwrap();
    }

    /// Sends what the gateway may refuse before it is all sent.
    pub(super) async fn try_send(&mut self, message: Message) {
        let _ = soon(self.socket.send(message)).await;
    }

    pub(super) async fn hear_pong(&mut self, payload: &'static str) {
        match soon(self.socket.next()).await {
            Some(Ok(Message::Pong(heard))) => assert_eq!(heard, payload),
            other => panic!("expected a pong, got {other:?}"),
        }
    }

    /// The next text.
    pub(super) async fn hear(&mut self) -> String {
        match soon(self.socket.next()).await {
            Some(Ok(Message::Text(text))) => text.to_string(),
            other => panic!("expected text, got {other:?}"),
        }
    }

    /// Code and reason of the close frame that comes next.
    pub(super) async fn closed(&mut self) -> (u16, String) {
        match soon(self.socket.next()).await {
            Some(Ok(Message::Close(Some(frame)))) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("expected a close frame, got {other:?}"),
        }
    }
}
