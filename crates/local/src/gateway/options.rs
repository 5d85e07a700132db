//! How a gateway is set up, apart from its limits: names, routes, and faults it can play.

use std::time::Duration;

use llama_ws_functions::Function;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::routes::Routes;

/// Settings of one gateway. `Default` is what local development needs.
#[derive(Debug, Clone)]
pub struct Options {
    /// `apiId` in events.
    pub api_id: String,
    /// `domainName` in events.
    pub domain_name: String,
    /// Which messages go to which function.
    pub routes: Routes,
    /// Delays messages before their function runs, so that tests meet other orders than the sent.
    pub jitter: Option<Jitter>,
    /// Never invokes `$disconnect`: on AWS it is best effort.
    pub drop_disconnect: bool,
    /// The HTML page at `GET /`; without it a few lines of text say what this port is.
    pub console: Option<&'static str>,
    /// How long a shutdown waits for functions that still run.
    pub shutdown_grace: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            api_id: "local".to_owned(),
            domain_name: "localhost".to_owned(),
            routes: Routes::default(),
            jitter: None,
            drop_disconnect: false,
            console: None,
            shutdown_grace: Duration::from_secs(10),
        }
    }
}

impl Options {
    /// The function that `$disconnect` runs, unless its best effort is to fail.
    pub(super) fn disconnect(&self) -> Option<Function> {
        (!self.drop_disconnect).then_some(Function::Disconnect)
    }
}

/// A delay between nothing and `max` for each message, always the same for the same seed,
/// connection (counted as they came) and message (counted within its connection).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jitter {
    /// Chooses one schedule.
    pub seed: u64,
    /// The longest delay.
    pub max: Duration,
}

impl Jitter {
    /// The delay of the `message`-th message of the `connection`-th connection.
    pub(super) fn delay(&self, connection: u64, message: u64) -> Duration {
        // Odd multipliers keep the streams of neighbours apart.
        let seed = self
            .seed
            .wrapping_add(connection.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .wrapping_add(message.wrapping_mul(0xbf58_476d_1ce4_e5b9));
        let max_millis = u64::try_from(self.max.as_millis()).unwrap_or(u64::MAX);
        let millis = StdRng::seed_from_u64(seed).random_range(0..=max_millis);
        Duration::from_millis(millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_follow_the_seed() {
        let delays = |seed| -> Vec<_> {
            let jitter = Jitter {
                seed,
                max: Duration::from_millis(50),
            };
            (0..32).map(|message| jitter.delay(1, message)).collect()
        };

        assert_eq!(delays(7), delays(7));
        assert_ne!(delays(7), delays(8));
        assert!(delays(7).iter().all(|delay| delay.as_millis() <= 50));
        assert!(delays(7).windows(2).any(|pair| pair[0] > pair[1]));
    }
}
