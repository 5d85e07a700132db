//! `llama-ws`: placeholder entry point, replaced by the command line.
fn main() {}
