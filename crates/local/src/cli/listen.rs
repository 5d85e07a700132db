//! `llama-ws listen`: its options, and the run.

use std::io;

use clap::Args;
use llama_ws_functions::SystemClock;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Number;

use super::Exit;
use crate::client::{Credential, SocketUrl};
use crate::listen::{
    DeliveryOptions, Filters, Format, ListenOptions, Listener, Subscription, Surroundings,
};

const EXAMPLES: &str = "\
Examples:
  llama-ws listen                                    every price, locally
  llama-ws listen prices token:ethereum --chain ethereum --min 1000
  llama-ws listen tvl alerts --protocol aave-v3,lido
  llama-ws listen prices --json --count 100 | jq .data";

/// Options of `llama-ws listen`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ListenArgs {
    /// Channels: prices, tvl, alerts, token:ID, protocol:ID, chain:NAME, chain:NAME:prices, …
    #[arg(value_name = "CHANNEL", default_value = "prices")]
    pub channels: Vec<String>,

    /// Where the service is
    #[arg(long, default_value = "ws://localhost:8080")]
    pub url: SocketUrl,

    /// API key; sent as a header, unless the URL has one
    #[arg(
        long,
        env = "LLAMA_WS_KEY",
        default_value = "demo-key",
        hide_env_values = true
    )]
    pub key: String,

    /// JSON Web Token to use instead of a key
    #[arg(
        long,
        value_name = "TOKEN",
        env = "LLAMA_WS_JWT",
        hide_env_values = true
    )]
    pub jwt: Option<String>,

    /// Print frames as they come
    #[arg(long, visible_alias = "raw")]
    pub json: bool,

    /// Stop after this many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,

    /// Stop when the connection ends
    #[arg(long)]
    pub once: bool,

    /// Which events.
    #[command(flatten)]
    pub filters: FilterArgs,

    /// How they come.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
}

/// Filters; lists may be repeated or joined by commas.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Filters (all must hold; lists may be repeated or joined by commas)")]
pub struct FilterArgs {
    /// Only these tokens
    #[arg(long = "token", value_name = "ID", value_delimiter = ',')]
    pub tokens: Vec<String>,

    /// Only these protocols
    #[arg(long = "protocol", value_name = "ID", value_delimiter = ',')]
    pub protocols: Vec<String>,

    /// Only these chains
    #[arg(long = "chain", value_name = "NAME", value_delimiter = ',')]
    pub chains: Vec<String>,

    /// Only these event types
    #[arg(long = "event-type", value_name = "TYPE", value_delimiter = ',')]
    pub event_types: Vec<String>,

    /// Only values from here on
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    pub min: Option<Number>,

    /// Only values up to here
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    pub max: Option<Number>,
}

/// Delivery options.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Delivery")]
pub struct DeliveryArgs {
    /// Take several messages in one frame
    #[arg(long)]
    pub batch: bool,

    /// While waiting, keep only the latest per token or protocol
    #[arg(long)]
    pub conflate: bool,

    /// Begin with the latest of each token or protocol
    #[arg(long)]
    pub snapshot: bool,

    /// Frames a second, 0.1 to 50; needs --batch or --conflate
    #[arg(long, value_name = "RATE")]
    pub max_rate: Option<Number>,
}

/// Runs `llama-ws listen` until its count is reached or Ctrl-C.
///
/// # Errors
/// [`Exit::Failed`] when the service cannot be reached or refuses.
pub async fn listen(args: ListenArgs) -> Result<(), Exit> {
    let surroundings = Surroundings {
        clock: SystemClock,
        rng: StdRng::from_rng(&mut rand::rng()),
        out: io::stdout().lock(),
        notices: io::stderr(),
    };
    let stop = async {
        // Without a handler for Ctrl-C, Ctrl-C ends the process: that will do.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let listener = Listener::new(options(args), surroundings);
    listener
        .run(stop)
        .await
        .map_err(|error| Exit::failed(&error))
}

fn options(args: ListenArgs) -> ListenOptions {
    let FilterArgs {
        tokens,
        protocols,
        chains,
        event_types,
        min,
        max,
    } = args.filters;
    let DeliveryArgs {
        batch,
        conflate,
        snapshot,
        max_rate,
    } = args.delivery;
    let credential = match args.jwt {
        Some(token) => Credential::Bearer(token),
        None if args.url.has_credential() => Credential::InUrl,
        None => Credential::ApiKey(args.key),
    };
    ListenOptions {
        url: args.url,
        credential,
        subscription: Subscription {
            channels: args.channels,
            filters: Filters {
                protocol_ids: protocols,
                token_ids: tokens,
                chains,
                event_types,
                min_value: min,
                max_value: max,
            },
            options: DeliveryOptions {
                batch,
                conflate,
                snapshot,
                max_rate,
            },
        },
        format: if args.json {
            Format::Raw
        } else {
            Format::Columns
        },
        count: args.count,
        once: args.once,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, parse};

    fn given(arguments: &[&str]) -> ListenOptions {
        match parse(["llama-ws", "listen"].iter().chain(arguments)) {
            Ok(Command::Listen(args)) => options(args),
            other => panic!("{arguments:?} gave {other:?}"),
        }
    }

    #[test]
    fn the_short_form_listens_to_prices_locally() {
        let options = given(&[]);

        assert_eq!(options.subscription.channels, ["prices"]);
        assert_eq!(options.subscription.filters, Filters::default());
        assert_eq!(
            options.credential,
            Credential::ApiKey("demo-key".to_owned())
        );
        assert_eq!(
            (options.format, options.count, options.once),
            (Format::Columns, None, false)
        );
    }

    #[test]
    fn every_option_arrives() {
        let options = given(&[
            "prices",
            "token:ethereum",
            "--chain",
            "ethereum,base",
            "--chain",
            "bsc",
            "--token",
            "ethereum",
            "--protocol",
            "lido",
            "--event-type",
            "price_update",
            "--min",
            "-1",
            "--max",
            "2.5",
            "--batch",
            "--max-rate",
            "2",
            "--raw",
            "--count",
            "3",
            "--once",
        ]);

        let Subscription {
            channels,
            filters,
            options: delivery,
        } = options.subscription;
        assert_eq!(channels, ["prices", "token:ethereum"]);
        assert_eq!(filters.chains, ["ethereum", "base", "bsc"]);
        assert_eq!(
            (filters.token_ids, filters.protocol_ids),
            (vec!["ethereum".to_owned()], vec!["lido".to_owned()])
        );
        assert_eq!(filters.event_types, ["price_update"]);
        assert_eq!(
            (filters.min_value, filters.max_value),
            (Some((-1).into()), Number::from_f64(2.5))
        );
        assert!(delivery.batch && !delivery.conflate && delivery.max_rate == Some(2.into()));
        assert_eq!(
            (options.format, options.count, options.once),
            (Format::Raw, Some(3), true)
        );
    }

    #[test]
    fn keys_in_the_url_and_tokens_come_before_the_default_key() {
        assert_eq!(
            given(&["--url", "ws://h/dev?apiKey=k"]).credential,
            Credential::InUrl
        );
        assert_eq!(
            given(&["--jwt", "t"]).credential,
            Credential::Bearer("t".to_owned())
        );
        assert_eq!(
            given(&["--key", "k"]).credential,
            Credential::ApiKey("k".to_owned())
        );
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn encrypted_sockets_are_refused_plainly() {
        match parse(["llama-ws", "listen", "--url", "wss://h/dev"]) {
            Err(Exit::Usage(message)) => assert_eq!(
                message,
                "invalid value 'wss://h/dev' for '--url <URL>': wss:// is not supported in this build, which has no TLS: use ws:// (try --help)"
            ),
            other => panic!("{other:?}"),
        }
    }
}
