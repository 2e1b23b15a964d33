//! The page Runs.

use leptos::prelude::*;
use leptos_meta::Title;

/// The page Runs.
#[component]
pub fn RunsPage() -> impl IntoView {
    view! {
        <Title text="Runs"/>
        <h1>"Runs"</h1>
    }
}
