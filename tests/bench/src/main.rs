//! Prints the performance table: every figure beside the baseline that ran with it.
//! `scripts/bench` builds and runs it. No test asserts what it prints.

mod measure;
mod row;
mod rows;
mod table;

use std::io::Write;
use std::path::PathBuf;

use clap::Parser;

/// Measures, prints one table, and writes it as JSON if asked.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only groups whose name begins like this, for example `matching`.
    #[arg(long, default_value = "")]
    only: String,
    /// Also writes the rows to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Only says what the routing index holds for each of so many subscriptions, in bytes.
    #[arg(long, hide = true)]
    memory_of: Option<u32>,
}

fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    if let Some(subscriptions) = arguments.memory_of {
        let bytes = rows::matching::bytes_per_subscription(subscriptions);
        return writeln!(std::io::stdout(), "{bytes}");
    }
    let mut out = std::io::stdout();
    table::print_head(&mut out)?;
    let mut measured = Vec::new();
    for group in rows::GROUPS {
        if group.name.starts_with(&arguments.only) {
            let rows = (group.run)();
            table::print(&rows, &mut out)?;
            measured.extend(rows);
        }
    }
    if let Some(file) = arguments.json {
        std::fs::write(file, table::json(&measured))?;
    }
    Ok(())
}
