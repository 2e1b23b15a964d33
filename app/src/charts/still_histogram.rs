//! The fund's distribution on paper: the bars without a threshold to drag.

use foliocast_core::scenario::FundFigures;
use leptos::prelude::*;

use super::HistogramPlot;
use super::histogram::{Axis, Bars, Place};
use crate::components::Basis;

/// Where the bars stand.
const PLACE: Place = Place { top: 4, base: 124 };

/// The bars of `basis` and, where proceeds are recycled, the outline of the other basis; below them what they leave out.
#[component]
pub(crate) fn StillHistogram(
    /// The fund's figures.
    fund: FundFigures,
    /// Whose bars.
    basis: Basis,
) -> impl IntoView {
    let compared = fund.recycled.is_some();
    let plot = if compared {
        HistogramPlot::new(basis.of(&fund), &[basis.other().of(&fund)])
    } else {
        HistogramPlot::new(basis.of(&fund), &[])
    };
    let not_drawn = plot.not_drawn.clone();
    let paths = plot.paths(0.0);
    let plot = Memo::new(move |_| Some(plot.clone()));
    let paths = Memo::new(move |_| paths.clone());
    view! {
        {compared.then(|| view! {
            <p class="legends">
                <span class="legend"><i class="key-shown"></i>{basis.words()}</span>
                <span class="legend"><i class="key-other"></i>{basis.other().words()}</span>
            </p>
        })}
        <svg class="chart histogram" width="100%" height=(PLACE.base + 24).to_string() role="img" aria-label="Distribution of the fund multiple">
            <Bars plot paths place=PLACE/>
            <Axis plot place=PLACE/>
        </svg>
        {not_drawn.map(|words| view! { <p class="chart-note">{words}</p> })}
    }
    .into_any()
}
