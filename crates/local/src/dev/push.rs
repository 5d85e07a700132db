//! The way to clients inside one process: straight into the gateway's table.

use bytes::Bytes;
use llama_ws_core::ConnectionId;
use llama_ws_core::ports::{Clock, PostOutcome, Presence, Push};

use crate::gateway::{self, Registry};

/// Posts as `@connections` would, without the HTTP between.
#[derive(Debug, Clone)]
pub struct RegistryPush<C>(pub Registry<C>);

impl<C: Clock> Push for RegistryPush<C> {
    async fn post(&self, id: &ConnectionId, frame: Bytes) -> PostOutcome {
        match self.0.post(id.as_str(), frame).await {
            gateway::PostOutcome::Delivered => PostOutcome::Delivered,
            gateway::PostOutcome::Gone => PostOutcome::Gone,
            gateway::PostOutcome::TooLarge => PostOutcome::TooLarge,
            gateway::PostOutcome::Throttled | gateway::PostOutcome::AccountThrottled => {
                PostOutcome::Throttled
            }
        }
    }

    async fn close(&self, id: &ConnectionId) -> PostOutcome {
        if self.0.close(id.as_str()).await {
            PostOutcome::Delivered
        } else {
            PostOutcome::Gone
        }
    }

    async fn find(&self, id: &ConnectionId) -> Presence {
        match self.0.get(id.as_str()).await {
            Some(_) => Presence::Live,
            None => Presence::Gone,
        }
    }
}
