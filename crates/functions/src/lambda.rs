//! The composition root of the five binaries: configuration, adapters, the runtime's loop.

mod config;
mod embedded;
mod password;
mod real;
mod tokens;

use std::sync::Arc;

use lambda_runtime::LambdaEvent;
use llama_ws_core::ports::Ports;
use llama_ws_core::{Service, UnixMillis};
use serde_json::value::RawValue;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;

pub use lambda_runtime::Error;

use self::config::{Config, Stores};
use crate::function::Function;
use crate::handle::{Invocation, handle};

/// Serves `function` until the platform ends the process.
///
/// # Errors
/// A configuration that cannot be used, before the first invocation.
pub async fn run(function: Function) -> Result<(), Error> {
    let config = Config::from_env()?;
    log_as_json(&config);
    let tokens = tokens::tokens(config.tokens).await?;
    let entropy = Arc::new(rand::random::<u64>);
    match config.stores {
        Stores::Memory => {
            let service = Service::new(embedded::ports(tokens), config.policy, entropy);
            serve(function, service).await
        }
        Stores::Real(stores) => {
            let service = Service::new(real::ports(*stores, tokens).await?, config.policy, entropy);
            serve(function, service).await
        }
    }
}

async fn serve<P: Ports>(function: Function, service: Service<P>) -> Result<(), Error> {
    let service = &service;
    lambda_runtime::run(lambda_runtime::service_fn(
        move |event: LambdaEvent<Box<RawValue>>| async move {
            let invocation = Invocation {
                request_id: event.context.request_id,
                deadline: UnixMillis(event.context.deadline),
            };
            let answer = handle(
                service,
                function,
                event.payload.get().as_bytes(),
                &invocation,
            )
            .await?;
            Ok::<_, Error>(serde_json::from_slice::<Box<RawValue>>(&answer)?)
        },
    ))
    .await
}

/// One JSON object a line, which CloudWatch indexes.
fn log_as_json(config: &Config) {
    let filter = EnvFilter::try_new(&config.log_level).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_current_span(false)
        .finish()
        .with(filter_fn(is_ours_or_brief));
    // Fails only if a subscriber was set before, and this is the first thing that happens.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Whatever `LOG_LEVEL` says, dependencies say no more than `info`: below that the AWS SDK and the
/// runtime write down whole requests, with keys and payloads in them.
fn is_ours_or_brief(metadata: &tracing::Metadata<'_>) -> bool {
    metadata.target().starts_with("llama_ws") || *metadata.level() <= tracing::Level::INFO
}

#[cfg(test)]
mod tests;
