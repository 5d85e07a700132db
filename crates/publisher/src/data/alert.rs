//! `alert`: something a person wants to be told about.

use serde::Serialize;

use super::{Data, Extra, Subject};

/// A rule that someone set up has fired.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// The alert.
    pub alert_id: String,
    /// The rule that fired: `price_threshold`, for example.
    #[serde(rename = "type")]
    pub rule: String,
    /// What to tell the person.
    pub message: String,
    /// How urgent it is.
    pub severity: Severity,
    /// Further fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// How urgent an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Low,
    /// Worth a look today.
    Medium,
    /// Worth a look now.
    High,
    /// Money is at stake.
    Critical,
}

impl Alert {
    /// An alert of medium severity.
    #[must_use]
    pub fn new(
        alert_id: impl Into<String>,
        rule: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            alert_id: alert_id.into(),
            rule: rule.into(),
            message: message.into(),
            severity: Severity::Medium,
            extra: Extra::new(),
        }
    }

    /// As urgent as `severity`.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            kind: "alert",
            record: format!("alert#{}", self.alert_id),
            ..Subject::default()
        }
    }
}

impl From<Alert> for Data {
    fn from(alert: Alert) -> Self {
        Self::Alert(alert)
    }
}
