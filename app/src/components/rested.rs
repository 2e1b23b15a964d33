//! What may follow the inputs a little later, so that what must follow at once can.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;

/// Frames from one turn to the next: painting a part takes about as long as drawing it.
const FRAMES_PER_TURN: u32 = 3;

/// Parts of a page that take turns: one of them follows its signal after every third painted frame. While inputs move,
/// frames then have room for the chart on top, and all parts come to the newest value a third of a second later.
#[derive(Clone, Copy)]
pub(super) struct Turns {
    waiting: StoredValue<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// Brings a part to its newest value.
    parts: Vec<Arc<dyn Fn() + Send + Sync>>,
    /// Parts that are behind, the longest waiting first.
    queue: VecDeque<usize>,
    is_running: bool,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self { waiting: StoredValue::default() }
    }

    /// Follows `newest` when its turn comes; the last value always arrives.
    pub(super) fn follow<T: Clone + Send + Sync + 'static>(self, newest: Signal<T>) -> Signal<T> {
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
            self.run();
        }
    }

    /// Gives one part its turn after some painted frames, until none is behind.
    fn run(self) {
        let turn = move || {
            let next = self.waiting.try_update_value(|waiting| {
                let next = waiting.queue.pop_front();
                waiting.is_running = next.is_some();
                next.and_then(|part| waiting.parts.get(part).cloned())
            });
            if let Some(Some(catch_up)) = next {
                catch_up();
                self.run();
            }
        };
        after_frames(FRAMES_PER_TURN, turn);
    }
}

/// Runs `then` in a task of its own when so many frames are painted.
fn after_frames(frames: u32, then: impl FnOnce() + 'static) {
    request_animation_frame(move || match frames {
        0 | 1 => set_timeout(then, Duration::ZERO),
        _ => after_frames(frames - 1, then),
    });
}
