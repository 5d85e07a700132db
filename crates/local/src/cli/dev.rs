//! `llama-ws dev`: its options.

use std::net::{IpAddr, Ipv4Addr};

use clap::{Args, ValueEnum};
use llama_ws_core::{AuthMode, FrameBudget};
use tracing::level_filters::LevelFilter;

use super::tokens::TokenArgs;
use crate::feed::Rate;

const EXAMPLES: &str = "\
Examples:
  llama-ws dev                     ws://localhost:8080 and http://localhost:8080
  llama-ws dev --feed 20           with 20 sample events a second
  llama-ws dev --port 9000 --auth-mode required
  llama-ws dev --redis redis://localhost --dynamodb http://localhost:8000 --functions processes
  LIMIT_MESSAGES_PER_MINUTE=60 llama-ws dev --log-level debug";

/// Options of `llama-ws dev`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct DevArgs {
    /// Port to listen on; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub port: u16,

    /// Address to listen on
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,

    /// Where state lives, unless in memory.
    #[command(flatten)]
    pub stores: StoreArgs,

    /// Lift the gateway's own request rate, which is on as in the cloud
    #[arg(long)]
    pub no_throttle: bool,

    /// Publish sample events, RATE a second
    #[arg(long, value_name = "RATE", num_args = 0..=1, default_missing_value = "5")]
    pub feed: Option<Rate>,

    /// What a connection without a credential gets: `required` refuses it, `deferred` gives it 30 s
    #[arg(long, env = "AUTH_MODE", value_name = "MODE", value_parser = auth_mode, default_value = "deferred")]
    pub auth_mode: AuthMode,

    /// How much to log: off, error, warn, info, debug or trace
    #[arg(long, env = "LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    pub log_level: LevelFilter,

    /// Which JWTs are good.
    #[command(flatten)]
    pub tokens: TokenArgs,

    /// Rate limits that differ from the service's own.
    #[command(flatten)]
    pub limits: LimitArgs,

    /// What the worker may post.
    #[command(flatten)]
    pub budget: BudgetArgs,
}

/// The frame budget.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Frame budget")]
pub struct BudgetArgs {
    /// Frames a second that the workers together may post
    #[arg(
        long = "frame-budget-per-second",
        env = "FRAME_BUDGET_PER_SECOND",
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..),
        default_value_t = FrameBudget::default().per_second
    )]
    pub per_second: u32,

    /// Frames that they may post at once
    #[arg(
        long = "frame-budget-burst",
        env = "FRAME_BUDGET_BURST",
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..),
        default_value_t = FrameBudget::default().burst
    )]
    pub burst: u32,
}

/// Real stores, and the functions as deployed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Real stores (a build with the feature `real`)")]
pub struct StoreArgs {
    /// Keep membership, logs and limits in this Redis: redis://…
    #[arg(long, value_name = "URL", requires = "dynamodb")]
    pub redis: Option<String>,

    /// Keep connections and API keys in this DynamoDB, tables created as needed: http://…
    #[arg(long, value_name = "URL", requires = "redis")]
    pub dynamodb: Option<String>,

    /// Run the functions in this process, or the deployed binaries as processes of their own
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        default_value_t,
        requires = "redis"
    )]
    pub functions: FunctionsMode,
}

/// How the functions run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FunctionsMode {
    /// As tasks of this process.
    #[default]
    InProcess,
    /// As the deployed binaries, over the Lambda Runtime API.
    Processes,
}

/// Rate limits; an absent one keeps the service's default.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Rate limits")]
pub struct LimitArgs {
    /// Connects a minute from one IP address; unless set, loopback is exempt
    #[arg(
        long = "limit-connects-per-minute",
        env = "LIMIT_CONNECTS_PER_MINUTE",
        value_name = "N"
    )]
    pub connects_per_minute: Option<u32>,

    /// Messages a minute from one connection
    #[arg(
        long = "limit-messages-per-minute",
        env = "LIMIT_MESSAGES_PER_MINUTE",
        value_name = "N"
    )]
    pub messages_per_minute: Option<u32>,

    /// Subscription changes a minute from one connection
    #[arg(
        long = "limit-subscription-changes-per-minute",
        env = "LIMIT_SUBSCRIPTION_CHANGES_PER_MINUTE",
        value_name = "N"
    )]
    pub subscription_changes_per_minute: Option<u32>,

    /// Connections one user may hold at a time
    #[arg(
        long = "limit-connections-per-user",
        env = "LIMIT_CONNECTIONS_PER_USER",
        value_name = "N"
    )]
    pub connections_per_user: Option<u32>,

    /// Most messages of one replay
    #[arg(long = "replay-limit", env = "REPLAY_LIMIT", value_name = "N")]
    pub replay: Option<usize>,
}

/// As the environment of the deployed functions spells it, in any case.
fn auth_mode(text: &str) -> Result<AuthMode, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "required" => Ok(AuthMode::Required),
        "deferred" => Ok(AuthMode::Deferred),
        _ => Err("neither `required` nor `deferred`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, parse};

    fn dev(arguments: &[&str]) -> DevArgs {
        match parse(["llama-ws", "dev"].iter().chain(arguments)) {
            Ok(Command::Dev(args)) => args,
            other => panic!("{arguments:?} gave {other:?}"),
        }
    }

    #[test]
    fn feed_may_go_without_a_rate() {
        assert_eq!(dev(&[]).feed, None);
        assert_eq!(dev(&["--feed"]).feed, "5".parse().ok());
        assert_eq!(dev(&["--feed", "0.5"]).feed, "0.5".parse().ok());
    }

    #[test]
    fn modes_and_levels_are_read_in_any_case() {
        let args = dev(&["--auth-mode", "REQUIRED", "--log-level", "Debug"]);

        assert_eq!(args.auth_mode, AuthMode::Required);
        assert_eq!(args.log_level, LevelFilter::DEBUG);
    }

    #[test]
    fn limits_are_absent_unless_given() {
        let args = dev(&[
            "--limit-messages-per-minute",
            "60",
            "--limit-connections-per-user",
            "0",
        ]);

        assert_eq!(args.limits.connects_per_minute, None);
        assert_eq!(args.limits.messages_per_minute, Some(60));
        assert_eq!(args.limits.connections_per_user, Some(0));
    }

    #[test]
    fn the_frame_budget_is_the_deployed_ones_unless_given() {
        let budget = |arguments: &[&str]| {
            let budget = dev(arguments).budget;
            (budget.per_second, budget.burst)
        };
        assert_eq!(budget(&[]), (8_000, 4_000));
        let given = [
            "--frame-budget-per-second",
            "5",
            "--frame-budget-burst",
            "1",
        ];
        assert_eq!(budget(&given), (5, 1));
        assert!(parse(["llama-ws", "dev", "--frame-budget-burst", "0"].iter()).is_err());
    }
}
