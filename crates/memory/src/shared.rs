//! State that several handles share, and the switch by which a test takes it away.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use llama_ws_core::ports::Unavailable;

/// One state behind one mutex. The guard is never held across an await.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    store: &'static str,
    state: Arc<Mutex<T>>,
    failing: Arc<AtomicBool>,
}

impl<T> Shared<T> {
    /// The state of the store that faults will name.
    pub(crate) fn new(store: &'static str, state: T) -> Self {
        Self {
            store,
            state: Arc::new(Mutex::new(state)),
            failing: Arc::default(),
        }
    }

    /// The state, unless the store is to fail.
    pub(crate) fn open(&self) -> Result<MutexGuard<'_, T>, Unavailable> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(Unavailable {
                store: self.store,
                reason: "switched off".to_owned(),
            });
        }
        Ok(self.set_up())
    }

    /// The state whether or not the store is to fail: for what stands outside the ports.
    pub(crate) fn set_up(&self) -> MutexGuard<'_, T> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every call answers [`Unavailable`] while this is on.
    pub(crate) fn fail(&self, on: bool) {
        self.failing.store(on, Ordering::SeqCst);
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self {
            store: self.store,
            state: Arc::clone(&self.state),
            failing: Arc::clone(&self.failing),
        }
    }
}
