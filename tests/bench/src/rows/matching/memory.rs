//! What the index holds for a subscription, besides the connection's document, which the worker
//! shares with it.

use std::process::Command;

use llama_ws_core::RoutingIndex;

use super::workload::Workload;
use crate::row::{Goal, Row};

const SUBSCRIPTIONS: u32 = 1_000_000;
const MOST: f64 = 200.0;

/// In a process of its own: what others have freed would be used again and not be counted.
pub(super) fn row() -> Row {
    let bytes = std::env::current_exe().and_then(|program| {
        let mut child = Command::new(program);
        child.args(["--memory-of", &SUBSCRIPTIONS.to_string()]);
        child.output()
    });
    let bytes = bytes.ok().and_then(|output| {
        let text = String::from_utf8(output.stdout).ok()?;
        text.trim().parse().ok()
    });
    Row::alone(
        "matching: memory a subscription, 1M",
        "bytes",
        bytes.unwrap_or(f64::NAN),
        Goal::AtMost(MOST),
    )
}

/// By how much the process grows when it indexes so many documents that it holds already.
pub(crate) fn bytes_per_subscription(subscriptions: u32) -> f64 {
    let workload = Workload {
        subscriptions,
        filters: 20_000,
    };
    let documents: Vec<_> = (0..subscriptions)
        .map(|n| workload.document(n, 1))
        .collect();
    let before = resident_kib();
    let mut index = RoutingIndex::default();
    for document in &documents {
        index.apply(document.clone());
    }
    let grown = resident_kib() - before;
    drop(index);
    grown * 1024.0 / f64::from(subscriptions)
}

/// Linux tells in `/proc/self/status`.
fn resident_kib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or(f64::NAN)
}
