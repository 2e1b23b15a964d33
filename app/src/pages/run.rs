//! The page Run.

use leptos::prelude::*;
use leptos_meta::Title;

/// The page Run.
#[component]
pub fn RunPage() -> impl IntoView {
    view! {
        <Title text="Run"/>
        <h1>"Run"</h1>
    }
}
