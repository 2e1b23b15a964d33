//! The three figures that answer an input where the results lie below it: on narrow screens.

use std::sync::Arc;

use foliocast_core::scenario::{Distribution, FundFigures};
use leptos::prelude::*;

use super::Basis;
use crate::format;

/// How a figure is read off a distribution.
type Reading = fn(&Distribution) -> String;

/// Each figure's name, and how it is read off.
const FIGURES: [(&str, Reading); 3] = [
    ("Median", |distribution| format::multiple(distribution.quantiles.p50)),
    ("Mean", |distribution| format::multiple(distribution.mean)),
    ("Loses money", |distribution| format::percent(distribution.probabilities.lt1)),
];

/// Median, mean and the chance to lose money in one line, which the style sheet keeps at the foot of narrow screens and
/// hides on wide ones. It repeats what the results say with their errors, so nothing announces it.
#[component]
pub fn SummaryLine(
    /// The fund's figures; `None` shows dashes.
    #[prop(into)]
    fund: Signal<Option<Arc<FundFigures>>>,
    /// Whose figures.
    #[prop(into)]
    basis: Signal<Basis>,
) -> impl IntoView {
    let figure = move |(name, read): (&'static str, Reading)| {
        let text = Memo::new(move |_| {
            fund.with(|fund| {
                fund.as_deref().map_or_else(|| format::ABSENT.to_owned(), |fund| read(basis.get().of(fund)))
            })
        });
        view! { <span>{name} " " <b>{text}</b></span> }
    };
    view! { <p class="summary-line">{FIGURES.map(figure)}</p> }.into_any()
}
