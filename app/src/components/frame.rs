//! What surrounds every page.

use leptos::prelude::*;
use leptos_router::components::A;

use super::{Help, TermLink, ThemeToggle};

/// Brand, pages, theme. A page's own actions go into the element `#page-actions` of its header row.
#[component]
pub fn Header() -> impl IntoView {
    view! {
        <header class="top">
            <a class="brand" href="/">
                <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
                    <path class="brand-line" d="M2 18C6 18 7 4 10 4s3 11 6 11 3-3 4-3" fill="none" stroke-width="2.2" stroke-linecap="round"/>
                </svg>
                <span>"Foliocast"</span>
            </a>
            <nav aria-label="Main">
                <A href="/" exact=true>"Scenarios"</A>
                <A href="/funds">"Funds"</A>
                <A href="/runs">"Runs"</A>
                <A href="/account">"Account"</A>
            </nav>
            <div class="spacer"></div>
            <Help/>
            <ThemeToggle/>
        </header>
    }
}

/// Model, version, and what the figures are.
#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer class="bottom">
            <p>
                "Multiples of invested capital (" <TermLink name="MOIC"/> ") before fees and carry. Scenarios of a model, not a forecast or advice. "
                <a class="link" href="/figures">"How the figures are computed"</a> " · "
                <a class="link" href="/embed">"In your own pages"</a> " · "
                <a class="link" href="/api/docs" rel="external">"API"</a>
            </p>
            <p>
                {format!(
                    "Foliocast {} · model {} · kernel {}",
                    env!("CARGO_PKG_VERSION"),
                    foliocast_core::scenario::MODEL_VERSION,
                    foliocast_core::scenario::KERNEL_VERSION,
                )}
            </p>
        </footer>
    }
}
