//! Pages that the server writes whole and that stay up to date while they are looked at: what operators watch.

use std::time::Duration;

use leptos::html::Div;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};

use super::ProblemMessage;
use crate::browser;
use crate::server_functions::{Article, fetch_article};

/// What the cache does, over time, and forms to steer it.
#[component]
pub fn CachePage() -> impl IntoView {
    live_page("cache", "cache-tools", Duration::from_secs(5))
}

/// What is being made, and was.
#[component]
pub fn JobsPage() -> impl IntoView {
    live_page("jobs", "job-notice", Duration::from_secs(2))
}

/// One of them.
#[component]
pub fn JobPage() -> impl IntoView {
    live_page("job", "job-notice", Duration::from_secs(2))
}

/// The page of an article of this `kind`, which is fetched anew that often, below one that is not.
fn live_page(kind: &'static str, still: &'static str, every: Duration) -> AnyView {
    let (params, location) = (use_params_map(), use_location());
    // What the address names: the last part of its path where that is a parameter, else its query.
    let name = Memo::new(move |_| {
        let id = params.with(|params| params.get("id"));
        id.unwrap_or_else(|| location.search.get().trim_start_matches('?').to_owned())
    });
    // Anew with the address: what came of a form is told on the page that it was sent from alone.
    let above = Resource::new_blocking(move || name.get(), move |_| fetch_article(still.to_owned(), String::new()));
    let answer = Resource::new_blocking(move || name.get(), move |name| fetch_article(kind.to_owned(), name));
    let body = NodeRef::<Div>::new();
    let (trouble, is_paused) = (RwSignal::new(None::<String>), RwSignal::new(false));
    // One question at a time: a server that is slow is not asked more often.
    let is_asking = StoredValue::new(false);
    Effect::new(move |_| {
        let fetch = move || {
            let Some(wanted) = name.try_get_untracked() else { return };
            let is_awaited = is_asking.try_get_value() != Some(false);
            if is_awaited || is_paused.try_get_untracked() != Some(false) || document().hidden() {
                return;
            }
            is_asking.set_value(true);
            leptos::task::spawn_local(async move {
                let fetched = fetch_article(kind.to_owned(), wanted.clone()).await;
                // Whoever went on to another page or address, or wants the figures to stand still, has no use for it.
                let is_wanted = name.try_get_untracked().as_ref() == Some(&wanted);
                let _ = is_asking.try_set_value(false);
                if !is_wanted || is_paused.try_get_untracked() != Some(false) {
                    return;
                }
                match fetched {
                    Ok(Article { html, .. }) => {
                        trouble.set(None);
                        if let Some(Some(body)) = body.try_get_untracked() {
                            browser::morph(&body, &html);
                        }
                    }
                    Err(problem) => trouble.set(Some(problem.message)),
                }
            });
        };
        if let Ok(handle) = set_interval_with_handle(fetch, every) {
            on_cleanup(move || handle.clear());
        }
    });
    let words = move || match (trouble.get(), is_paused.get()) {
        (Some(message), _) => format!("Not up to date: {message}"),
        (None, true) => "Paused.".to_owned(),
        (None, false) => format!("Live: new figures every {} s.", every.as_secs()),
    };
    view! {
        <Transition fallback=|| view! { <section class="page" role="status"><h1>"Fetching the page…"</h1></section> }>
            {move || {
                Suspend::new(async move {
                    match (above.await, answer.await) {
                        (Ok(above), Ok(Article { title, html })) => view! {
                            <Title text=title/>
                            <section class="page written operators">
                                <div inner_html=above.html></div>
                                <p class="live needs-script">
                                    <span class="note" class:bad=move || trouble.get().is_some() role="status">{words}</span>
                                    <button type="button" class="link" on:click=move |_| is_paused.update(|paused| *paused = !*paused)>
                                        {move || if is_paused.get() { "Go on" } else { "Pause" }}
                                    </button>
                                </p>
                                <div node_ref=body inner_html=html></div>
                            </section>
                        }
                        .into_any(),
                        (Err(problem), _) | (_, Err(problem)) => view! { <ProblemMessage problem subject="page"/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
    .into_any()
}
