//! The `subscribe` function.

use llama_ws_functions::{Function, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::run(Function::Subscribe).await
}
