//! The menu of outcome tables to begin with, and where the chosen one comes from.

use leptos::prelude::*;

use super::draft::{BucketId, Shape};
use super::presets::{PRESETS, Preset, Weighting};
use super::state::{ThisBucket, Workbench};

/// A menu of presets; what is chosen says its source, what it counts, and what is assumed.
#[component]
pub(super) fn PresetMenu(
    /// Which bucket.
    id: BucketId,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let bucket = expect_context::<ThisBucket>();
    let chosen =
        Memo::new(move |_| bucket.read(|bucket| if bucket.shape == Shape::Table { Preset::of(bucket) } else { None }));
    // The cap that the last choice left out.
    let left_out = RwSignal::new(None::<String>);
    let choose = move |event| {
        let Some(preset) = event_target_value(&event).parse().ok().and_then(|index: usize| PRESETS.get(index)) else {
            return;
        };
        workbench.edit(|draft| left_out.set(draft.bucket_mut(id).and_then(|bucket| preset.apply(bucket))));
    };
    let group = move |label: &'static str, is_illustrative: bool| {
        let options = PRESETS
            .iter()
            .enumerate()
            .filter(move |(_, preset)| (preset.weighting == Weighting::Illustrative) == is_illustrative)
            .map(|(index, preset)| {
                let text = format!("{}, {}", preset.name, preset.weighting.words());
                view! { <option value=index prop:selected=move || chosen.get() == Some(index)>{text}</option> }
                    .into_any()
            });
        view! { <optgroup label=label>{options.collect_view()}</optgroup> }.into_any()
    };
    let source = move || {
        let preset = &PRESETS[chosen.get()?];
        let kept = bucket.read(|bucket| bucket.cap.trim().is_empty());
        let cap = left_out.get().filter(|_| kept).map(|cap| left_out_words(&cap));
        Some(view! {
            <p class="small">{preset.source} " (" {preset.weighting.words()} ")."</p>
            <p class="muted small">{preset.assumed} " " {cap}</p>
        })
    };
    view! {
        <label class="inline preset">
            "Table"
            <select class="boxed" autocomplete="off" aria-label="Outcome table to begin with" on:change=choose>
                // Nothing to choose: what the menu says when the numbers are nobody else's.
                <option value="" disabled=true prop:selected=move || chosen.get().is_none()>"Own numbers"</option>
                {group("Published", false)}
                {group("Illustrative", true)}
            </select>
        </label>
        <div role="status">{source}</div>
    }
    .into_any()
}

/// Why a cap is gone.
pub(super) fn left_out_words(cap: &str) -> String {
    format!("The cap of {cap} × was left out: it does not lie above the last band.")
}
