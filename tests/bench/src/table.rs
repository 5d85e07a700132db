//! The table, for people and for programs.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::row::{Goal, Row};

const HEADINGS: [&str; 7] = ["row", "ours", "baseline", "", "ratio", "goal", "met?"];

/// Prints the head of a Markdown table.
pub(crate) fn print_head(out: &mut impl Write) -> io::Result<()> {
    line(out, HEADINGS.map(str::to_owned))?;
    line(out, HEADINGS.map(|_| "---".to_owned()))
}

/// Prints rows of it.
pub(crate) fn print(rows: &[Row], out: &mut impl Write) -> io::Result<()> {
    for row in rows {
        let (baseline, what, ratio) = match &row.baseline {
            Some(baseline) => (
                format!("{} {}", number(baseline.figure), row.unit),
                baseline.what.to_owned(),
                times(baseline.ratio),
            ),
            None => ("–".to_owned(), String::new(), "–".to_owned()),
        };
        line(
            out,
            [
                row.name.clone(),
                format!("{} {}", number(row.ours), row.unit),
                baseline,
                what,
                ratio,
                goal(row),
                if row.is_met() { "yes" } else { "NO" }.to_owned(),
            ],
        )?;
    }
    Ok(())
}

/// All rows as JSON.
pub(crate) fn json(rows: &[Row]) -> String {
    let rows: Vec<Value> = rows.iter().map(row_json).collect();
    Value::from(rows).to_string()
}

fn row_json(row: &Row) -> Value {
    let baseline = row.baseline.as_ref();
    json!({
        "row": row.name,
        "unit": row.unit,
        "ours": row.ours,
        "baseline": baseline.map(|baseline| baseline.figure),
        "baselineIs": baseline.map(|baseline| baseline.what),
        "ratio": baseline.map(|baseline| baseline.ratio),
        "goal": goal(row),
        "met": row.is_met(),
    })
}

fn line(out: &mut impl Write, cells: [String; 7]) -> io::Result<()> {
    writeln!(out, "| {} |", cells.join(" | "))
}

fn goal(row: &Row) -> String {
    match row.goal {
        Goal::AtMost(most) => format!("≤ {} {}", number(most), row.unit),
        Goal::Times(most) => format!("≤ {most}×"),
        Goal::TimesLess(least) => format!("≤ 1/{least}"),
    }
}

fn times(ratio: f64) -> String {
    if ratio >= 0.1 {
        format!("{ratio:.2}×")
    } else {
        format!("1/{:.0}", 1.0 / ratio)
    }
}

/// Three digits that matter.
fn number(figure: f64) -> String {
    match figure {
        small if small < 10.0 => format!("{small:.2}"),
        middle if middle < 100.0 => format!("{middle:.1}"),
        large => format!("{large:.0}"),
    }
}
