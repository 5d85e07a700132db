//! What a Rust Event Processor links: typed events.
