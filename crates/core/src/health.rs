//! `GET /health`: each dependency really asked.

use futures_util::future::join;

use crate::ports::{Health, Ports};
use crate::service::Service;

impl<P: Ports> Service<P> {
    /// Every store by name, and whether it answers.
    pub async fn health(&self) -> Vec<(&'static str, bool)> {
        let (connections, cell) = join(
            self.ports().connections().check(),
            self.ports().cell().check(),
        )
        .await;
        vec![
            (<P::Connections as Health>::NAME, connections.is_ok()),
            (<P::Cell as Health>::NAME, cell.is_ok()),
        ]
    }
}
