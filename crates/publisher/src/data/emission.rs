//! `emission`: new tokens that a protocol gives out.

use serde::Serialize;

use super::{Data, Extra, Subject, present};
use crate::number::finite;

/// A protocol's emission of a token changed or was measured anew.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Emission {
    /// The token given out.
    pub token_id: String,
    /// The protocol that gives it out.
    pub protocol: String,
    /// Tokens a day.
    #[serde(serialize_with = "finite")]
    pub emission_rate: f64,
    /// Tokens given out so far.
    #[serde(serialize_with = "finite")]
    pub total_emissions: f64,
    /// Further fields.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Emission {
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            kind: "emission",
            record: format!("emission#{}", self.token_id),
            protocol: present(&self.protocol),
            token: present(&self.token_id),
            ..Subject::default()
        }
    }
}

impl From<Emission> for Data {
    fn from(emission: Emission) -> Self {
        Self::Emission(emission)
    }
}
