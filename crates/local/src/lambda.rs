//! A local Lambda: the deployed binaries as child processes, invoked over the Runtime API.
//! Source: "Using the Lambda runtime API" (2018-06-01) and "Understanding the Lambda execution
//! environment lifecycle", AWS Lambda developer guide.
//!
//! ```text
//! let bound = lambda::Bound::bind().await?;          // its address goes into the variables
//! let variables = [("AWS_ENDPOINT_URL_LAMBDA", bound.endpoint())];
//! let processes = bound.start(lambda::Settings::new(folder, variables));
//! let answer = processes.invoke(Function::Connect, payload).await?;
//! processes.stop().await;
//! ```

mod child;
mod environment;
mod invoke_api;
mod job;
mod link;
mod pool;
mod processes;
mod runtime_api;
mod settings;

pub use processes::{Bound, Processes};
pub use settings::Settings;

#[cfg(test)]
mod tests;
