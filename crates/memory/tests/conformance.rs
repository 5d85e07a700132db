//! The memory adapters pass the suite that every adapter must pass.

use llama_ws_core::UnixMillis;
use llama_ws_memory::conformance::Subject;
use llama_ws_memory::{ManualClock, MemoryCell, MemoryConnections, MemoryKeys, MemoryTokens};

llama_ws_memory::conformance!(connection_store, table());
llama_ws_memory::conformance!(connection_store_over_time, table());
llama_ws_memory::conformance!(keys, keys());
llama_ws_memory::conformance!(cell, cell());
llama_ws_memory::conformance!(cell_over_time, cell());
llama_ws_memory::conformance!(upkeep, cell());
llama_ws_memory::conformance!(tokens, issuer());

fn table() -> Subject<MemoryConnections<ManualClock>, ManualClock> {
    let clock = clock();
    Subject::new(MemoryConnections::new(clock.clone()), clock, "run")
}

fn keys() -> Subject<MemoryKeys, ManualClock> {
    Subject::new(MemoryKeys::new(), clock(), "run")
}

fn cell() -> Subject<MemoryCell<ManualClock>, ManualClock> {
    let clock = clock();
    Subject::new(MemoryCell::new(clock.clone()), clock, "run")
}

fn issuer() -> Subject<MemoryTokens, ManualClock> {
    Subject::new(MemoryTokens::new(), clock(), "run")
}

fn clock() -> ManualClock {
    ManualClock::new(UnixMillis(1_764_000_000_000))
}

/// The sources of the checks, by concern, and the list that makes tests of them.
const LIST: &str = include_str!("../src/conformance/list.rs");
const CONCERNS: [(&str, &str); 15] = [
    ("admission", include_str!("../src/conformance/admission.rs")),
    ("allowance", include_str!("../src/conformance/allowance.rs")),
    (
        "checkpoints",
        include_str!("../src/conformance/checkpoints.rs"),
    ),
    (
        "connection_pages",
        include_str!("../src/conformance/connection_pages.rs"),
    ),
    (
        "connection_store",
        include_str!("../src/conformance/connection_store.rs"),
    ),
    ("event_log", include_str!("../src/conformance/event_log.rs")),
    ("hand_over", include_str!("../src/conformance/hand_over.rs")),
    ("keys", include_str!("../src/conformance/keys.rs")),
    ("leases", include_str!("../src/conformance/leases.rs")),
    (
        "membership",
        include_str!("../src/conformance/membership.rs"),
    ),
    ("slots", include_str!("../src/conformance/slots.rs")),
    ("tokens", include_str!("../src/conformance/tokens.rs")),
    ("upkeep", include_str!("../src/conformance/upkeep.rs")),
    ("waits", include_str!("../src/conformance/waits.rs")),
    ("work_log", include_str!("../src/conformance/work_log.rs")),
];

#[test]
fn every_check_is_on_the_list() {
    for (concern, source) in CONCERNS {
        let (checks, over_time) = source
            .split_once("pub mod over_time")
            .unwrap_or((source, ""));
        for (path, checks) in [
            (concern.to_owned(), checks),
            (format!("{concern}::over_time"), over_time),
        ] {
            assert_eq!(listed(&path), names(checks), "{path}");
        }
    }
}

/// The names under one path of the list, in order.
fn listed(path: &str) -> Vec<&str> {
    let head = format!("$crate::conformance::{path} as ");
    let entry = LIST.split(&head).nth(1).unwrap_or_default();
    let names = entry.lines().skip(1).map(str::trim);
    names.take_while(|name| *name != "}").collect()
}

/// The names of the checks, in order.
fn names(source: &str) -> Vec<&str> {
    let checks = source.split("pub async fn ").skip(1);
    checks
        .filter_map(|check| check.split(['<', '(']).next())
        .collect()
}
