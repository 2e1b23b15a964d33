//! What the page does at a press: run on the server, stop that, copy the link.

use std::time::Duration;

use leptos::prelude::*;

use super::draft::Field;
use super::link::address;
use super::pin_strip::PinButton;
use super::server_run::{CANCEL_ID, RETRY_ID, RUN_ID, RunState};
use super::state::Workbench;
use super::typed::{Unit, typed};
use crate::browser::copy_text;
use crate::format;

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
            <div class="run-state"><RunProgress/></div>
            <RunAnnouncement/>
            <div class="row">
                <PinButton/>
                <CopyLink/>
                <button
                    type="button"
                    class="primary needs-script"
                    id=RUN_ID
                    // Not `disabled`: the button that was pressed keeps the focus while it cannot be pressed again.
                    aria-disabled=move || (!can_run(workbench)).then_some("true")
                    on:click=move |_| {
                        if can_run(workbench) {
                            run.start(workbench);
                        }
                    }
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
pub(super) fn can_run(workbench: Workbench) -> bool {
    workbench.check.with(|check| check.config.is_some()) && !workbench.server_run.is_under_way()
}

#[component]
fn RunProgress() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let run = workbench.server_run;
    let cancel = move || {
        view! {
            <button type="button" class="ghost small" id=CANCEL_ID on:click=move |_| run.cancel()>
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
                        id=RETRY_ID
                        aria-disabled=move || (!can_run(workbench)).then_some("true")
                        on:click=move |_| {
                            if can_run(workbench) {
                                run.start(workbench);
                            }
                        }
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

/// What a screen reader is told of a run: its begin, each quarter of the way, its end. A failure is an alert of its own.
#[component]
fn RunAnnouncement() -> impl IntoView {
    let run = expect_context::<Workbench>().server_run;
    let words = Memo::new(move |told: Option<&String>| {
        run.state.with(|state| match state {
            RunState::Asking => "Run started.".to_owned(),
            RunState::Running { is_reconnecting: true, .. } => "Connection lost, reconnecting.".to_owned(),
            RunState::Running { percent, .. } => match format::quarter_percent(percent / 100.0) {
                0 => "Run started.".to_owned(),
                quarter => format!("{quarter} % of the run."),
            },
            RunState::Cancelled => "Run cancelled.".to_owned(),
            RunState::Idle if told.is_some_and(|told| !told.is_empty()) => "Run finished.".to_owned(),
            RunState::Idle | RunState::Failed(_) => String::new(),
        })
    });
    view! { <p class="unseen" role="status">{words}</p> }
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
