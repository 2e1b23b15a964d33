//! What stands where a list will be, while it is on its way.

use leptos::prelude::*;

/// Lines that the list may have.
const LINES: usize = 6;

/// The shape of a list that is being fetched.
#[component]
pub fn Fetching(
    /// What is being fetched, told aloud.
    words: &'static str,
) -> impl IntoView {
    view! {
        <div class="card loading" role="status">
            <p class="note">{words}</p>
            {(0..LINES).map(|_| view! { <div class="skeleton"></div> }).collect_view()}
        </div>
    }
    .into_any()
}
