//! What a run says: key figures, charts and tables, each with its error.

use std::sync::Arc;

use foliocast_core::scenario::{Summary, Warning};
use leptos::prelude::*;

use super::rested::Turns;
use super::{Basis, BasisSwitch, KeyFigures, QuantileTable, RecyclingTable, ShowField, Warnings, recycles};
use crate::charts::{ContributionBars, FundHistogram, HeatTable, QuantileBars};

/// Everything a summary says. `None` is "not computed yet": the panel keeps its shape and shows dashes.
///
/// `children` stand first in the line above the figures: badges that say where the numbers come from.
#[component]
pub fn Results(
    /// The summary shown; a new one redraws in place.
    #[prop(into)]
    summary: Signal<Option<Arc<Summary>>>,
    /// What a reader should know of it.
    #[prop(into)]
    warnings: Signal<Vec<Warning>>,
    /// Which distribution of the fund is in front.
    basis: RwSignal<Basis>,
    /// Whether the figures are about to change by themselves.
    #[prop(optional)]
    is_busy: Signal<bool>,
    /// Leads to the input that a warning is about, where there is one.
    #[prop(optional)]
    show_field: Option<ShowField>,
    /// Badges.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    // Twice the money is the first question; 2 is a bin edge, so its answer is exact on every summary.
    let threshold = RwSignal::new(2.0);
    let has_two = Memo::new(move |_| summary.with(|summary| summary.as_deref().is_none_or(recycles)));
    // The figures and the chart on top follow every frame; the cards below take turns.
    let turns = Turns::new();
    let rested = move || turns.follow(summary);
    view! {
        <section class="results" aria-label="Results" aria-busy=move || is_busy.get().to_string()>
            <div class="provenance">
                {children.map(|children| children())}
                <div class="spacer"></div>
                {move || has_two.get().then(|| view! { <BasisSwitch basis/> })}
            </div>
            <Warnings warnings=turns.follow(warnings) summary=rested() show_field/>
            <KeyFigures summary basis/>
            <FundHistogram summary basis threshold/>
            <div class="columns">
                <QuantileTable summary=rested()/>
                <QuantileBars summary=rested() basis/>
                <ContributionBars summary=rested()/>
                <HeatTable summary=rested()/>
            </div>
            <RecyclingTable summary=rested()/>
        </section>
    }
    .into_any()
}
