//! No such page.

use leptos::prelude::*;
use leptos_meta::Title;

/// No such page; the answer's status is 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(server_fn::http_export::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text="Not found"/>
        <section class="message">
            <h1>"There is no page here"</h1>
            <p><a href="/">"Scenarios"</a></p>
        </section>
    }
}
