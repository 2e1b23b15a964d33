//! Where the figures on the page come from, and what stands in their way.

use std::sync::Arc;

use leptos::prelude::*;

use super::draft::Check;
use super::faults::Faults;
use super::server_run::RUN_ID;
use super::state::{Shown, Source, Stale, Workbench};
use crate::api::{Run, Tier};
use crate::browser;
use crate::components::{Badge, BadgeKind, RowLinks};
use crate::engine::PreviewState;
use crate::format;
use crate::verify::VerifyRun;

/// The id of the button that shows the last run again; it goes when that is shown.
const LAST_RUN_ID: &str = "last-run";

/// Badges: where the figures come from.
#[component]
pub(super) fn Provenance() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let source = Memo::new(move |_| workbench.source());
    let kind = Signal::derive(move || match source.get() {
        Source::Server(_) => BadgeKind::Authoritative,
        Source::Preview { .. } | Source::Opening { .. } | Source::Nothing => BadgeKind::Preview,
    });
    let text = Signal::derive(move || source.with(source_words));
    let stale = Memo::new(move |_| {
        workbench.stale().map(|stale| match stale {
            Stale::Invalid => {
                let count = workbench.faults.with(Faults::len);
                let plural = if count == 1 { "" } else { "s" };
                format!("showing the last valid inputs · {count} message{plural} beside the fields")
            }
            Stale::Unfollowed if workbench.check.with(Check::allows_preview) => {
                "showing earlier inputs · press Run for these".to_owned()
            }
            Stale::Unfollowed => "showing earlier inputs".to_owned(),
        })
    });
    let other_run = Memo::new(move |_| workbench.last_run.get().filter(|_| !workbench.shows_run.get()));
    view! {
        <Badge kind text/>
        {move || stale.get().map(|words| view! { <Badge kind=BadgeKind::Warn text=words/> })}
        {move || other_run.get().map(|shown| {
            let words = format!("Last run, {}", format::rows(shown.run.num_scenarios));
            view! {
                <button
                    type="button"
                    class="ghost small"
                    id=LAST_RUN_ID
                    title="Show the last run of the server and its inputs again"
                    on:click=move |_| {
                        browser::hand_on_focus(LAST_RUN_ID, RUN_ID);
                        workbench.return_to_run();
                    }
                >
                    {words}
                </button>
            }
        })}
    }
}

/// What belongs to a run of the server while it is shown, and why there is no preview where there is none.
#[component]
pub(super) fn Standing() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let shown = Memo::new(move |_| workbench.last_run.get().filter(|_| workbench.shows_run.get()));
    view! {
        <EngineNote/>
        {move || shown.get().map(|shown| {
            let run = Signal::stored(shown.run.clone());
            view! {
                <div class="kept-run">
                    <RunAddress shown/>
                    <VerifyRun run/>
                </div>
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
        workbench
            .preview
            .failure
            .get()
            .map(|message| format!("The preview failed: {message}. The server can still run it."))
    });
    move || words.get().map(|words| view! { <p class="notice warn" role="status">{words}</p> })
}

/// The address of a stored run.
#[component]
fn RunAddress(shown: Arc<Shown>) -> impl IntoView {
    let page = shown.run.links.page.clone();
    let key = shown.run.run_key.to_string();
    view! {
        <p class="small run-address">
            "Kept as " <a class="mono" href=page.clone()>{format!("/runs/{}…", &key[..12])}</a> " · "
            <a class="link" href=format!("{page}/report")>"One-page report"</a> " · "
            <RowLinks data=shown.run.links.data.clone() num_scenarios=shown.run.num_scenarios/>
        </p>
    }
}

fn source_words(source: &Source) -> String {
    match source {
        Source::Nothing => "loading".to_owned(),
        Source::Opening { rows } => format!("preview, {}, this server", format::rows(*rows)),
        Source::Server(shown) => run_words(&shown.run),
        Source::Preview { rows, computed_ms, is_last } => {
            let more = if *is_last { "" } else { ", sharpening" };
            let rows = format::rows(*rows);
            format!("preview, {rows}, this browser, {}{more}", format::duration_ms(*computed_ms))
        }
    }
}

fn run_words(run: &Run) -> String {
    let rows = format::rows(run.num_scenarios);
    let from = match run.cache.tier {
        Tier::Computed => "computed now",
        Tier::Memory => "memory",
        Tier::Redis => "Redis",
        Tier::Durable => "durable store",
        Tier::Shared => "made before by others",
    };
    let unconfirmed = if run.cache.unconfirmed == Some(true) { ", not confirmed" } else { "" };
    format!("authoritative, {rows}, {from}, {}{unconfirmed}", format::duration_ms(run.cache.latency_ms))
}
