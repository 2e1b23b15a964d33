//! What is to be said of inputs beside their bars.

use leptos::prelude::*;

use super::ranking::Reasoned;
use crate::components::ShowField;

/// Inputs that do nothing here, and why.
#[component]
pub(super) fn NoEffect(reasons: Memo<Vec<Reasoned>>, show_field: ShowField) -> impl IntoView {
    move || {
        let reasons = reasons.get();
        (!reasons.is_empty()).then(|| {
            let lines = reasons.into_iter().map(|Reasoned { name, bucket, path, reason }| {
                view! {
                    <li>
                        <button type="button" class="link" title="Go to the input" on:click=move |_| show_field.run((path.clone(), bucket.clone()))>
                            {name}
                        </button>
                        ": " <span dir="auto">{reason}</span> "."
                    </li>
                }
            });
            view! {
                <h3>"No effect here"</h3>
                <ul class="drivers-reasons" aria-label="Inputs without effect">{lines.collect_view()}</ul>
            }
        })
    }
}

/// Steps that ended early, folded.
#[component]
pub(super) fn Held(reasons: Memo<Vec<Reasoned>>) -> impl IntoView {
    move || {
        let reasons = reasons.get();
        (!reasons.is_empty()).then(|| {
            let count = reasons.len();
            let plural = if count == 1 { "" } else { "s" };
            let lines = reasons.into_iter().map(|Reasoned { name, reason, .. }| {
                view! { <li><b>{name}</b> ": " <span dir="auto">{reason}</span> "."</li> }
            });
            view! {
                <details class="behind">
                    <summary>{format!("{count} step{plural} not made in full")}</summary>
                    <ul class="drivers-reasons">{lines.collect_view()}</ul>
                </details>
            }
        })
    }
}
