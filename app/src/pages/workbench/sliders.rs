//! Inputs by slider: what moves deals together, and recycling.

use leptos::prelude::*;

use super::draft::Field;
use super::field::{FieldFault, FieldInput, GroupFault, input_id};
use super::state::Workbench;
use super::typed::{Unit, typed};
use super::weights::{WEIGHT_NAMES, Weights};
use crate::components::TermLink;
use crate::format;

/// The weights as people read them, in order: label and what it means.
const WEIGHTS: [(&str, &str); 3] = [
    ("Macro", "common to all deals"),
    ("Bucket", "common to the deals of a bucket"),
    ("Deal itself", "the deal’s own"),
];

/// Three sliders that share one whole: moving one scales the other two.
#[component]
pub(super) fn WeightSliders() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    // While one slider is dragged, the others keep the proportion they had when the drag began.
    let begun = StoredValue::new(None::<Weights>);
    let slider = move |index: usize| {
        let (label, meaning) = WEIGHTS[index];
        let millionths = Memo::new(move |_| workbench.draft.with(|draft| draft.weights.millionths()[index]));
        let move_to = move |event| {
            let Ok(percent) = event_target_value(&event).parse::<f64>() else { return };
            let from = begun.get_value().unwrap_or_else(|| workbench.draft.with_untracked(|draft| draft.weights));
            begun.set_value(Some(from));
            let weights = from.moved(index, (percent.clamp(0.0, 100.0) * 1e4).round() as u32);
            workbench.move_weights(weights);
        };
        let shown = move || format!("{} %", typed(f64::from(millionths.get() / 1_000) / 10.0, Unit::Plain));
        let percent = move || (f64::from(millionths.get()) / 1e4).to_string();
        view! {
            <label class="slider">
                <span title=meaning>{label}</span>
                <input
                    type="range"
                    autocomplete="off"
                    id=input_id(&format!("correlationWeights.{}", WEIGHT_NAMES[index]))
                    min="0"
                    max="100"
                    step="1"
                    aria-label=format!("{label}: {meaning}")
                    aria-valuetext=shown
                    value=untrack(percent)
                    prop:value=percent
                    on:input=move_to
                    on:change=move |_| begun.set_value(None)
                />
                <output>{shown}</output>
            </label>
        }
    };
    view! {
        <h2>"What moves deals together " <span class="muted">"share of one deal’s normal score"</span></h2>
        {(0..WEIGHTS.len()).map(slider).collect_view()}
        <GroupFault path="correlationWeights"/>
    }
}

/// Whether and how proceeds are reinvested.
#[component]
pub(super) fn RecyclingInputs() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let is_on = move || workbench.draft.with(|draft| draft.recycling);
    let has_cap = move || workbench.draft.with(|draft| !draft.max_recycled_share.trim().is_empty());
    let switch_cap = move |event| {
        let cap = if event_target_checked(&event) { "" } else { "25" };
        workbench.type_into(Field::MaxRecycledShare, cap.into());
    };
    view! {
        <div class="row section">
            <h2><TermLink name="Recycling"/></h2>
            <div class="spacer"></div>
            <label class="switch">
                <input
                    type="checkbox"
                    autocomplete="off"
                    checked=is_on()
                    prop:checked=is_on
                    on:input=move |event| workbench.edit(|draft| draft.recycling = event_target_checked(&event))
                />
                "proceeds are reinvested"
            </label>
        </div>
        <fieldset class="plain" disabled=move || !is_on()>
            <NumberSlider field=Field::ReinvestmentRate label="Reinvested" meaning="share of proceeds" max=100.0 step=1.0/>
            <NumberSlider field=Field::MaxRecycledShare label="At most" meaning="share of the initial capital" max=100.0 step=1.0 placeholder="no cap"/>
            <label class="switch indented">
                <input type="checkbox" autocomplete="off" checked=!has_cap() prop:checked=move || !has_cap() on:input=switch_cap/>
                "no cap"
            </label>
            <NumberSlider field=Field::HoldingPeriod label="Holding" meaning="years a deal is held" max=15.0 step=0.25/>
            <NumberSlider field=Field::FundLifetime label="Fund life" meaning="years" max=20.0 step=0.25/>
        </fieldset>
    }
}

/// A slider and a text for one number; the text may go beyond the slider.
#[component]
fn NumberSlider(
    /// Which text of the draft.
    field: Field,
    /// Its name.
    label: &'static str,
    /// What it means.
    meaning: &'static str,
    /// The slider's right end, in the unit shown.
    max: f64,
    /// The slider's step, in the unit shown.
    step: f64,
    /// What stands in the text while it is empty.
    #[prop(optional)]
    placeholder: &'static str,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let scale = if field.unit() == Some(Unit::Share) { 100.0 } else { 1.0 };
    let position = Memo::new(move |_| {
        let number = workbench.draft.with(|draft| draft.number(field));
        number.map_or(max, |number| (number * scale).clamp(0.0, max)).to_string()
    });
    let spoken = move || {
        workbench.draft.with(|draft| match (draft.number(field), field.unit()) {
            (Some(number), Some(Unit::Years)) => format::years(number),
            (Some(number), unit) => {
                let unit = unit.unwrap_or(Unit::Plain);
                format!("{} {}", typed(number, unit), unit.sign())
            }
            (None, _) if draft.text(field).is_some_and(|text| text.trim().is_empty()) => placeholder.to_owned(),
            (None, _) => "no number".to_owned(),
        })
    };
    let name = format!("{label}: {meaning}");
    view! {
        <div class="slider">
            <span title=meaning>{label}</span>
            <input
                type="range"
                autocomplete="off"
                min=if step < 1.0 { step } else { 0.0 }
                max=max
                step=step
                aria-label=format!("{name}, slider")
                aria-valuetext=spoken
                value=position.get_untracked()
                prop:value=position
                on:input=move |event| workbench.type_into(field, event_target_value(&event))
            />
            <FieldInput field label=name placeholder/>
        </div>
        <FieldFault field/>
    }
}
