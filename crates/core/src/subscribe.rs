//! `subscribe`: channels, filters and options, in one change.

use crate::admit::Caller;
use crate::catch_up::CatchUp;
use crate::channel::SpelledChannel;
use crate::connection::ConnectionDocument;
use crate::filter::Filters;
use crate::identifier::ConnectionId;
use crate::offset::Offset;
use crate::policy::{MAX_CHANNELS, MAX_SUBSCRIPTION_BYTES};
use crate::ports::{Ports, RequestKind};
use crate::refusal::{ChannelFault, Refusal};
use crate::service::Service;
use crate::subscription::{ChannelOptions, Subscription};
use crate::time::UnixMillis;

/// A request to subscribe.
#[derive(Debug, Clone)]
pub struct SubscribeRequest {
    /// The names, as the client wrote them.
    pub channels: Vec<String>,
    /// For each of the channels.
    pub filters: Filters,
    /// For each of the channels.
    pub options: ChannelOptions,
    /// For the connection.
    pub delivery: DeliveryRequest,
    /// Whether one bad channel refuses all.
    pub all_or_nothing: bool,
    /// Whether to replay what came after this place, too.
    pub since: Option<Offset>,
}

/// What a request names of the connection's options.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeliveryRequest {
    /// Several messages in one frame.
    pub batch: Option<bool>,
    /// Frames per second, at most.
    pub max_rate: Option<f64>,
}

/// A subscription that was changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscribed {
    /// The event log's last offset when the change was stored.
    pub offset: Offset,
    /// When the connection's subscription began.
    pub subscribed_at: UnixMillis,
    /// One for each channel, in the request's order.
    pub results: Vec<Result<(), ChannelFault>>,
}

impl<P: Ports> Service<P> {
    /// Subscribes a connection. Subscribing again replaces a channel's filters and options.
    ///
    /// # Errors
    /// Those of every request; `Channels` if the request is all-or-nothing; `SubscriptionTooLarge`;
    /// with `since`, `RateLimited` also while an earlier replay is on its way.
    pub async fn subscribe(
        &self,
        id: &ConnectionId,
        caller: &Caller,
        request: SubscribeRequest,
    ) -> Result<Subscribed, Refusal> {
        if request.since.is_none() {
            return self
                .change_subscription(id, caller, &request, RequestKind::SubscriptionChange)
                .await;
        }
        let subscribed = self
            .change_subscription(id, caller, &request, RequestKind::Replay)
            .await;
        self.settle_replay(id, subscribed).await
    }

    async fn change_subscription(
        &self,
        id: &ConnectionId,
        caller: &Caller,
        request: &SubscribeRequest,
        kind: RequestKind,
    ) -> Result<Subscribed, Refusal> {
        let document = self.open(id, kind, caller).await?;
        let now = self.now();
        let stored = if judge(&document, caller, request).iter().any(Result::is_ok) {
            self.store_change(document, |document| apply(document, caller, request, now))
                .await?
        } else {
            apply(&mut document.clone(), caller, request, now)?;
            document
        };
        let offset = match request.since {
            Some(since) => {
                let catch_up = CatchUp::after(since);
                self.order_catch_up(&stored, &catch_up).await?
            }
            None => self.publish_change(&stored).await?,
        };
        Ok(Subscribed {
            offset,
            subscribed_at: stored
                .subscription
                .as_ref()
                .map_or(now, |subscription| subscription.view().subscribed_at),
            results: judge(&stored, caller, request),
        })
    }
}

/// Each channel judged against a document: by itself, but for the limit on how many there are.
/// Judging a document to which the request was applied gives the same answers again.
fn judge(
    document: &ConnectionDocument,
    caller: &Caller,
    request: &SubscribeRequest,
) -> Vec<Result<(), ChannelFault>> {
    let held = document.subscription.as_ref().map(Subscription::channels);
    let mut joined: Vec<SpelledChannel> = Vec::new();
    let mut count = held.map_or(0, indexmap::IndexMap::len);
    let judge_one = |name: &String| {
        let wanted = SpelledChannel::parse(name).map_err(|_| ChannelFault::Invalid)?;
        if !allowed(document, caller, &wanted) {
            return Err(ChannelFault::Forbidden);
        }
        let is_held = held.is_some_and(|held| held.contains_key(&wanted.channel));
        let is_joined = joined.iter().any(|other| other.channel == wanted.channel);
        if !is_held && !is_joined {
            if count >= MAX_CHANNELS {
                return Err(ChannelFault::TooMany);
            }
            count += 1;
            joined.push(wanted);
        }
        Ok(())
    };
    request.channels.iter().map(judge_one).collect()
}

/// The connection's own credential decides, and over HTTP the caller's as well.
fn allowed(document: &ConnectionDocument, caller: &Caller, wanted: &SpelledChannel) -> bool {
    let owner = document
        .principal
        .as_ref()
        .is_some_and(|owner| owner.permissions.may_subscribe(&wanted.channel));
    match caller {
        Caller::Socket => owner,
        Caller::Http(principal) => owner && principal.permissions.may_subscribe(&wanted.channel),
    }
}

fn apply(
    document: &mut ConnectionDocument,
    caller: &Caller,
    request: &SubscribeRequest,
    now: UnixMillis,
) -> Result<(), Refusal> {
    let results = judge(document, caller, request);
    if request.all_or_nothing {
        let faults: Vec<_> = request
            .channels
            .iter()
            .zip(&results)
            .filter_map(|(name, result)| result.err().map(|fault| (name.clone(), fault)))
            .collect();
        if !faults.is_empty() {
            return Err(Refusal::Channels(faults));
        }
    }
    let accepted: Vec<SpelledChannel> = request
        .channels
        .iter()
        .zip(&results)
        .filter(|(_, result)| result.is_ok())
        .filter_map(|(name, _)| SpelledChannel::parse(name).ok())
        .collect();
    if accepted.is_empty() {
        return Ok(());
    }
    let mut subscription = document
        .subscription
        .take()
        .unwrap_or_else(|| Subscription::new(now));
    subscription.subscribe(&accepted, request.filters.clone(), request.options);
    subscription.update_delivery(request.delivery.batch, request.delivery.max_rate);
    within_bytes(&subscription)?;
    document.subscription = Some(subscription);
    Ok(())
}

/// The whole object is limited, however it was put together.
pub(crate) fn within_bytes(subscription: &Subscription) -> Result<(), Refusal> {
    if subscription.view_bytes() > MAX_SUBSCRIPTION_BYTES {
        return Err(Refusal::SubscriptionTooLarge {
            limit_bytes: MAX_SUBSCRIPTION_BYTES,
        });
    }
    Ok(())
}
