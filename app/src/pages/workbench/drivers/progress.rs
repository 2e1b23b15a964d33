//! How far the study of the newest inputs is.

use leptos::prelude::*;

use super::super::draft::Check;
use super::super::state::Workbench;
use super::studies::{Studies, StudyState};
use crate::engine::PreviewState;

/// How far the study is, and whose inputs the bars are of.
#[component]
pub(super) fn Progress(
    studies: Studies,
    /// Whether the bars are of earlier inputs.
    #[prop(into)]
    is_behind: Signal<bool>,
    /// Whether there are bars.
    #[prop(into)]
    has_study: Signal<bool>,
    /// Studies the present inputs again.
    retry: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let state = studies.state;
    let trouble = move || {
        let unavailable = |reason: &str| {
            Some((
                format!("This browser cannot run the engine ({reason}), so what each input does is not known here."),
                false,
            ))
        };
        match (state.get(), workbench.preview.state.get()) {
            (StudyState::Unavailable(reason), _) | (_, PreviewState::Unavailable(reason)) => unavailable(&reason),
            (StudyState::Failed(message), _) => {
                Some((format!("What each input does could not be computed: {message}."), true))
            }
            (StudyState::AtRest | StudyState::UnderWay { .. }, _) => None,
        }
    };
    // Told aloud in few words; the count beside them is for the eye.
    let words = move || {
        let is_valid = workbench.check.with(Check::allows_preview);
        match (state.with(|state| matches!(state, StudyState::UnderWay { .. })), has_study.get(), is_behind.get()) {
            _ if trouble().is_some() => "",
            (_, true, true) if !is_valid => "Bars of the last valid inputs.",
            (true, true, true) => "Bars of earlier inputs, computing …",
            (false, true, true) => "Bars of earlier inputs; new ones follow when inputs rest.",
            (true, _, _) => "Computing …",
            (false, true, false) => "",
            (false, false, _) if is_valid => "Computed once this card is in view and inputs rest.",
            (false, false, _) => "Computed once the inputs are valid.",
        }
    };
    let count = move || match state.get() {
        StudyState::UnderWay { done, of } => format!("{done} of {of} inputs"),
        _ => String::new(),
    };
    view! {
        <p class="drivers-state small">
            <span role="status">{words}</span>
            <span class="muted" aria-hidden="true">{count}</span>
        </p>
        {move || trouble().map(|(words, may_retry)| {
            view! {
                <div class="notice warn" role="alert">
                    <p>{words}</p>
                    {may_retry.then(|| view! {
                        <button type="button" class="ghost small" on:click=move |_| retry()>"Try again"</button>
                    })}
                </div>
            }
        })}
    }
    .into_any()
}
