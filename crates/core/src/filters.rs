//! `filters`: other filters for what is already subscribed.

use crate::admit::Caller;
use crate::channel::Channel;
use crate::filter::Filters;
use crate::identifier::ConnectionId;
use crate::offset::Offset;
use crate::ports::{Ports, RequestKind};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::subscribe::within_bytes;
use crate::subscription::{Subscription, SubscriptionView};
use crate::unsubscribe::parse_all;

impl<P: Ports> Service<P> {
    /// Replaces the filters of the named channels, or of every channel.
    ///
    /// # Errors
    /// Those of every request; `NotSubscribed` when there is nothing to change or a named channel
    /// is not subscribed; `Channels` for a name outside the grammar; `SubscriptionTooLarge`.
    pub async fn replace_filters(
        &self,
        id: &ConnectionId,
        caller: &Caller,
        filters: &Filters,
        names: Option<&[String]>,
    ) -> Result<(Offset, SubscriptionView), Refusal> {
        let document = self
            .open(id, RequestKind::SubscriptionChange, caller)
            .await?;
        let channels = names.map(parse_all).transpose()?;
        let stored = self
            .store_change(document, |document| {
                let subscription = document
                    .subscription
                    .as_mut()
                    .ok_or(Refusal::NotSubscribed(Vec::new()))?;
                all_held(subscription, channels.as_deref())?;
                subscription.replace_filters(filters.clone(), channels.as_deref());
                within_bytes(subscription)
            })
            .await?;
        let offset = self.publish_change(&stored).await?;
        let view = stored.subscription.as_ref().map(Subscription::view);
        view.map(|view| (offset, view))
            .ok_or(Refusal::NotSubscribed(Vec::new()))
    }
}

fn all_held(subscription: &Subscription, channels: Option<&[Channel]>) -> Result<(), Refusal> {
    let missing: Vec<Channel> = channels
        .unwrap_or_default()
        .iter()
        .filter(|channel| !subscription.channels().contains_key(*channel))
        .cloned()
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Refusal::NotSubscribed(missing))
    }
}
