//! What a listener prints, and where.

use std::io::{self, Write};

use llama_ws_core::UnixMillis;

use super::frame::EventFrame;
use super::line;

/// How frames are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A line per frame, in columns.
    Columns,
    /// Frames as they come, one a line.
    Raw,
}

/// Frames go to `out`; what the listener itself has to say goes to `notices`.
#[derive(Debug)]
pub(super) struct Screen<O, N> {
    pub(super) format: Format,
    pub(super) out: O,
    pub(super) notices: N,
    /// Whether the columns have their names yet.
    pub(super) headed: bool,
}

impl<O: Write, N: Write> Screen<O, N> {
    /// A frame as it came, if frames are printed like that.
    pub(super) fn raw(&mut self, text: &str) -> io::Result<()> {
        match self.format {
            Format::Columns => Ok(()),
            // In JSON a line break can only stand between tokens: a space does as well there.
            Format::Raw => self.line(&text.replace(['\n', '\r'], " ")),
        }
    }

    /// An event, if frames are printed in columns.
    pub(super) fn event(&mut self, now: UnixMillis, event: &EventFrame<'_>) -> io::Result<()> {
        match self.format {
            Format::Columns => self.columns(&line::event(now, event)),
            Format::Raw => Ok(()),
        }
    }

    /// Another frame, if frames are printed in columns.
    pub(super) fn other(&mut self, now: UnixMillis, kind: &str, content: &str) -> io::Result<()> {
        match self.format {
            Format::Columns => self.columns(&line::other(now, kind, content)),
            Format::Raw => Ok(()),
        }
    }

    /// A word about the connection.
    pub(super) fn notice(&mut self, text: &str) {
        // Without a place for notices the listener goes on without them.
        let _ = writeln!(self.notices, "llama-ws: {}", line::printable(text));
    }

    fn columns(&mut self, line: &str) -> io::Result<()> {
        if !self.headed {
            self.headed = true;
            self.line(line::HEAD)?;
        }
        self.line(line)
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        self.out.write_all(line.as_bytes())?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}
