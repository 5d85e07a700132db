//! One line per frame, for a person at a terminal.

use std::fmt::Write;

use llama_ws_core::UnixMillis;
use serde_json::{Map, Value};

use super::frame::EventFrame;

/// Most characters of a frame's content.
const MAX_CONTENT_CHARS: usize = 100;

/// The head of the columns that [`event`] fills.
pub(super) const HEAD: &str =
    "TIME (UTC)        SENT  HAPPENED  TYPE              CHANNEL                 DATA";

/// An event: when it came, how long ago the server sent it and how long ago it happened, its type,
/// its channel (and how many more it matched), and the gist of its data.
pub(super) fn event(now: UnixMillis, event: &EventFrame<'_>) -> String {
    let mut channel = event.channel.clone().unwrap_or_default();
    if let more @ 1.. = event.channels.len().saturating_sub(1) {
        let _ = write!(channel, " +{more}");
    }
    let mut content = event.data.map_or_else(String::new, |data| gist(data.get()));
    if event.replay || event.snapshot {
        let kind = if event.replay { "replay" } else { "snapshot" };
        content.insert_str(0, &format!("({kind}) "));
    }
    let columns = Columns {
        sent: since(now, event.metadata.sent_at),
        happened: since(now, event.timestamp),
        kind: &event.kind,
        channel: &channel,
        content: &content,
    };
    columns.line(now)
}

/// Any other frame: when it came, its type, what it says.
pub(super) fn other(now: UnixMillis, kind: &str, content: &str) -> String {
    let (sent, happened) = (String::new(), String::new());
    Columns {
        sent,
        happened,
        kind,
        channel: "",
        content,
    }
    .line(now)
}

struct Columns<'a> {
    sent: String,
    happened: String,
    kind: &'a str,
    channel: &'a str,
    content: &'a str,
}

impl Columns<'_> {
    fn line(&self, now: UnixMillis) -> String {
        let (kind, channel) = (printable(self.kind), printable(self.channel));
        let content = shortened(&printable(self.content));
        let (sent, happened) = (&self.sent, &self.happened);
        let line = format!(
            "{}  {sent:>8}  {happened:>8}  {kind:<16}  {channel:<22}  {content}",
            time_of_day(now)
        );
        line.trim_end().to_owned()
    }
}

/// `HH:MM:SS.mmm` in UTC.
fn time_of_day(now: UnixMillis) -> String {
    let (seconds, millis) = (now.0 / 1_000, now.0 % 1_000);
    let (hours, minutes, seconds) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{millis:03}")
}

/// Milliseconds from `then` to `now`; below zero when the clocks disagree.
fn since(now: UnixMillis, then: Option<u64>) -> String {
    then.map_or_else(
        || "-".to_owned(),
        |then| format!("{} ms", i128::from(now.0) - i128::from(then)),
    )
}

/// What a person wants to know of `data`: who, how much, how far, where, and in words; all of it if
/// it holds none of these.
fn gist(data: &str) -> String {
    let Ok(data) = serde_json::from_str::<Map<String, Value>>(data) else {
        return data.to_owned();
    };
    let text = |names: &[&str]| {
        let texts = names.iter().filter_map(|name| data.get(*name)?.as_str());
        texts
            .into_iter()
            .find(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let number = |names: &[&str]| names.iter().find_map(|name| data.get(*name)?.as_f64());
    let value = number(&[
        "value",
        "currentPrice",
        "price",
        "currentTvl",
        "tvl",
        "amount",
    ]);
    let parts = [
        text(&["tokenId", "token", "coin", "protocolId", "protocol"]),
        value.map(|value| value.to_string()),
        number(&["changePercent"]).map(|percent| format!("{percent:+.2} %")),
        text(&["chain"]).map(|chain| format!("on {chain}")),
        text(&["message", "title", "updateType"]),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        Value::Object(data).to_string()
    } else {
        parts.join(" ")
    }
}

/// Without anything that a terminal could take for a command.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect()
}

fn shortened(text: &str) -> String {
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(MAX_CONTENT_CHARS).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
