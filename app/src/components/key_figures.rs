//! The six figures a reader looks for first, each with its error.

use std::sync::Arc;

use foliocast_core::scenario::{Distribution, FundFigures, Interval, MeanErrorMethod};
use leptos::prelude::*;

use super::{Amounts, Basis, Explain};
use crate::format;

/// One figure: label, value, how sure it is, what it is.
#[derive(Clone, Debug, Default, PartialEq)]
struct Figure {
    value: String,
    error: String,
    meaning: String,
    /// Said on hovering: the long form of the error, or why the figure is absent.
    explanation: String,
    /// What it is in money; empty where it is none, or the fund's size is not known.
    money: String,
}

/// What the page calls the six figures.
pub(super) const LABELS: [&str; 6] = ["Median", "Mean", "Loses money", "Triples", "Worst 5 %", "Top 1 % gives"];

/// Names of the pages under `/figures` that explain the six, in their order.
pub const FIGURE_PAGES: [&str; 6] = ["median", "mean", "loses-money", "triples", "worst-5", "top-1"];

fn figures(distribution: &Distribution, amounts: Amounts) -> [Figure; 6] {
    let money = |multiple| amounts.of(multiple).unwrap_or_default();
    let reaching = |before: &str, multiple, behind: &str| {
        amounts.of(multiple).map_or_else(String::new, |money| format!("{before}{money}{behind}"))
    };
    let monies = [
        money(distribution.quantiles.p50),
        money(distribution.mean),
        reaching("less than ", 1.0, ""),
        reaching("", 3.0, " or more"),
        money(distribution.worst5_mean),
        String::new(),
    ];
    let mut figures = [
        median(distribution),
        mean(distribution),
        probability(distribution.probabilities.lt1, distribution.errors.probabilities.lt1, "P(multiple < 1)"),
        probability(distribution.probabilities.ge3, distribution.errors.probabilities.ge3, "P(multiple ≥ 3)"),
        worst(distribution),
        top(distribution),
    ];
    for (figure, money) in figures.iter_mut().zip(monies) {
        figure.money = money;
    }
    figures
}

fn median(distribution: &Distribution) -> Figure {
    let quantiles = &distribution.quantiles;
    let quartiles = format::multiple_interval(Interval { low: quantiles.p25, high: quantiles.p75 });
    let (error, explanation) = match distribution.errors.quantiles.p50 {
        Some(interval) => (
            format!("95 %: {}", format::multiple_interval(interval)),
            "95 % order-statistic interval of the median".to_owned(),
        ),
        None => (
            format!("error {}", format::ABSENT),
            reason(distribution, "errors.quantiles.p50", "too few scenarios for an interval"),
        ),
    };
    Figure {
        value: format::multiple(quantiles.p50),
        error,
        meaning: format!("quartiles {quartiles}"),
        explanation,
        ..Figure::default()
    }
}

fn mean(distribution: &Distribution) -> Figure {
    let method = match distribution.errors.mean_method {
        MeanErrorMethod::StandardDeviation => "standard error",
        MeanErrorMethod::BatchMeans => "infinite variance",
    };
    let (error, explanation) = match distribution.errors.mean {
        Some(error) => (
            format!("± {}", format::standard_error(error)),
            match distribution.errors.mean_method {
                MeanErrorMethod::StandardDeviation => "one standard error of the mean".to_owned(),
                MeanErrorMethod::BatchMeans => {
                    "The variance is infinite, so this error comes from batch means over blocks and shrinks slower than 1/√n.".to_owned()
                }
            },
        ),
        None => (format!("± {}", format::ABSENT), reason(distribution, "errors.mean", "too few scenarios for an error")),
    };
    Figure {
        value: format::multiple(distribution.mean),
        error,
        meaning: method.to_owned(),
        explanation,
        ..Figure::default()
    }
}

fn probability(share: f64, interval: Interval, meaning: &str) -> Figure {
    Figure {
        value: format::percent(share),
        error: format!("95 %: {}", format::percent_interval(interval)),
        meaning: meaning.to_owned(),
        explanation: "95 % Wilson interval".to_owned(),
        ..Figure::default()
    }
}

fn worst(distribution: &Distribution) -> Figure {
    let (error, explanation) = match distribution.errors.worst5_mean {
        Some(error) => {
            (format!("± {}", format::standard_error(error)), "one standard error (influence function)".to_owned())
        }
        None => (
            format!("± {}", format::ABSENT),
            reason(distribution, "errors.worst5Mean", "too few scenarios for an error"),
        ),
    };
    Figure {
        value: format::multiple(distribution.worst5_mean),
        error,
        meaning: "their mean".to_owned(),
        explanation,
        ..Figure::default()
    }
}

fn top(distribution: &Distribution) -> Figure {
    let meaning = "of the mean".to_owned();
    let Some(share) = distribution.top1_share else {
        let why = reason(distribution, "top1Share", "every scenario returns nothing");
        return Figure {
            value: format::ABSENT.into(),
            error: why.clone(),
            meaning,
            explanation: why,
            ..Figure::default()
        };
    };
    let (error, explanation) = match distribution.errors.top1_share {
        Some(error) => (
            format!("± {} points", format::standard_error_points(error)),
            "one standard error in percentage points (influence function)".to_owned(),
        ),
        None => (format!("± {}", format::ABSENT), reason(distribution, "errors.top1Share", "the variance is infinite")),
    };
    Figure { value: format::percent(share), error, meaning, explanation, ..Figure::default() }
}

fn reason(distribution: &Distribution, path: &str, otherwise: &str) -> String {
    distribution.reasons.get(path).cloned().unwrap_or_else(|| otherwise.to_owned())
}

/// Median, mean, chances to lose and to triple, the worst 5 % and what the best 1 % give.
#[component]
pub fn KeyFigures(
    /// The fund's figures; `None` shows dashes.
    #[prop(into)]
    fund: Signal<Option<Arc<FundFigures>>>,
    /// Whose figures.
    #[prop(into)]
    basis: Signal<Basis>,
    /// On paper: without links to how the figures are computed.
    #[prop(optional)]
    on_paper: bool,
) -> impl IntoView {
    let amounts = Amounts::here();
    let all = Memo::new(move |_| fund.with(|fund| fund.as_deref().map(|fund| figures(basis.get().of(fund), amounts))));
    let has_money = Memo::new(move |_| amounts.are_known());
    let cell = move |index: usize| {
        let part = move |choose: fn(&Figure) -> &String| {
            move || all.with(|all| all.as_ref().map_or(format::ABSENT.to_owned(), |all| choose(&all[index]).clone()))
        };
        view! {
            <div class="figure" title=part(|figure| &figure.explanation)>
                <dt>
                    <span>{LABELS[index]}</span>
                    {(!on_paper).then(|| view! { " " <Explain page=FIGURE_PAGES[index] of=format!("“{}”", LABELS[index])/> })}
                </dt>
                <dd>
                    <b>{part(|figure| &figure.value)}</b>
                    {move || has_money.get().then(|| view! { <span class="money">{part(|figure| &figure.money)}</span> })}
                    <span class="error">{part(|figure| &figure.error)}</span>
                    <span class="meaning">{part(|figure| &figure.meaning)}</span>
                </dd>
            </div>
        }
        .into_any()
    };
    view! { <dl class="key-figures" class:with-money=has_money>{(0..LABELS.len()).map(cell).collect_view()}</dl> }
        .into_any()
}
