//! `governance`: a protocol's proposal and where it stands.

use serde::Serialize;

use super::{Data, Extra, Subject, present};

/// A proposal was made, voted on or carried out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Governance {
    /// The proposal.
    pub proposal_id: String,
    /// The protocol it would change.
    pub protocol: String,
    /// What it asks for.
    pub title: String,
    /// Where it stands: `active`, `passed`, `rejected`, `executed`.
    pub status: String,
    /// Further fields.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Governance {
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            kind: "governance",
            record: format!("governance#{}", self.proposal_id),
            protocol: present(&self.protocol),
            ..Subject::default()
        }
    }
}

impl From<Governance> for Data {
    fn from(governance: Governance) -> Self {
        Self::Governance(governance)
    }
}
