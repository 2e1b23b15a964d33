//! An instant: UTC in the first render, the reader's own time once there is a browser to ask.

use leptos::prelude::*;

use crate::browser;
use crate::format;

/// An instant, RFC 3339 UTC.
#[component]
pub fn Instant(
    /// RFC 3339 UTC.
    at: String,
) -> impl IntoView {
    let words = RwSignal::new(format::instant_utc(&at));
    let instant = at.clone();
    Effect::new(move |_| {
        if let Some(local) = browser::local_time(&instant) {
            words.set(local);
        }
    });
    view! { <time datetime=at.clone() title=format::instant_utc(&at)>{words}</time> }.into_any()
}
