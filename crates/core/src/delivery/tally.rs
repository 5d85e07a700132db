//! A tally of what waits: how much, and how urgent.

use super::lane::Load;
use super::pace::Urgency;

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) loads: usize,
    pub(super) bytes: usize,
    urgent: usize,
    service: usize,
    pub(super) closes: usize,
}

impl Tally {
    pub(super) fn add(&mut self, load: &Load) {
        self.loads += 1;
        self.bytes += load.bytes();
        self.closes += usize::from(matches!(load, Load::Close));
        match load.urgency() {
            Urgency::Normal => {}
            Urgency::High => self.urgent += 1,
            Urgency::Service => self.service += 1,
        }
    }

    pub(super) fn remove(&mut self, load: &Load) {
        self.loads -= 1;
        self.bytes -= load.bytes();
        self.closes -= usize::from(matches!(load, Load::Close));
        match load.urgency() {
            Urgency::Normal => {}
            Urgency::High => self.urgent -= 1,
            Urgency::Service => self.service -= 1,
        }
    }

    /// That of the most urgent load.
    pub(super) fn urgency(&self) -> Urgency {
        if self.service > 0 {
            Urgency::Service
        } else if self.urgent > 0 {
            Urgency::High
        } else {
            Urgency::Normal
        }
    }
}
