//! The service: ports and policy together. Each use case is a method in a file of its own.

use std::sync::Arc;

use crate::policy::Policy;
use crate::ports::{Clock, Ports};
use crate::time::UnixMillis;

/// A source of random numbers, handed in so that runs can be repeated.
pub type Entropy = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What the functions call.
pub struct Service<P: Ports> {
    ports: P,
    policy: Policy,
    entropy: Entropy,
}

impl<P: Ports> Service<P> {
    /// Puts the service together.
    pub fn new(ports: P, policy: Policy, entropy: Entropy) -> Self {
        Self {
            ports,
            policy,
            entropy,
        }
    }

    /// The adapters.
    pub fn ports(&self) -> &P {
        &self.ports
    }

    /// The numbers in force.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Now.
    pub fn now(&self) -> UnixMillis {
        self.ports.clock().now()
    }

    /// A random number.
    pub fn random(&self) -> u64 {
        (self.entropy)()
    }
}
