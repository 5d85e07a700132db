//! What `llama-ws dev` prints once it listens.

use std::net::SocketAddr;

use super::DEMO_KEY;

/// Where it listens, with which key, and what to try first with `program`, as it was called.
pub(super) fn text(addr: SocketAddr, program: &str) -> String {
    let host = if addr.ip().is_loopback() {
        "localhost".to_owned()
    } else {
        addr.ip().to_string()
    };
    let at = format!("{host}:{}", addr.port());
    let url = if addr.port() == 8080 {
        String::new()
    } else {
        format!(" --url http://{at}")
    };
    let socket = if addr.port() == 8080 {
        String::new()
    } else {
        format!(" --url ws://{at}")
    };
    format!(
        "listening on ws://{at}
demo key {DEMO_KEY} (all permissions; it exists only here)

In another terminal:
  {program} listen{socket} prices alerts
And in a third:
  {program} publish{url} --type price_update --token ethereum --chain ethereum --value 2750

Ctrl-C to stop.
"
    )
}
