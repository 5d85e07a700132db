//! The `message` function.

#![recursion_limit = "256"] // as in the library

use llama_ws_functions::{Function, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::run(Function::Message).await
}
