//! Records as a table for people.

use crate::gateway::iso8601;
use crate::keys::KeyView;

const HEAD: [&str; 6] = [
    "KEY ID",
    "USER",
    "STATUS",
    "EXPIRES",
    "CONNECTIONS",
    "PERMISSIONS",
];

/// One line for the heads and one for each record, in columns.
pub(super) fn table(records: &[KeyView]) -> Vec<String> {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(records.iter().map(row));
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &[String; 6]| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn row(key: &KeyView) -> [String; 6] {
    let dash = || "-".to_owned();
    [
        key.key_id.as_deref().map_or_else(dash, plain),
        plain(&key.user_id),
        plain(&key.status),
        key.expires_at.map_or_else(dash, iso8601),
        key.limits
            .connections
            .map_or_else(dash, |count| count.to_string()),
        plain(&key.permissions.join(" ")),
    ]
}

/// What a terminal would take for a command is shown instead.
fn plain(text: &str) -> String {
    text.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use llama_ws_core::{KeyLimits, UnixMillis};

    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let record = |user: &str, expires_at| KeyView {
            key_id: Some("key_1".to_owned()),
            user_id: user.to_owned(),
            permissions: vec!["stats".to_owned(), "*".to_owned()],
            status: "active".to_owned(),
            limits: KeyLimits::default(),
            created_at: None,
            expires_at,
        };

        let shown = table(&[
            record("alice", Some(UnixMillis(1_764_000_000_000))),
            record("\u{1b}[2J", None),
        ]);

        assert_eq!(
            shown,
            [
                "KEY ID  USER       STATUS  EXPIRES                   CONNECTIONS  PERMISSIONS",
                "key_1   alice      active  2025-11-24T16:00:00.000Z  -            stats *",
                "key_1   \\u{1b}[2J  active  -                         -            stats *",
            ]
        );
    }
}
