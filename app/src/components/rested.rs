//! What may follow the inputs a little later, so that what must follow at once can.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;

use crate::browser::{after_frame, now_ms};

/// Inputs move until the leading value has stayed the same for so long, milliseconds: longer than a drag stands still
/// where one or two of its moves change no input, and too short to be waited for.
const REST_MS: f64 = 120.0;
/// From one turn to the next while inputs move, milliseconds: a part takes about as long to draw as all that leads, and a
/// frame of a drag has no room for both.
const MOVING_MS: f64 = 550.0;
/// How soon it is looked again whether inputs rest.
const LOOK_AGAIN: Duration = Duration::from_millis(30);

/// Parts of a page that take turns behind a value that leads: one after the other once inputs rest, and one now and
/// then while they move. Frames then have room for what leads, and all parts come to the newest value soon after.
#[derive(Clone, Copy)]
pub(crate) struct Turns {
    waiting: StoredValue<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// Brings a part to its newest value.
    parts: Vec<Arc<dyn Fn() + Send + Sync>>,
    /// Parts that are behind, the longest waiting first.
    queue: VecDeque<usize>,
    is_running: bool,
    /// When the leading value last changed.
    moved_at_ms: f64,
    /// When a part last had its turn.
    turned_at_ms: f64,
}

impl Turns {
    /// Turns behind `leading`.
    pub(crate) fn behind<T: Send + Sync + 'static>(leading: Memo<T>) -> Self {
        let waiting = StoredValue::new(Waiting::default());
        let turns = Self { waiting };
        Effect::new(move |_| {
            leading.track();
            let is_due = waiting.try_update_value(|waiting| {
                waiting.moved_at_ms = now_ms();
                waiting.is_due()
            });
            // A part that takes its turn in a drag is painted with what leads, not in the frame of the next input.
            if is_due == Some(true) {
                set_timeout(move || turns.take_turn(), Duration::ZERO);
            }
        });
        turns
    }

    /// Follows `newest` when its turn comes; the last value always arrives.
    pub(crate) fn follow<T: Clone + Send + Sync + 'static>(self, newest: Signal<T>) -> Signal<T> {
        let shown = RwSignal::new(None::<T>);
        let catch_up = move || {
            if let Some(value) = newest.try_get_untracked() {
                let _ = shown.try_set(Some(value));
            }
        };
        let part = self.waiting.try_update_value(|waiting| {
            waiting.parts.push(Arc::new(catch_up));
            waiting.parts.len() - 1
        });
        Effect::new(move |begun: Option<()>| {
            newest.track();
            match part.filter(|_| begun.is_some()) {
                Some(part) => self.wait(part),
                None => catch_up(),
            }
        });
        // The first render, on the server and here, shows what is known then.
        Signal::derive(move || shown.get().unwrap_or_else(|| newest.get()))
    }

    fn wait(self, part: usize) {
        let must_start = self.waiting.try_update_value(|waiting| {
            if !waiting.queue.contains(&part) {
                waiting.queue.push_back(part);
            }
            !core::mem::replace(&mut waiting.is_running, true)
        });
        if must_start == Some(true) {
            after_frame(move || self.run());
        }
    }

    /// Gives parts their turns, one in each frame, once inputs rest and until none is behind.
    fn run(self) {
        let state = self.waiting.try_update_value(|waiting| {
            waiting.is_running = !waiting.queue.is_empty();
            (waiting.is_running, waiting.is_at_rest())
        });
        match state {
            Some((true, true)) => {
                self.take_turn();
                after_frame(move || self.run());
            }
            Some((true, false)) => set_timeout(move || self.run(), LOOK_AGAIN),
            Some((false, _)) | None => {}
        }
    }

    /// Brings the part that waits longest to its newest value, if one is behind.
    fn take_turn(self) {
        if let Some(Some(catch_up)) = self.waiting.try_update_value(Waiting::next) {
            catch_up();
        }
    }
}

impl Waiting {
    fn is_at_rest(&self) -> bool {
        now_ms() - self.moved_at_ms >= REST_MS
    }

    /// Whether a part may have its turn although inputs move.
    fn is_due(&self) -> bool {
        !self.queue.is_empty() && now_ms() - self.turned_at_ms >= MOVING_MS
    }

    fn next(&mut self) -> Option<Arc<dyn Fn() + Send + Sync>> {
        let next = self.queue.pop_front()?;
        self.turned_at_ms = now_ms();
        self.parts.get(next).cloned()
    }
}
