use std::sync::Mutex;

use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer};

use super::*;

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Layer<Registry> for Seen {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, Registry>) {
        let metadata = event.metadata();
        let line = format!("{} {}", metadata.level(), metadata.target());
        self.0.lock().unwrap().push(line);
    }
}

#[test]
fn dependencies_never_log_below_info() {
    let seen = Seen::default();
    let subscriber = Registry::default()
        .with(seen.clone())
        .with(filter_fn(is_ours_or_brief));
    tracing::subscriber::with_default(subscriber, || {
        tracing::trace!(target: "llama_ws_core::connect", "ours");
        tracing::info!(target: "aws_smithy_runtime::client", "brief");
        tracing::debug!(target: "aws_smithy_runtime::client", "a request");
        tracing::trace!(target: "lambda_runtime::layers", "a payload");
    });

    assert_eq!(
        *seen.0.lock().unwrap(),
        [
            "TRACE llama_ws_core::connect",
            "INFO aws_smithy_runtime::client"
        ]
    );
}
