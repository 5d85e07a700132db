//! Reading the vectors.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a decoder must answer.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Expected {
    Expect(Value),
    Error(Value),
}

pub(crate) fn read<T: DeserializeOwned>(file: &str) -> T {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/wire");
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Runs `check` on every row and reports all that failed, by name.
pub(crate) fn check_all<T>(
    file: &str,
    name: impl Fn(&T) -> &str,
    check: impl Fn(&T) -> Result<(), String>,
) where
    T: DeserializeOwned,
{
    let rows: Vec<T> = read(file);
    let names: BTreeSet<_> = rows.iter().map(&name).collect();
    assert_eq!(names.len(), rows.len(), "{file}: a name stands twice");

    let failures: Vec<_> = rows
        .iter()
        .filter_map(|row| check(row).err().map(|why| format!("{}: {why}", name(row))))
        .collect();
    assert!(failures.is_empty(), "{file}:\n{}", failures.join("\n"));
}

/// `Ok` if both are the same.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(actual: &T, expected: &T) -> Result<(), String> {
    if actual == expected {
        return Ok(());
    }
    Err(format!("\n  is       {actual:?}\n  expected {expected:?}"))
}
