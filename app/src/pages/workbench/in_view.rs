//! Work that a card asks for only while it is looked at and inputs rest.

use std::sync::Arc;
use std::time::Duration;

use leptos::html::Div;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use send_wrapper::SendWrapper;

use crate::browser::{VisibilityWatch, is_slider_held};

/// Whether the element is in view. Only in a browser it ever is.
pub(super) fn follow_view(place: NodeRef<Div>) -> RwSignal<bool> {
    let is_in_view = RwSignal::new(false);
    let watch = StoredValue::new(None::<SendWrapper<VisibilityWatch>>);
    Effect::new(move |_| {
        let Some(card) = place.get() else { return };
        let on_change = move |is_visible| {
            // The page may be gone meanwhile.
            let _ = is_in_view.try_set(is_visible);
        };
        match VisibilityWatch::of(&card, on_change) {
            Some(new) => watch.set_value(Some(SendWrapper::new(new))),
            // Where nobody can say, the card is taken to be seen.
            None => is_in_view.set(true),
        }
    });
    is_in_view
}

/// Calls `begin` with the newest subject once inputs rest for so long, unless it `is_known`; calls `end` at every change.
pub(super) fn at_rest<T: Clone + PartialEq + Send + Sync + 'static>(
    subject: Memo<Option<T>>,
    rest: Duration,
    is_known: impl Fn(&T) -> bool + 'static,
    end: impl Fn() + 'static,
    begin: impl Fn(T) + Send + Sync + 'static,
) {
    let begin: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
        if let Some(Some(subject)) = subject.try_get_untracked() {
            begin(subject);
        }
    });
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        let _ = timer.try_update_value(|timer| {
            if let Some(timer) = timer.take() {
                timer.clear();
            }
        });
    };
    Effect::new(move |_| {
        stop();
        end();
        if subject.with(|subject| subject.as_ref().is_some_and(|subject| !is_known(subject))) {
            begin_after(rest, timer, begin.clone());
        }
    });
    on_cleanup(stop);
}

/// Begins after a rest; a slider that is still held is no rest.
fn begin_after(rest: Duration, timer: StoredValue<Option<TimeoutHandle>>, begin: Arc<dyn Fn() + Send + Sync>) {
    let wake = move || if is_slider_held() { begin_after(rest, timer, begin) } else { begin() };
    // A browser that has no timers has no pages that come alive.
    if let Ok(handle) = set_timeout_with_handle(wake, rest) {
        let _ = timer.try_set_value(Some(handle));
    }
}
