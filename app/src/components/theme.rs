//! Light or dark: the system's choice until the reader makes one, which is remembered.

use leptos::prelude::*;

use crate::browser;

/// The button that switches between light and dark. What it shows is decided by the style sheet, so that the first
/// render needs to know nothing of the browser.
#[component]
pub fn ThemeToggle() -> impl IntoView {
    view! {
        <button type="button" class="ghost icon needs-script" aria-label="Switch between light and dark" on:click=|_| browser::switch_theme()>
            <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
                <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"/>
                <path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" fill="currentColor"/>
            </svg>
        </button>
    }
}
