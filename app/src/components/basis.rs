//! With or before recycling: which of the fund's two distributions is in front.

use foliocast_core::scenario::{Comparison, Differences, Distribution, FundFigures, Summary};
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
    /// The fund's distribution on this basis; where nothing is recycled there is only one.
    pub fn of(self, fund: &FundFigures) -> &Distribution {
        match self {
            Self::Recycled => fund.recycled.as_ref().unwrap_or(&fund.gross),
            Self::Gross => &fund.gross,
        }
    }

    /// The same distribution in a whole summary.
    pub fn of_summary(self, summary: &Summary) -> &Distribution {
        match self {
            Self::Recycled => &summary.fund.recycled,
            Self::Gross => &summary.fund.gross,
        }
    }

    /// What changes of the fund's distribution on this basis; where neither run recycles there is only one.
    pub fn of_comparison(self, comparison: &Comparison) -> &Differences {
        match self {
            Self::Recycled => comparison.recycled.as_ref().unwrap_or(&comparison.gross),
            Self::Gross => &comparison.gross,
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Recycled => Self::Gross,
            Self::Gross => Self::Recycled,
        }
    }

    /// In words, for a legend.
    pub fn words(self) -> &'static str {
        match self {
            Self::Recycled => "with recycling",
            Self::Gross => "before recycling",
        }
    }
}

/// The switch between the two.
#[component]
pub fn BasisSwitch(
    /// What it switches.
    basis: RwSignal<Basis>,
) -> impl IntoView {
    let side = move |side: Basis, words: &'static str| {
        view! {
            <button type="button" aria-pressed=move || (basis.get() == side).to_string() on:click=move |_| basis.set(side)>
                {words}
            </button>
        }
    };
    view! {
        <div class="segments needs-script" role="group" aria-label="Basis">
            {side(Basis::Recycled, "With recycling")}
            {side(Basis::Gross, "Before")}
        </div>
    }
    .into_any()
}
