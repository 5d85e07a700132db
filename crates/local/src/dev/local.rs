//! The service put together: the composition root of the embedded default.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use llama_ws_core::ports::{ApiKey, Clock, ConnectionStore};
use llama_ws_core::{KeyId, KeyLimits, Permissions, Policy, Principal, Service, UserId};
use llama_ws_memory::{MemoryAnnouncements, MemoryCell, MemoryConnections, MemoryKeys};

use super::functions::InProcess;
use super::host::Host;
use super::ports::LocalPorts;
use super::push::RegistryPush;
use super::schedule::starter;
use super::tokens::LocalTokens;
use crate::gateway::{Bound, Limits, Options, Registry};

/// The key that exists locally and nowhere else.
pub const DEMO_KEY: &str = "demo-key";

/// Clients that are told goodbye return at most this often: 200 a second.
const RETURN_INTERVAL_MS: u64 = 5;

/// How the local service is set up.
#[derive(Debug, Clone, Default)]
pub struct LocalOptions {
    /// Limits of the service.
    pub policy: Policy,
    /// Which JWTs are good.
    pub tokens: LocalTokens,
    /// Limits of the gateway.
    pub limits: Limits,
    /// Settings of the gateway.
    pub gateway: Options,
}

/// A running local service.
pub struct Local<C: Clock> {
    host: Host,
    registry: Registry<C>,
    ports: LocalPorts<C>,
    functions: InProcess<LocalPorts<C>>,
}

/// The record of [`DEMO_KEY`].
#[must_use]
pub fn demo_key() -> ApiKey {
    let principal = Principal {
        user_id: UserId::new("demo"),
        key_id: Some(KeyId::new("demo")),
        key_hash: None,
        permissions: Permissions::new(["*"]),
        expires_at: None,
        limits: KeyLimits::default(),
    };
    ApiKey {
        principal,
        enabled: true,
        created_at: None,
    }
}

impl<C: Clock> Local<C> {
    /// Starts serving on a port that is listened on.
    pub fn start(clock: C, bound: Bound, options: LocalOptions) -> Self {
        let registry = Registry::new(clock.clone(), options.limits);
        let (starter, asked) = starter();
        let keys = MemoryKeys::new();
        keys.insert(DEMO_KEY, demo_key());
        let ports = LocalPorts {
            connections: MemoryConnections::new(clock.clone()),
            keys,
            tokens: options.tokens,
            cell: MemoryCell::new(clock.clone()),
            announcements: MemoryAnnouncements::new(),
            push: RegistryPush(registry.clone()),
            starter,
            clock: clock.clone(),
        };
        let service = Service::new(ports.clone(), options.policy, Arc::new(rand::random::<u64>));
        let functions = InProcess::new(Arc::new(service));
        let host = Host::start(
            bound,
            (registry.clone(), options.gateway),
            (clock, asked),
            functions.clone(),
        );
        Self {
            host,
            registry,
            ports,
            functions,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.host.addr()
    }

    /// The gateway's table of connections.
    #[must_use]
    pub fn registry(&self) -> &Registry<C> {
        &self.registry
    }

    /// The adapters, to look into and to break.
    #[must_use]
    pub fn ports(&self) -> &LocalPorts<C> {
        &self.ports
    }

    /// The functions, to invoke without a gateway.
    #[must_use]
    pub fn functions(&self) -> &InProcess<LocalPorts<C>> {
        &self.functions
    }

    /// Ends the workers, says goodbye to every client, then closes.
    pub async fn stop(self) {
        let goodbye = say_goodbye(&self.ports.connections, &self.registry, &self.ports.clock);
        self.host.stop(goodbye).await;
    }
}

/// Tells every connection that the service ends, and when to come back.
pub(super) async fn say_goodbye<C: Clock>(
    connections: &impl ConnectionStore,
    registry: &Registry<C>,
    clock: &C,
) {
    let mut reconnect_at = clock.now().0;
    let mut after = None;
    while let Ok(page) = connections.scan(after.as_ref(), 1_000).await {
        for document in page.documents {
            let frame =
                format!(r#"{{"type":"goodbye","reason":"shutdown","reconnectAt":{reconnect_at}}}"#);
            registry
                .post(document.connection_id.as_str(), Bytes::from(frame))
                .await;
            reconnect_at += RETURN_INTERVAL_MS;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
}
