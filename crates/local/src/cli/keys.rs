//! `llama-ws keys`: its options, and the run.

mod show;
mod target;

use std::io::{self, Write};
use std::time::Duration;

use clap::{Args, Subcommand};

use self::target::{Target, TargetArgs};
use super::Exit;
use super::output::print;
use crate::keys::{Answer, Command, CreateKey, ListKeys, NamedKey, RotateKey};

const EXAMPLES: &str = "\
Examples:
  llama-ws keys create --user alice --expires-in 90d
  llama-ws keys create --user ops --permission '*' --quiet > key.txt
  llama-ws keys list --json
  llama-ws keys rotate key_0123456789abcdef --overlap 24h
  llama-ws keys revoke key_0123456789abcdef --dynamodb aws --table my-api-keys";

/// Options of `llama-ws keys`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct KeysArgs {
    #[command(subcommand)]
    verb: Verb,

    #[command(flatten)]
    target: TargetArgs,

    /// Print the answer as JSON
    #[arg(long, global = true)]
    json: bool,
}

/// What to do about keys.
#[derive(Debug, Clone, Subcommand)]
enum Verb {
    /// Make a key, and show it this once
    Create(CreateArgs),
    /// List all keys
    List,
    /// Show a key's record
    Show(Named),
    /// Disable a key for good: connects within a minute, live connections at the reaper's next look
    Revoke(Named),
    /// Make a key in place of another, which works on for a while
    Rotate(RotateArgs),
}

#[derive(Debug, Clone, Args)]
struct CreateArgs {
    /// Whose key it is
    #[arg(long, value_name = "ID")]
    user: String,

    /// What it allows; may be repeated
    #[arg(
        long = "permission",
        value_name = "NAME",
        default_values = ["websocket:connect", "websocket:subscribe"]
    )]
    permissions: Vec<String>,

    /// Connections its user may have, in place of the service's limit
    #[arg(long, value_name = "N")]
    connections: Option<u32>,

    #[command(flatten)]
    made: MadeArgs,
}

/// What `create` and `rotate` have in common.
#[derive(Debug, Clone, Args)]
struct MadeArgs {
    /// How long the new key lives: 90d, 24h, 30m, 60s [default: until it is revoked]
    #[arg(long, value_name = "TIME", value_parser = span)]
    expires_in: Option<Duration>,

    /// Print the key and nothing else
    #[arg(long, conflicts_with = "json")]
    quiet: bool,
}

#[derive(Debug, Clone, Args)]
struct Named {
    /// The key's id, as `list` shows it
    #[arg(value_name = "KEY_ID")]
    key_id: String,
}

#[derive(Debug, Clone, Args)]
struct RotateArgs {
    #[command(flatten)]
    named: Named,

    /// How long the old key works on
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "24h")]
    overlap: Duration,

    #[command(flatten)]
    made: MadeArgs,
}

/// Runs `llama-ws keys`.
///
/// # Errors
/// [`Exit::Failed`] when the service or the table refuses, or does not answer.
pub async fn keys(args: KeysArgs) -> Result<(), Exit> {
    let quiet = match &args.verb {
        Verb::Create(create) => create.made.quiet,
        Verb::Rotate(rotate) => rotate.made.quiet,
        _ => false,
    };
    let target = Target::of(args.target).await?;
    let mut answer = target.run(command(args.verb)).await?;
    while let Some(after) = answer.next.take() {
        let list = ListKeys { after: Some(after) };
        let page = target.run(Command::List(list)).await?;
        answer.records.extend(page.records);
        answer.next = page.next;
    }
    say(&answer, (args.json, quiet), &mut io::stdout().lock())
}

fn command(verb: Verb) -> Command {
    let named = |named: Named| NamedKey {
        key_id: named.key_id,
    };
    match verb {
        Verb::Create(create) => Command::Create(CreateKey {
            user_id: create.user,
            permissions: create.permissions,
            connections: create.connections,
            expires_in_ms: create.made.expires_in.map(millis),
        }),
        Verb::List => Command::List(ListKeys::default()),
        Verb::Show(key) => Command::Show(named(key)),
        Verb::Revoke(key) => Command::Revoke(named(key)),
        Verb::Rotate(rotate) => Command::Rotate(RotateKey {
            key_id: rotate.named.key_id,
            overlap_ms: millis(rotate.overlap),
            expires_in_ms: rotate.made.expires_in.map(millis),
        }),
    }
}

fn say(answer: &Answer, (json, quiet): (bool, bool), out: &mut impl Write) -> Result<(), Exit> {
    if json {
        let text = serde_json::to_string(answer).map_err(|error| Exit::failed(&error))?;
        return print(out, &text);
    }
    if let Some(key) = &answer.key {
        print(out, key)?;
        if quiet {
            return Ok(());
        }
        print(out, "This is the only time the key is shown.")?;
    }
    show::table(&answer.records)
        .iter()
        .try_for_each(|line| print(out, line))
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// A number and a unit.
fn span(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "not a time such as 90d, 24h, 30m or 60s";
    let unit = text.chars().next_back().ok_or(EXPECTED)?;
    let secs = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(EXPECTED),
    };
    let count = text.strip_suffix(unit).unwrap_or_default();
    let count: u32 = count.parse().map_err(|_| EXPECTED)?;
    Ok(Duration::from_secs(secs) * count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, secs) in [("60s", 60), ("30m", 1_800), ("24h", 86_400), ("1d", 86_400)] {
            assert_eq!(span(text), Ok(Duration::from_secs(secs)), "{text}");
        }
        for text in [
            "",
            "h",
            "24",
            "-1h",
            "1.5h",
            "24 h",
            "24hh",
            "1w",
            "99999999999d",
        ] {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
