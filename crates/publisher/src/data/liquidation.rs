//! `liquidation`: a loan whose collateral was sold.

use serde::Serialize;

use super::{Data, Extra, Subject, present};
use crate::number::finite;

/// A position was liquidated.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Liquidation {
    /// The liquidation.
    pub liquidation_id: String,
    /// The protocol that lent.
    pub protocol: String,
    /// US dollars liquidated.
    #[serde(serialize_with = "finite")]
    pub amount: f64,
    /// The asset that was sold.
    pub collateral: String,
    /// The asset that was owed.
    pub debt: String,
    /// Further fields.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Liquidation {
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            kind: "liquidation",
            record: format!("liquidation#{}", self.liquidation_id),
            protocol: present(&self.protocol),
            ..Subject::default()
        }
    }
}

impl From<Liquidation> for Data {
    fn from(liquidation: Liquidation) -> Self {
        Self::Liquidation(liquidation)
    }
}
