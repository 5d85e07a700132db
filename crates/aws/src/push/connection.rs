//! One HTTP/1.1 connection, driven by whoever waits for an answer on it: no task of its own, so
//! nothing runs on when a Lambda's invocation ends, and no message between tasks for each post.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;

use super::stream::{Heard, Stream};

/// The body of a request.
pub(super) type Frame = Full<Bytes>;

/// Most that is read of an answer's body: it says why in a few hundred bytes. A connection with
/// more on it is not used again.
const BODY_BYTES: usize = 16 * 1024;

/// How often a connection that has answered is driven on until it can take the next request. Twice
/// is enough when the answer was all that had come.
const SETTLING_TURNS: u32 = 3;

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// `x-amzn-errortype`.
    pub(super) error_type: Option<String>,
    /// Of an answer that is no success; empty if it could not be read.
    pub(super) body: Bytes,
}

/// There was no answer.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) error: hyper::Error,
    /// Whether a part of one came.
    pub(super) heard: bool,
}

/// A connection with at most one request on it.
#[derive(Debug)]
pub(super) struct Connection {
    sender: SendRequest<Frame>,
    /// None once it is over: a future must not be polled again then.
    driver: Option<http1::Connection<TokioIo<Stream>, Frame>>,
    heard: Heard,
}

impl Connection {
    pub(super) async fn over(stream: Stream) -> hyper::Result<Self> {
        let heard = stream.heard();
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Self {
            sender,
            driver: Some(driver),
            heard,
        })
    }

    /// Sends a request and waits for the answer.
    pub(super) async fn exchange(&mut self, request: Request<Frame>) -> Result<Answer, Broken> {
        self.heard.clear();
        let answer = {
            let sending = pin!(self.sender.send_request(request));
            drive(&mut self.driver, sending).await
        };
        match answer {
            Ok(answer) => Ok(self.read(answer).await),
            Err(error) => Err(Broken {
                error,
                heard: self.heard.anything(),
            }),
        }
    }

    async fn read(&mut self, answer: Response<Incoming>) -> Answer {
        let (head, body) = answer.into_parts();
        let error_type = head.headers.get("x-amzn-errortype");
        let error_type = error_type.and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let reading = pin!(Limited::new(body, BODY_BYTES).collect());
        let body = match drive(&mut self.driver, reading).await {
            Ok(body) => body.to_bytes(),
            Err(_) => {
                self.driver = None;
                Bytes::new()
            }
        };
        Answer {
            status: head.status,
            error_type,
            body,
        }
    }

    /// Whether it can take another request, once an answer was read.
    pub(super) async fn is_reusable(&mut self) -> bool {
        for _ in 0..SETTLING_TURNS {
            if self.sender.is_ready() {
                return self.driver.is_some();
            }
            poll_fn(|context| {
                turn(&mut self.driver, context);
                Poll::Ready(())
            })
            .await;
        }
        false
    }
}

type Driver = Option<http1::Connection<TokioIo<Stream>, Frame>>;

/// Waits for `future`, which the connection brings on.
async fn drive<F: Future>(driver: &mut Driver, mut future: Pin<&mut F>) -> F::Output {
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(output);
        }
        turn(driver, context);
        future.as_mut().poll(context)
    })
    .await
}

fn turn(driver: &mut Driver, context: &mut Context<'_>) {
    if let Some(connection) = driver
        && Pin::new(connection).poll(context).is_ready()
    {
        *driver = None;
    }
}
