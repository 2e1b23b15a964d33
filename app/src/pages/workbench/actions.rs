//! What the page does at a press: run on the server, stop that, copy the link.

use std::time::Duration;

use leptos::prelude::*;

use super::draft::Field;
use super::link::address;
use super::server_run::RunState;
use super::state::Workbench;
use super::typed::{Unit, typed};
use crate::browser::copy_text;

/// How long a button says what it did.
const FEEDBACK: Duration = Duration::from_secs(2);

/// Run on the server, copy link, and how the run is going.
#[component]
pub(super) fn Actions() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let run = workbench.server_run;
    let rows = move || {
        let rows = workbench.draft.with(|draft| draft.number(Field::NumScenarios));
        rows.map_or_else(String::new, |rows| typed(rows, Unit::Count))
    };
    view! {
        <div class="run-actions">
            <div class="run-state" aria-live="polite"><RunProgress/></div>
            <div class="row">
                <CopyLink/>
                <button
                    type="button"
                    class="primary needs-script"
                    disabled=move || !can_run(workbench)
                    on:click=move |_| run.start(workbench)
                >
                    // Spaces at the borders of the parts are the button's gap on the screen, and words apart to a reader.
                    <span>"Run " {rows}</span>
                    <span class="wide-only">" on the server"</span>
                </button>
            </div>
        </div>
    }
}

/// Whether what is typed can be run on the server now.
fn can_run(workbench: Workbench) -> bool {
    workbench.check.with(|check| check.config.is_some()) && !workbench.server_run.is_under_way()
}

#[component]
fn RunProgress() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let run = workbench.server_run;
    let cancel = move || {
        view! {
            <button type="button" class="ghost small" on:click=move |_| run.cancel()>
                "Cancel"
            </button>
        }
    };
    // The bar stays one element while it fills.
    let percent =
        move || run.state.with(|state| if let RunState::Running { percent, .. } = state { *percent } else { 0.0 });
    let words = move || {
        run.state.with(|state| match state {
            RunState::Asking => "asking the server …".to_owned(),
            RunState::Running { is_reconnecting: true, .. } => "connection lost, reconnecting …".to_owned(),
            RunState::Running { percent, step, .. } => format!("{percent:.0} % · {step}"),
            _ => String::new(),
        })
    };
    let is_under_way = Memo::new(move |_| run.is_under_way());
    let ended = move || match run.state.get() {
        RunState::Failed(message) => Some(
            view! {
                <div class="notice error" role="alert">
                    <p>{message}</p>
                    <button
                        type="button"
                        class="ghost small"
                        disabled=move || !can_run(workbench)
                        on:click=move |_| run.start(workbench)
                    >
                        "Try again"
                    </button>
                </div>
            }
            .into_any(),
        ),
        RunState::Cancelled => Some(view! { <p class="muted small">"Cancelled. Nothing was kept."</p> }.into_any()),
        _ => None,
    };
    view! {
        {move || {
            is_under_way
                .get()
                .then(|| {
                    view! {
                        <div class="row progress">
                            <progress max="100" prop:value=percent aria-label="Run on the server"></progress>
                            <span class="small">{words}</span>
                            {cancel()}
                        </div>
                    }
                })
        }}
        {ended}
    }
}

/// Copies the address that opens these inputs.
#[component]
fn CopyLink() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let feedback = RwSignal::new(None::<&'static str>);
    let copy = move |_| {
        let text = workbench.draft.with_untracked(address);
        // Whoever cannot copy takes it from there.
        workbench.link.flush();
        leptos::task::spawn_local(async move {
            let is_copied = copy_text(&text).await;
            feedback.set(Some(if is_copied { "Copied" } else { "Not copied: take it from the address bar" }));
            set_timeout(move || feedback.set(None), FEEDBACK);
        });
    };
    view! {
        <button
            type="button"
            class="ghost needs-script"
            disabled=move || workbench.check.with(|check| check.config.is_none())
            on:click=copy
        >
            <span aria-live="polite">{move || feedback.get().unwrap_or("Copy link")}</span>
        </button>
    }
}
