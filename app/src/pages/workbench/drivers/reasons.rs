//! What is to be said of inputs beside their bars.

use leptos::prelude::*;

use super::ranking::{Ranking, Reasoned};
use crate::components::ShowField;

/// Inputs that do nothing here, and why; steps that ended early, folded.
pub(super) fn reasons(ranking: &Ranking, show_field: ShowField) -> AnyView {
    let (without_effect, held) = (&ranking.without_effect, &ranking.held);
    let line = |reasoned: &Reasoned| {
        let Reasoned { name, bucket, path, reason } = reasoned.clone();
        view! {
            <li>
                <button type="button" class="link" title="Go to the input" on:click=move |_| show_field.run((path.clone(), bucket.clone()))>
                    {name}
                </button>
                ": " <span dir="auto">{reason}</span> "."
            </li>
        }
        .into_any()
    };
    let lines = |all: &[Reasoned]| all.iter().map(line).collect_view();
    view! {
        {(!without_effect.is_empty()).then(|| view! {
            <h3>"No effect here"</h3>
            <ul class="drivers-reasons" aria-label="Inputs without effect">{lines(without_effect)}</ul>
        })}
        {(!held.is_empty()).then(|| {
            let plural = if held.len() == 1 { "" } else { "s" };
            view! {
                <details class="behind">
                    <summary>{format!("{} step{plural} not made in full", held.len())}</summary>
                    <ul class="drivers-reasons" aria-label="Steps not made in full">{lines(held)}</ul>
                </details>
            }
        })}
    }
    .into_any()
}
