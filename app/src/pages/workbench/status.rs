//! Where the figures on the page come from, and what stands in their way.

use leptos::prelude::*;

use super::state::{Shown, Source, Workbench};
use crate::api::{Run, Tier};
use crate::components::{Badge, BadgeKind};
use crate::engine::PreviewState;
use crate::pages::workbench::typed::{Unit, typed};
use crate::verify::VerifyRun;

/// Where the figures come from, and what stands in their way.
#[component]
pub(super) fn Status() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let source = Memo::new(move |_| workbench.source());
    let kind = Signal::derive(move || match source.get() {
        Source::Server(_) | Source::Opening(_) => BadgeKind::Authoritative,
        Source::Preview { .. } | Source::Nothing => BadgeKind::Preview,
    });
    let text = Signal::derive(move || source.with(source_words));
    let is_stale = Memo::new(move |_| workbench.is_stale());
    let shown = Memo::new(move |_| match source.get() {
        Source::Server(shown) => Some(shown),
        _ => None,
    });
    let other_run = Memo::new(move |_| workbench.last_run.get().filter(|_| !workbench.shows_run.get()));
    view! {
        <div class="provenance">
            <Badge kind text/>
            {move || is_stale.get().then(|| {
                let count = workbench.faults.with(|faults| faults.len());
                let words = format!(
                    "showing the last valid inputs · {count} message{} beside the fields",
                    if count == 1 { "" } else { "s" },
                );
                view! { <Badge kind=BadgeKind::Warn text=words/> }
            })}
            {move || other_run.get().map(|run| {
                let words = format!("Last run: {} rows", typed(run.run.num_scenarios.into(), Unit::Count));
                view! {
                    <button type="button" class="ghost small" on:click=move |_| workbench.return_to_run()>{words}</button>
                    <a class="small" href=run.run.links.page.clone()>"its page"</a>
                }
            })}
        </div>
        <EngineNote/>
        {move || shown.get().map(|shown| {
            let run = Signal::stored(shown.run.clone());
            view! {
                <RunAddress shown=shown/>
                <VerifyRun run/>
            }
        })}
    }
}

/// Why there is no preview, where there is none.
#[component]
fn EngineNote() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let words = Memo::new(move |_| {
        if let PreviewState::Unavailable(reason) = workbench.preview.state.get() {
            return Some(format!(
                "This browser cannot run the engine ({reason}), so figures do not follow the inputs by themselves: press Run, and the server computes them."
            ));
        }
        workbench.preview.failure.get().map(|message| format!("The preview failed: {message}. The server can still run it."))
    });
    move || words.get().map(|words| view! { <p class="note warn" role="status">{words}</p> })
}

/// The address of a stored run.
#[component]
fn RunAddress(shown: std::sync::Arc<Shown>) -> impl IntoView {
    let page = shown.run.links.page.clone();
    let key = shown.run.run_key.to_string();
    view! {
        <p class="small run-address">
            "Kept as " <a class="mono" href=page>{format!("/runs/{}…", &key[..12])}</a> " · "
            <a href=format!("{}?format=parquet", shown.run.links.data) download="">"rows as Parquet"</a> " · "
            <a href=format!("{}?format=csv", shown.run.links.data) download="">"CSV"</a>
        </p>
    }
}

fn source_words(source: &Source) -> String {
    match source {
        Source::Nothing => "loading".to_owned(),
        Source::Opening(shown) | Source::Server(shown) => run_words(&shown.run),
        Source::Preview { rows, computed_ms, is_last } => {
            let more = if *is_last { "" } else { " · sharpening" };
            let rows = typed((*rows).into(), Unit::Count);
            format!("preview · {rows} rows · this browser · {computed_ms:.1} ms{more}")
        }
    }
}

fn run_words(run: &Run) -> String {
    let rows = typed(run.num_scenarios.into(), Unit::Count);
    let from = match run.cache.tier {
        Tier::Computed => "computed now",
        Tier::Memory => "kept in memory",
        Tier::Redis => "kept in Redis",
        Tier::Durable => "kept in the store",
        Tier::Shared => "computed before",
    };
    let unconfirmed = if run.cache.unconfirmed == Some(true) { " · unconfirmed" } else { "" };
    format!("authoritative · {rows} rows · {from} · {:.1} ms{unconfirmed}", run.cache.latency_ms)
}
