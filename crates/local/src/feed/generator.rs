//! What the sample stream says: mostly prices, regularly TVL, now and then something else.

use llama_ws_core::UnixMillis;
use llama_ws_publisher::{Data, Event, PriceUpdate, TvlChange};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::ids::Ids;
use super::market::{PROTOCOLS, Protocol, TOKENS, Token};
use super::news;
use super::pick::{front, pick};
use super::walk::{Step, Walk, rounded, significant};

/// Of a thousand events, this many are prices …
const PRICES: u32 = 780;
/// … this many are TVL, and the rest is news.
const TVLS: u32 = 170;
/// How far the value of a protocol on one chain moves between two updates.
const TVL_VOLATILITY: f64 = 0.006;
/// A price that moves by more than this many percent makes an alert.
const ALERT_PERCENT: f64 = 10.0;

/// An endless, seeded stream of events. The same seed, start and times give the same stream.
#[derive(Debug)]
pub struct Generator {
    rng: StdRng,
    ids: Ids,
    tokens: Vec<(&'static Token, Walk)>,
    protocols: Vec<(&'static Protocol, Vec<ChainValue>)>,
    /// What the last event gave rise to.
    pending: Option<Data>,
}

/// What a protocol holds on one chain.
#[derive(Debug, Clone)]
struct ChainValue {
    chain: &'static str,
    walk: Walk,
}

impl Generator {
    /// A stream that begins at `start`. The seed alone decides what it says; the start makes its
    /// event ids differ from those of other runs.
    #[must_use]
    pub fn new(seed: u64, start: UnixMillis) -> Self {
        let token = |token: &'static Token| (token, Walk::new(token.price, token.volatility));
        Self {
            rng: StdRng::seed_from_u64(seed),
            ids: Ids::new(seed, start.0),
            tokens: TOKENS.iter().map(token).collect(),
            protocols: PROTOCOLS
                .iter()
                .map(|protocol| (protocol, chains(protocol)))
                .collect(),
            pending: None,
        }
    }

    /// The next event, happening at `now`.
    pub fn next_event(&mut self, now: UnixMillis) -> Event {
        let data = match self.pending.take() {
            Some(data) => data,
            None => self.draw(),
        };
        let mut event = Event::new(self.ids.next(), now.0, data);
        event.metadata.processing_time = self.rng.random_range(3..40);
        event
    }

    fn draw(&mut self) -> Data {
        let dice = self.rng.random_range(0..1_000);
        let numbers = match dice {
            ..PRICES => self.price(),
            _ if dice < PRICES + TVLS => self.tvl(),
            _ => None,
        };
        numbers.unwrap_or_else(|| news::draw(&mut self.rng))
    }

    fn price(&mut self) -> Option<Data> {
        let place = front(&mut self.rng, self.tokens.len());
        let (token, walk) = self.tokens.get_mut(place)?;
        let Step { previous, current } = walk.step(&mut self.rng);
        let mut price = PriceUpdate::new(token.id, previous, current)
            .symbol(token.symbol)
            .chain(pick(&mut self.rng, token.chains));
        price.change_percent = rounded(price.change_percent, 4);
        price.change_absolute = significant(price.change_absolute);
        price.decimals = token.decimals;
        price.market_cap = Some((current * token.supply).round());
        let turnover = self.rng.random_range(0.01..0.08);
        price.volume_24h = Some((current * token.supply * turnover).round());
        if price.change_percent.abs() > ALERT_PERCENT {
            self.pending = Some(news::price_alert(&mut self.rng, &price));
        }
        Some(price.into())
    }

    /// Of one chain, or of all of them with their breakdown.
    fn tvl(&mut self) -> Option<Data> {
        let place = front(&mut self.rng, self.protocols.len());
        let (protocol, chains) = self.protocols.get_mut(place)?;
        let mut tvl = if self.rng.random_ratio(2, 3) {
            let place = front(&mut self.rng, chains.len());
            let ChainValue { chain, walk } = chains.get_mut(place)?;
            let Step { previous, current } = walk.step(&mut self.rng);
            TvlChange::new(protocol.id, previous, current).chain(*chain)
        } else {
            let previous = chains.iter().map(|chain| chain.walk.value()).sum();
            for chain in chains.iter_mut() {
                chain.walk.step(&mut self.rng);
            }
            let current = chains.iter().map(|chain| chain.walk.value()).sum();
            let mut tvl = TvlChange::new(protocol.id, previous, current);
            tvl.breakdown = chains
                .iter()
                .map(|chain| (chain.chain.to_owned(), chain.walk.value()))
                .collect();
            tvl
        };
        tvl.change_percent = rounded(tvl.change_percent, 4);
        tvl.change_absolute = significant(tvl.change_absolute);
        Some(tvl.name(protocol.name).into())
    }
}

/// The first chain holds half, the next half of what is left, and the last all that remains.
fn chains(protocol: &Protocol) -> Vec<ChainValue> {
    let mut rest = protocol.tvl;
    let mut left = protocol.chains.len();
    let value = |chain: &&'static str| {
        left -= 1;
        let share = if left == 0 { rest } else { rest / 2.0 };
        rest -= share;
        ChainValue {
            chain,
            walk: Walk::new(significant(share), TVL_VOLATILITY),
        }
    };
    protocol.chains.iter().map(value).collect()
}

#[cfg(test)]
mod tests;
