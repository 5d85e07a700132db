//! `$disconnect`: told once for every accepted connection, whoever ended it.
//! It is not ordered with the connection's last messages, whose functions may still run.

use std::sync::Arc;

use llama_ws_core::ports::Clock;

use super::api::Api;
use super::ending::Ending;
use super::event;
use super::invoke::Invoke;
use super::session::Session;

/// Invokes `$disconnect`, unless the options drop it. A failure is logged and nothing else: AWS
/// does not try again.
pub(super) async fn report<C: Clock, I: Invoke>(
    api: &Arc<Api<C, I>>,
    session: &Session,
    ending: &Ending,
) {
    let Some(function) = api.options.disconnect() else {
        return;
    };
    let now = api.registry.clock().now();
    let event = event::disconnect(&api.options, session, ending, now);
    // The invocation has logged its own failure.
    let _ = api.run(function, event).await;
}
