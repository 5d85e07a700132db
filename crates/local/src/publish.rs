//! Events to publish by hand: read from text, or made of a few options.

mod compose;
mod input;

pub use compose::{Draft, DraftData, DraftFields};
pub use input::{InputError, parse};
