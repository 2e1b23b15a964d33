//! How what is typed compares with the pinned variants.

use std::sync::Arc;

use foliocast_core::scenario::Config;
use leptos::prelude::*;

use super::draft::changes;
use super::state::Workbench;
use crate::components::{
    AllFigures, Basis, Beside, ComparisonTable, DifferingInputs, Explain, PairedNote, SideBySide, TakeComparison, Turns,
};
use crate::engine::{Paired, PreviewState};
use crate::format;

/// The card; nothing while no variant is pinned.
#[component]
pub(super) fn ComparisonCard(
    /// Which distribution of the fund is in front.
    basis: RwSignal<Basis>,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let has_pins = Memo::new(move |_| workbench.pins.with(|pins| !pins.is_empty()));
    let paired = workbench.paired();
    // The inputs too: to name what differs every variant is read again, which is too much for each frame of a drag.
    let newest = Signal::derive(move || {
        if has_pins.get() { (paired.get(), workbench.check.with(|check| check.config.clone())) } else { (None, None) }
    });
    let followed = expect_context::<Turns>().follow(newest);
    let compared = Signal::derive(move || followed.with(|(paired, _)| paired.clone()));
    let inputs = Signal::derive(move || followed.with(|(_, config)| config.clone()));
    move || has_pins.get().then(|| view! { <Comparison workbench basis compared inputs/> }.into_any())
}

#[component]
fn Comparison(
    workbench: Workbench,
    basis: RwSignal<Basis>,
    compared: Signal<Option<Arc<Paired>>>,
    inputs: Signal<Option<Config>>,
) -> impl IntoView {
    let shows_all = RwSignal::new(false);
    let variants = Memo::new(move |_| {
        let compared = compared.get()?;
        let others = workbench.pins.with(|pins| {
            let beside = |pin: &super::Pin| {
                let variant = compared.of_pin(pin.id)?;
                Some(Beside {
                    name: pin.name.clone(),
                    fund: variant.fund.clone(),
                    comparison: Some(variant.comparison.clone()),
                })
            };
            pins.iter().filter_map(beside).collect()
        });
        Some(SideBySide { name: "Now".to_owned(), fund: compared.fund.clone(), others })
    });
    let note = move || {
        compared
            .get()
            .map(|compared| format!("{} of each, in this browser; the same draws in all", format::rows(compared.rows)))
    };
    // What stands in the way, or that nothing was changed yet.
    let state = Memo::new(move |_| {
        if let PreviewState::Unavailable(_) = workbench.preview.state.get() {
            return Some(
                "Variants are compared by the engine in this browser, which cannot run here. Runs of the server can be compared on the page Compare.",
            );
        }
        if variants.with(Option::is_none) {
            return Some("Comparing …");
        }
        let request = workbench.check.with(|check| check.request.clone());
        let is_same = workbench.pins.with(|pins| pins.iter().all(|pin| *pin.request == *request));
        is_same.then_some("Nothing differs yet: change an input, and what changes stands here.")
    });
    // A memo: an effect that reads `state`, which reads `variants`, before `variants` itself can miss that these changed
    // (the library marks whoever reads first as told, and then finds nothing new in either).
    let sentence = Memo::new(move |_| {
        let differs = state.with(Option::is_none);
        variants.with(|variants| variants.as_ref().filter(|_| differs)?.sentence(basis.get()))
    });
    let name_of_first =
        move || workbench.pins.with(|pins| pins.first().map(|pin| pin.name.clone()).unwrap_or_default());
    let table = Signal::derive(move || {
        variants.with(|variants| variants.as_ref().map(|variants| variants.table(basis.get())).unwrap_or_default())
    });
    let groups = Memo::new(move |_| {
        inputs.with(|inputs| {
            let Some(now) = inputs else { return Vec::new() };
            let differing = |pin: &super::Pin| {
                let words = format!("From {} to now", format::isolated(&pin.name));
                Some((words, changes(pin.draft.check().config.as_ref()?, now)))
            };
            workbench.pins.with(|pins| pins.iter().filter_map(differing).collect())
        })
    });
    view! {
        <section class="card" aria-labelledby="comparison-title">
            <header>
                <h2 id="comparison-title">"Compared with pinned"</h2>
                <Explain page="change" of="a change".to_owned()/>
                <span class="note">"what changes, from the same draws in every variant"</span>
                <AllFigures shows_all/>
            </header>
            {move || state.get().map(|words| view! { <p class="note">{words}</p> })}
            {move || sentence.get().map(|words| view! {
                <p class="sentence">"From " <bdi>{name_of_first()}</bdi> " to now: " {words}</p>
            })}
            <ComparisonTable variants basis shows_all change="from it to now"/>
            <DifferingInputs groups/>
            <PairedNote/>
            <footer>
                <span class="note">{note}</span>
                <TakeComparison table/>
            </footer>
        </section>
    }
    .into_any()
}
