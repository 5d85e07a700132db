//! `POST /events`, which only exists locally: publishes by invoking the ingest function, as an
//! event source on AWS would.

use bytes::{BufMut, Bytes, BytesMut};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use llama_ws_core::ports::Clock;
use llama_ws_functions::Function;
use serde::de::IgnoredAny;

use super::api::Api;
use super::invoke::Invoke;
use super::reply::{self, Reply};

/// The largest payload of a synchronous invocation: 6 MB.
const BODY_BYTES: usize = 6 * 1024 * 1024;

/// Invokes the ingest function with one event or an array of events.
pub(super) async fn answer<C: Clock, I: Invoke>(
    api: &Api<C, I>,
    request: Request<Incoming>,
) -> Reply {
    let body = match reply::read_body(api.registry.clock(), request.into_body(), BODY_BYTES).await {
        Ok(body) => body,
        Err(error) => return error.reply(),
    };
    let Some(payload) = payload(&body) else {
        let expected = "expected a JSON object or an array of them";
        return reply::message(StatusCode::BAD_REQUEST, expected);
    };
    match api.run(Function::EventIngest, payload).await {
        Ok(answer) => reply::json(StatusCode::OK, answer),
        Err(_) => reply::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
    }
}

/// `{"events":[…]}` around the bytes as they came: `data` passes byte for byte.
fn payload(body: &[u8]) -> Option<Bytes> {
    let body = body.trim_ascii();
    let (before, after) = match body.first()? {
        b'{' => ("{\"events\":[", "]}"),
        b'[' => ("{\"events\":", "}"),
        _ => return None,
    };
    serde_json::from_slice::<IgnoredAny>(body).ok()?;
    std::str::from_utf8(body).ok()?;
    let mut payload = BytesMut::with_capacity(before.len() + body.len() + after.len());
    payload.put_slice(before.as_bytes());
    payload.put_slice(body);
    payload.put_slice(after.as_bytes());
    Some(payload.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_wrapped_byte_for_byte() {
        let one = payload(b" {\"data\":{\"p\": 1.50}}\n").unwrap();
        let two = payload(b"[{\"a\":1} ,{\"a\":2}]").unwrap();

        assert_eq!(one, "{\"events\":[{\"data\":{\"p\": 1.50}}]}");
        assert_eq!(two, "{\"events\":[{\"a\":1} ,{\"a\":2}]}");
    }

    #[test]
    fn other_bodies_are_refused() {
        let bodies: [&[u8]; 6] = [b"", b"7", b"\"{}\"", b"{", b"{}{}", b"{\"a\":\"\xff\"}"];
        for body in bodies {
            assert_eq!(payload(body), None, "{body:?}");
        }
    }
}
