//! `llama-ws feed`: its options, and the run.

use std::io::{self, Write};

use clap::Args;
use llama_ws_core::ports::Clock;
use llama_ws_functions::SystemClock;

use super::output::print;
use super::publish::{summary, verdict};
use super::{DEFAULT_URL, Exit};
use crate::client::{EventsClient, HttpUrl};
use crate::feed::{self, Generator, HttpSink, Pace, Rate};

const EXAMPLES: &str = "\
Examples:
  llama-ws feed                             5 events a second until Ctrl-C
  llama-ws feed --rate 0.5                  one every two seconds
  llama-ws feed --rate 1000 --count 60000   a minute of load
  llama-ws feed --seed 7 --count 1          the same event each time, under a new id";

/// Options of `llama-ws feed`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct FeedArgs {
    /// Events a second
    #[arg(long, value_name = "RATE", default_value = "5")]
    pub rate: Rate,

    /// Decides what the events say
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Stop after this many events [default: at Ctrl-C]
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,

    /// Where the service is
    #[arg(long, default_value = DEFAULT_URL)]
    pub url: HttpUrl,
}

/// Runs `llama-ws feed` until its count is reached or Ctrl-C.
///
/// # Errors
/// [`Exit::Failed`] when the service does not take the events.
pub async fn feed(args: FeedArgs) -> Result<(), Exit> {
    run(args, &mut io::stdout().lock()).await
}

async fn run(args: FeedArgs, out: &mut impl Write) -> Result<(), Exit> {
    let client = EventsClient::new(&args.url).map_err(|error| Exit::failed(&error))?;
    print(
        out,
        &format!("{} events a second to {}", args.rate, client.url()),
    )?;
    let mut sink = HttpSink::new(client);
    let generator = Generator::new(args.seed, SystemClock.now());
    let pace = Pace {
        rate: args.rate,
        count: args.count,
    };
    let outcome = tokio::select! {
        outcome = feed::run(generator, &mut sink, &SystemClock, pace) => outcome,
        _ = tokio::signal::ctrl_c() => Ok(()),
    };
    print(out, &summary(&sink.total))?;
    outcome.map_err(|error| Exit::failed(&error))?;
    verdict(&sink.total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{EventsServer, silent_address};

    fn args(url: HttpUrl) -> FeedArgs {
        FeedArgs {
            rate: Rate::per_second(100_000.0).unwrap(),
            seed: 1,
            count: Some(30),
            url,
        }
    }

    #[tokio::test]
    async fn every_event_reaches_the_server_once() {
        let server =
            EventsServer::start(200, r#"{"accepted":30,"duplicates":0,"rejected":[]}"#).await;

        let mut out = Vec::new();
        run(args(server.url()), &mut out).await.unwrap();

        assert_eq!(
            String::from_utf8(out).unwrap().lines().next().unwrap(),
            format!("100000 events a second to {}events", server.url())
        );

        let mut ids = Vec::new();
        for body in server.bodies() {
            let events: Vec<serde_json::Value> = serde_json::from_str(&body).unwrap();
            ids.extend(events.into_iter().map(|event| event["eventId"].to_string()));
        }
        assert_eq!(ids.len(), 30);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 30);
    }

    #[tokio::test]
    async fn a_silent_server_ends_the_feed() {
        let (_socket, address) = silent_address();

        let url = format!("http://{address}").parse().unwrap();
        match run(args(url), &mut Vec::new()).await {
            Err(Exit::Failed(message)) => assert!(message.contains("nothing listens"), "{message}"),
            other => panic!("{other:?}"),
        }
    }
}
