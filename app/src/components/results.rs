//! What a run says: key figures, charts and tables, each with its error.

use std::sync::Arc;

use foliocast_core::scenario::{FundFigures, Summary, Warning};
use leptos::prelude::*;

use super::rested::Turns;
use super::{Asked, Basis, BasisSwitch, KeyFigures, QuantileTable, RecyclingTable, ShowField, Warnings};
use crate::charts::{ContributionBars, FundHistogram, HeatTable, Overlay, QuantileBars};

/// Everything a summary says. `None` is "not computed yet": the panel keeps its shape and shows dashes.
///
/// `children` stand first in the line above the figures: badges that say where the numbers come from.
#[component]
pub fn Results(
    /// The summary shown; a new one redraws in place.
    #[prop(into)]
    summary: Signal<Option<Arc<Summary>>>,
    /// The fund's figures, where they come before the summary.
    #[prop(optional)]
    fund: Option<Signal<Option<Arc<FundFigures>>>>,
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
    /// Other variants, drawn over the fund's distribution.
    #[prop(optional, into)]
    overlays: Signal<Vec<Overlay>>,
    /// What stands under the fund's distribution: how variants compare.
    #[prop(optional, into)]
    comparison: ViewFnOnce,
    /// Badges.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let asked = Asked::default();
    let fund = fund.unwrap_or_else(|| {
        let of_summary = Memo::new(move |_| {
            summary.with(|summary| summary.as_deref().map(|summary| Arc::new(FundFigures::from(summary))))
        });
        of_summary.into()
    });
    let has_two = Memo::new(move |_| fund.with(|fund| fund.as_deref().is_none_or(|fund| fund.recycled.is_some())));
    // The figures and the chart on top follow every frame; the cards below take turns behind them.
    // A memo: the same figures again are no move.
    let leading = Memo::new(move |_| fund.get());
    let turns = Turns::behind(leading);
    provide_context(turns);
    let rested = move || turns.follow(summary);
    // Warnings name the buckets of the summary they came with.
    let told = turns.follow(Signal::derive(move || (warnings.get(), summary.get())));
    view! {
        <section class="results" aria-label="Results" aria-busy=move || is_busy.get().to_string()>
            <div class="provenance">
                {children.map(|children| children())}
                <div class="spacer"></div>
                {move || has_two.get().then(|| view! { <BasisSwitch basis/> })}
            </div>
            <Warnings
                warnings=Signal::derive(move || told.with(|(warnings, _)| warnings.clone()))
                summary=Signal::derive(move || told.with(|(_, summary)| summary.clone()))
                show_field
            />
            <KeyFigures fund basis/>
            <FundHistogram fund basis asked overlays/>
            {comparison.run()}
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
