//! The way from a figure to the page that says how it is computed.

use leptos::prelude::*;

/// A small question mark beside what it explains.
#[component]
pub fn Explain(
    /// Name of the page under `/figures`.
    page: &'static str,
    /// What it explains, inside the sentence "How … is computed".
    of: String,
) -> impl IntoView {
    view! { <a class="explain" href=address(page) aria-label=format!("How {of} is computed")>"?"</a> }.into_any()
}

/// The address of the page that explains a figure.
pub fn address(page: &str) -> String {
    format!("/figures/{page}")
}
