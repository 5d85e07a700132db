//! `unsubscribe`: leaving channels, or all of them.

use crate::admit::Caller;
use crate::channel::Channel;
use crate::identifier::ConnectionId;
use crate::ports::{Ports, RequestKind};
use crate::refusal::{ChannelFault, Refusal};
use crate::service::Service;
use crate::subscription::Subscription;

impl<P: Ports> Service<P> {
    /// Leaves the named channels, or every channel. Leaving what one never joined succeeds.
    ///
    /// # Errors
    /// Those of every request; `Channels` when a name is outside the grammar, and then nothing changes.
    pub async fn unsubscribe(
        &self,
        id: &ConnectionId,
        caller: &Caller,
        names: Option<&[String]>,
    ) -> Result<Vec<String>, Refusal> {
        let mut document = self
            .open(id, RequestKind::SubscriptionChange, caller)
            .await?;
        let leaving = names.map(parse_all).transpose()?;
        // The copy at hand may lack what a request stored and then failed to publish; only the truth
        // can say that there is nothing to leave.
        if document.subscription.is_none() {
            document = self.read(id).await?;
        }
        let Some(held) = &document.subscription else {
            return Ok(names.unwrap_or_default().to_vec());
        };
        let left = names.map_or_else(|| spellings(held), <[String]>::to_vec);
        let stored = self
            .store_change(document, |document| {
                if let Some(subscription) = &mut document.subscription {
                    leave(subscription, leaving.as_deref());
                }
                document.subscription = document
                    .subscription
                    .take()
                    .filter(|left| !left.channels().is_empty());
                Ok(())
            })
            .await?;
        self.publish_change(&stored).await?;
        Ok(left)
    }
}

/// Reads channel names, refusing all when one is outside the grammar.
pub(crate) fn parse_all(names: &[String]) -> Result<Vec<Channel>, Refusal> {
    let invalid: Vec<_> = names
        .iter()
        .filter(|name| Channel::parse(name).is_err())
        .map(|name| (name.clone(), ChannelFault::Invalid))
        .collect();
    if !invalid.is_empty() {
        return Err(Refusal::Channels(invalid));
    }
    Ok(names
        .iter()
        .filter_map(|name| Channel::parse(name).ok())
        .collect())
}

fn spellings(subscription: &Subscription) -> Vec<String> {
    subscription
        .channels()
        .values()
        .map(|entry| entry.spelling.to_string())
        .collect()
}

fn leave(subscription: &mut Subscription, channels: Option<&[Channel]>) {
    match channels {
        Some(channels) => subscription.unsubscribe(channels),
        None => {
            let all: Vec<Channel> = subscription.channels().keys().cloned().collect();
            subscription.unsubscribe(&all);
        }
    }
}
