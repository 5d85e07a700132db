//! The memory adapters pass the suite that every adapter must pass.

use llama_ws_core::UnixMillis;
use llama_ws_memory::conformance::Subject;
use llama_ws_memory::{ManualClock, MemoryCell, MemoryConnections};

llama_ws_memory::conformance!(connection_store, table());
llama_ws_memory::conformance!(connection_store_over_time, table());
llama_ws_memory::conformance!(cell, cell());
llama_ws_memory::conformance!(cell_over_time, cell());

fn table() -> Subject<MemoryConnections<ManualClock>, ManualClock> {
    let clock = clock();
    Subject::new(MemoryConnections::new(clock.clone()), clock, "run")
}

fn cell() -> Subject<MemoryCell<ManualClock>, ManualClock> {
    let clock = clock();
    Subject::new(MemoryCell::new(clock.clone()), clock, "run")
}

fn clock() -> ManualClock {
    ManualClock::new(UnixMillis(1_764_000_000_000))
}
