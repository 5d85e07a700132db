//! One cell in memory: what Redis is to the service.
//! Every port call is one step over one state, as a script is one step in Redis; the state's
//! concerns are a file each and know neither futures nor the mutex.

mod allowance;
mod changes;
mod directory;
mod events;
mod leases;
mod limits;
mod options;
mod ports;
mod slots;
mod state;
mod waits;

use llama_ws_core::UnixMillis;
use llama_ws_core::ports::{Clock, Health, Unavailable};
use tokio::sync::watch;

pub use options::CellOptions;

use crate::shared::Shared;
use state::State;

/// A clonable handle to one cell. Its clock is what Redis TIME is to the scripts.
#[derive(Debug, Clone)]
pub struct MemoryCell<C> {
    clock: C,
    shared: Shared<State>,
    /// Told whenever a log has grown, and whenever faults are switched.
    stirred: watch::Sender<()>,
}

/// What a cell held at a moment.
#[derive(Debug)]
pub struct Snapshot(State);

impl<C: Clock> MemoryCell<C> {
    /// An empty cell with the bounds of the contract.
    #[must_use]
    pub fn new(clock: C) -> Self {
        Self::with_options(clock, CellOptions::default())
    }

    /// An empty cell with bounds of its own.
    #[must_use]
    pub fn with_options(clock: C, options: CellOptions) -> Self {
        Self {
            clock,
            shared: Shared::new(Self::NAME, State::new(options)),
            stirred: watch::Sender::new(()),
        }
    }

    /// Every call answers [`Unavailable`] while this is on, those that wait included.
    pub fn fail(&self, on: bool) {
        self.shared.fail(on);
        self.stirred.send_replace(());
    }

    /// Forgets everything, as Redis does that restarts empty.
    ///
    /// # Errors
    /// [`Unavailable`] while the cell is made to fail.
    pub fn lose_everything(&self) -> Result<(), Unavailable> {
        self.step(|state, _| state.lose())
    }

    /// What it holds now.
    ///
    /// # Errors
    /// [`Unavailable`] while the cell is made to fail.
    pub fn save(&self) -> Result<Snapshot, Unavailable> {
        self.step(|state, _| Snapshot(state.clone()))
    }

    /// Forgets what came after, as Redis does that a replica replaces, or that restarts from what
    /// it saved.
    ///
    /// # Errors
    /// [`Unavailable`] while the cell is made to fail.
    pub fn fail_over(&self, to: &Snapshot) -> Result<(), Unavailable> {
        self.step(|state, _| state.fail_over(&to.0))
    }

    /// One step over the state, at one moment. Whoever waits for the logs is woken if they grew.
    fn step<T>(&self, step: impl FnOnce(&mut State, UnixMillis) -> T) -> Result<T, Unavailable> {
        let mut state = self.shared.open()?;
        let now = self.clock.now();
        state.sweep(now);
        let end = state.end();
        let answer = step(&mut state, now);
        if state.end() != end {
            self.stirred.send_replace(());
        }
        Ok(answer)
    }
}
