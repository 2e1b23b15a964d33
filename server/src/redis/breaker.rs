//! A breaker: after some failures in a row nothing is asked, until a probe says that asking is worth while again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Failures in a row after which it opens.
pub const FAILURES_TO_OPEN: u32 = 3;

/// Closed while things go well. It knows no time: when to probe is its owner's to say.
#[derive(Debug, Default)]
pub struct Breaker {
    /// As `state` has it, to be read without the lock on every command.
    is_open: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures_in_a_row: u32,
    /// Why it is open.
    trouble: Option<String>,
}

impl Breaker {
    /// Whether asking is no use at present.
    pub fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    /// Why it is open; `None` while it is closed.
    pub fn trouble(&self) -> Option<String> {
        self.state().trouble.clone()
    }

    /// Notes that something went well. What was asked before it opened and is answered late does not close it.
    pub fn succeeded(&self) {
        self.state().failures_in_a_row = 0;
    }

    /// Notes a failure; whether this one opened it.
    pub fn failed(&self, reason: &str) -> bool {
        let mut state = self.state();
        state.failures_in_a_row += 1;
        if state.trouble.is_some() || state.failures_in_a_row < FAILURES_TO_OPEN {
            return false;
        }
        self.set_open(&mut state, reason);
        true
    }

    /// Opens it at once; whether it was closed.
    pub fn open(&self, reason: &str) -> bool {
        let mut state = self.state();
        let was_closed = state.trouble.is_none();
        // The latest reason is the one that helps whoever looks into it.
        self.set_open(&mut state, reason);
        was_closed
    }

    /// Closes it, with nothing counted; whether it was open.
    pub fn close(&self) -> bool {
        let mut state = self.state();
        state.failures_in_a_row = 0;
        self.is_open.store(false, Ordering::Release);
        state.trouble.take().is_some()
    }

    fn set_open(&self, state: &mut State, reason: &str) {
        state.trouble = Some(reason.to_owned());
        self.is_open.store(true, Ordering::Release);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
