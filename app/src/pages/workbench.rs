//! The page Scenarios.

use leptos::prelude::*;
use leptos_meta::Title;

/// The page Scenarios.
#[component]
pub fn WorkbenchPage() -> impl IntoView {
    view! {
        <Title text="Scenarios"/>
        <h1>"Scenarios"</h1>
    }
}
