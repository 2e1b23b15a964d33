//! Whether an element is in view.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry};

/// Tells whether an element is in view, until this is dropped.
#[derive(Debug)]
pub(crate) struct VisibilityWatch {
    observer: IntersectionObserver,
    _on_change: Closure<dyn FnMut(Array)>,
}

impl VisibilityWatch {
    /// Tells `on_change` whether any part of `element` is in view, now and at every change; `None` where this browser
    /// cannot say.
    pub(crate) fn of(element: &Element, on_change: impl Fn(bool) + 'static) -> Option<Self> {
        let on_change = Closure::new(move |entries: Array| {
            // Of several changes since the last call the newest is the last.
            if let Ok(entry) = entries.at(-1).dyn_into::<IntersectionObserverEntry>() {
                on_change(entry.is_intersecting());
            }
        });
        let observer = IntersectionObserver::new(on_change.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self { observer, _on_change: on_change })
    }
}

impl Drop for VisibilityWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
