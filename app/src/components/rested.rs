//! What may follow the inputs a little later, so that what must follow at once can.

use std::time::Duration;

use leptos::prelude::*;

/// Shortest time between two looks at a signal that keeps changing: numbers that change faster cannot be read.
const PACE: Duration = Duration::from_millis(120);

/// Follows `newest`, but only after a frame was painted, at most every 120 ms, and in a task of its own. The last value
/// always arrives.
pub(super) fn rested<T: Clone + Send + Sync + 'static>(newest: Signal<T>) -> Signal<T> {
    let shown = RwSignal::new(None::<T>);
    let is_waiting = StoredValue::new(false);
    let show = move || {
        let _ = is_waiting.try_set_value(false);
        if let Some(value) = newest.try_get_untracked() {
            let _ = shown.try_set(Some(value));
        }
    };
    Effect::new(move |begun: Option<bool>| {
        newest.track();
        if begun.is_none() {
            shown.set(Some(newest.get_untracked()));
        } else if !is_waiting.get_value() {
            is_waiting.set_value(true);
            let after_paint = move || set_timeout(show, Duration::ZERO);
            set_timeout(move || request_animation_frame(after_paint), PACE);
        }
        true
    });
    // The first render, on the server and here, shows what is known then.
    Signal::derive(move || shown.get().unwrap_or_else(|| newest.get()))
}
