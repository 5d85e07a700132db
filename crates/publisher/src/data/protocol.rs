//! `protocol_update`: something about a protocol other than its numbers.

use serde::Serialize;
use serde_json::Value;

use super::{Data, Extra, Subject, present};

/// A protocol's description changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProtocolUpdate {
    /// The protocol, as its channel spells it.
    pub protocol_id: String,
    /// Its name; the id again when unknown.
    pub protocol_name: String,
    /// What sort of change it is.
    pub update_type: UpdateType,
    /// Field by field.
    pub changes: Vec<FieldChange>,
    /// Further fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What sort of change a protocol saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateType {
    /// Name, logo, links and the like.
    Metadata,
    /// It is listed in another category.
    Category,
    /// It now runs on one more chain.
    ChainAdded,
    /// It left a chain.
    ChainRemoved,
    /// It was paused, hacked, closed or revived.
    Status,
}

/// One field before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// The field's name.
    pub field: String,
    /// What it held; `null` when it was not there.
    pub previous_value: Value,
    /// What it holds; `null` when it is gone.
    pub current_value: Value,
}

impl ProtocolUpdate {
    /// An update of `protocol_id` without any field yet, named by its id.
    #[must_use]
    pub fn new(protocol_id: impl Into<String>, update_type: UpdateType) -> Self {
        let protocol_id = protocol_id.into();
        Self {
            protocol_name: protocol_id.clone(),
            protocol_id,
            update_type,
            changes: Vec::new(),
            extra: Extra::new(),
        }
    }

    /// With its name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.protocol_name = name.into();
        self
    }

    /// And `field` went from `previous` to `current`.
    #[must_use]
    pub fn change(
        mut self,
        field: impl Into<String>,
        previous: impl Into<Value>,
        current: impl Into<Value>,
    ) -> Self {
        self.changes.push(FieldChange {
            field: field.into(),
            previous_value: previous.into(),
            current_value: current.into(),
        });
        self
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            kind: "protocol",
            record: format!("protocol#{}", self.protocol_id),
            protocol: present(&self.protocol_id),
            ..Subject::default()
        }
    }
}

impl From<ProtocolUpdate> for Data {
    fn from(update: ProtocolUpdate) -> Self {
        Self::ProtocolUpdate(update)
    }
}
