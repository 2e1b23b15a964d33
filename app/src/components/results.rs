//! What a run says: key figures, charts and tables, each with its error.

use std::sync::Arc;

use foliocast_core::scenario::{Distribution, Summary, Warning};
use leptos::prelude::*;

/// Which of the fund's two distributions the page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Basis {
    /// With proceeds reinvested.
    #[default]
    Recycled,
    /// Before recycling.
    Gross,
}

impl Basis {
    /// The fund's distribution on this basis.
    pub fn of(self, summary: &Summary) -> &Distribution {
        match self {
            Self::Recycled => &summary.fund.recycled,
            Self::Gross => &summary.fund.gross,
        }
    }
}

/// Everything a summary says. `None` is "not computed yet": the panel keeps its shape and shows dashes.
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
) -> impl IntoView {
    let median = move || summary.with(|summary| summary.as_ref().map(|s| basis.get().of(s).quantiles.p50));
    let count = move || warnings.with(Vec::len);
    view! {
        <section class="results" aria-label="Results">
            <p>{move || median().map_or("—".to_owned(), |median| format!("{median:.2} ×"))} {count}</p>
        </section>
    }
}
