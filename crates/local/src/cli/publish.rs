//! `llama-ws publish`: its options, and the run.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use llama_ws_core::ports::Clock;
use llama_ws_functions::SystemClock;
use serde_json::Number;
use serde_json::value::RawValue;

use super::output::print;
use super::{DEFAULT_URL, Exit};
use crate::client::{Answer, EventsClient, HttpUrl};
use crate::feed::uuid_v4;
use crate::publish::{Draft, DraftData, DraftFields, InputError, parse};

const EXAMPLES: &str = "\
Examples:
  llama-ws publish --type price_update --token ethereum --chain ethereum --value 2750
  llama-ws publish --type alert --user user-1 --data '{\"message\":\"ETH is above 2,750\"}'
  llama-ws publish --file events.ndjson
  echo '{\"type\":\"test\",\"data\":{}}' | llama-ws publish -";

/// Options of `llama-ws publish`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("source").required(true).args(["input", "file", "event_type"]))]
pub struct PublishArgs {
    /// File with one event, an array of them, or one a line; `-` is standard input
    #[arg(value_name = "FILE")]
    pub input: Option<PathBuf>,

    /// The same, for those who like options
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Where the service is
    #[arg(long, default_value = DEFAULT_URL)]
    pub url: HttpUrl,

    /// One event made of options.
    #[command(flatten)]
    pub event: EventArgs,
}

/// One event, option by option.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "One event made of options")]
pub struct EventArgs {
    /// Event type: price_update, tvl_change, alert, or any other
    #[arg(long = "type", value_name = "TYPE")]
    pub event_type: Option<String>,

    /// The event's data, a JSON object that is sent as it is
    #[arg(
        long,
        value_name = "JSON",
        value_parser = object,
        requires = "event_type",
        conflicts_with_all = ["token", "protocol", "chain", "value"]
    )]
    pub data: Option<Box<RawValue>>,

    /// Token the data is about
    #[arg(long, value_name = "ID", requires = "event_type")]
    pub token: Option<String>,

    /// Protocol the data is about
    #[arg(long, value_name = "ID", requires = "event_type")]
    pub protocol: Option<String>,

    /// Chain the data is about
    #[arg(long, requires = "event_type")]
    pub chain: Option<String>,

    /// The new price, TVL or value
    #[arg(
        long,
        value_name = "NUMBER",
        allow_negative_numbers = true,
        requires = "event_type"
    )]
    pub value: Option<Number>,

    /// Only this user's connections get it
    #[arg(long, value_name = "ID", requires = "event_type")]
    pub user: Option<String>,

    /// Event id: the same id is the same event for 15 minutes [default: a new one]
    #[arg(long, value_name = "ID", requires = "event_type")]
    pub id: Option<String>,

    /// One more tag; may be repeated
    #[arg(long = "tag", value_name = "TAG", requires = "event_type")]
    pub tags: Vec<String>,
}

/// Why a file was not published.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("cannot read {0}")]
    Read(String, #[source] io::Error),
    #[error("{0}")]
    Input(String, #[source] InputError),
}

/// Runs `llama-ws publish`.
///
/// # Errors
/// [`Exit::Failed`] when the events cannot be read or sent, or the service rejects one.
pub async fn publish(args: PublishArgs) -> Result<(), Exit> {
    run(args, &mut io::stdout().lock()).await
}

async fn run(args: PublishArgs, out: &mut impl Write) -> Result<(), Exit> {
    let client = EventsClient::new(&args.url).map_err(|error| Exit::failed(&error))?;
    let answer = match (args.input.or(args.file), args.event.event_type.clone()) {
        (None, Some(event_type)) => client.publish(&[made(args.event, event_type)?]).await,
        (path, _) => {
            let events = read(&path.unwrap_or_default()).map_err(|error| Exit::failed(&error))?;
            let texts: Vec<&str> = events.iter().map(|event| event.get()).collect();
            client.publish(&texts).await
        }
    };
    let answer = answer.map_err(|error| Exit::failed(&error))?;
    print(out, &summary(&answer))?;
    verdict(&answer)
}

fn made(args: EventArgs, event_type: String) -> Result<String, Exit> {
    let EventArgs {
        data,
        token,
        protocol,
        chain,
        value,
        user,
        id,
        tags,
        ..
    } = args;
    let data = match data {
        Some(data) => DraftData::Typed(data),
        None => DraftData::Made(DraftFields {
            token,
            protocol,
            chain,
            value,
        }),
    };
    let draft = Draft {
        event_type,
        user,
        tags,
        data,
    };
    let id = id.unwrap_or_else(|| uuid_v4(rand::random()));
    draft
        .to_json(id, SystemClock.now())
        .map_err(|error| Exit::failed(&error))
}

fn read(path: &Path) -> Result<Vec<Box<RawValue>>, FileError> {
    let (name, text) = if path == Path::new("-") {
        (
            "standard input".to_owned(),
            io::read_to_string(io::stdin().lock()),
        )
    } else {
        (path.display().to_string(), fs::read_to_string(path))
    };
    match text {
        Ok(text) => parse(&text).map_err(|error| FileError::Input(name, error)),
        Err(error) => Err(FileError::Read(name, error)),
    }
}

/// The counts, on one line.
pub(super) fn summary(answer: &Answer) -> String {
    let Answer {
        accepted,
        duplicates,
        rejected,
    } = answer;
    format!(
        "accepted {accepted}, duplicates {duplicates}, rejected {}",
        rejected.len()
    )
}

/// A failure that names the first event that was not taken.
pub(super) fn verdict(answer: &Answer) -> Result<(), Exit> {
    let Some(first) = answer.rejected.first() else {
        return Ok(());
    };
    let more = match answer.rejected.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    let (number, code, message) = (first.index + 1, &first.code, &first.message);
    Err(Exit::Failed(format!(
        "event {number} was rejected: {code}: {message}{more}"
    )))
}

fn object(text: &str) -> Result<Box<RawValue>, String> {
    let value: Box<RawValue> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if value.get().starts_with('{') {
        Ok(value)
    } else {
        Err("not a JSON object".to_owned())
    }
}

#[cfg(test)]
mod tests;
