//! Event types that this crate does not know: their `data` passes byte for byte.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Data, Subject};

/// An event of another type.
#[derive(Debug, Clone)]
pub struct Other {
    /// The type: 1–64 of letters, digits, `_`, `.`, `-`.
    pub event_type: String,
    /// A JSON object.
    pub data: Box<RawValue>,
}

impl Other {
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            kind: &self.event_type,
            record: self.event_type.clone(),
            ..Subject::default()
        }
    }
}

impl Serialize for Other {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.data.serialize(serializer)
    }
}

impl From<Other> for Data {
    fn from(other: Other) -> Self {
        Self::Other(other)
    }
}
