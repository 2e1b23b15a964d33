//! Quantiles of the fund and its buckets, with their intervals.

use std::sync::Arc;

use foliocast_core::scenario::{Distribution, QuantileMethod, Quantiles, Summary};
use leptos::prelude::*;

use super::Amounts;
use crate::charts::{Cell, ChartCard, Table};
use crate::format;

const HEADS: [&str; 9] = ["1 %", "5 %", "10 %", "25 %", "50 %", "75 %", "90 %", "95 %", "99 %"];

/// Their names in the API.
const NAMES: [&str; 9] = ["p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99"];

fn list<T: Copy>(quantiles: &Quantiles<T>) -> [T; 9] {
    let q = quantiles;
    [q.p1, q.p5, q.p10, q.p25, q.p50, q.p75, q.p90, q.p95, q.p99]
}

fn rows(summary: &Summary) -> Vec<(&str, &Distribution)> {
    let mut rows = vec![("Fund", &summary.fund.recycled)];
    if summary.recycles() {
        rows.push(("Before", &summary.fund.gross));
    }
    rows.extend(summary.buckets.iter().map(|bucket| (bucket.name.as_str(), &bucket.distribution)));
    rows
}

fn table_of(summary: &Summary) -> Table {
    let mut table = Table::new(["Multiple, ×", "Quantile", "Value", "95 % from", "95 % to"]);
    for (name, distribution) in rows(summary) {
        let values = list(&distribution.quantiles);
        let intervals = list(&distribution.errors.quantiles);
        for ((head, value), interval) in HEADS.into_iter().zip(values).zip(intervals) {
            table.rows.push(vec![
                Cell::words(name),
                Cell::words(head),
                Cell::number(value, format::multiple_digits(value)),
                Cell::optional(interval.map(|interval| interval.low), format::multiple_digits),
                Cell::optional(interval.map(|interval| interval.high), format::multiple_digits),
            ]);
        }
    }
    table
}

/// Quantiles with their 95 % intervals: on hovering, and under each figure when asked.
#[component]
pub fn QuantileTable(
    /// The summary; `None` is an empty table.
    #[prop(into)]
    summary: Signal<Option<Arc<Summary>>>,
) -> impl IntoView {
    let intervals = RwSignal::new(false);
    let money = RwSignal::new(false);
    let amounts = Amounts::here();
    let has_money = Memo::new(move |_| amounts.are_known());
    let table = Signal::derive(move || summary.with(|summary| summary.as_deref().map(table_of).unwrap_or_default()));
    let note = Signal::derive(move || {
        let is_counted = summary.with(|summary| {
            summary.as_deref().is_some_and(|summary| summary.quantile_method == QuantileMethod::Counted)
        });
        let unit = "multiple of invested capital, before fees and carry";
        if is_counted { format!("{unit}; counted in cells at most 0.1 % wide") } else { unit.to_owned() }
    });
    let toggle = |words: &'static str, is_on: RwSignal<bool>| {
        view! {
            <button
                type="button"
                class="toggle needs-script"
                aria-pressed=move || is_on.get().to_string()
                on:click=move |_| is_on.update(|on| *on = !*on)
            >
                {words}
            </button>
        }
        .into_any()
    };
    let switch = move || {
        view! {
            {move || has_money.get().then(|| toggle("Money", money))}
            {toggle("95 % intervals", intervals)}
        }
    };
    let below = Below { intervals: [intervals; 2], money: Memo::new(move |_| money.get() && has_money.get()), amounts };
    // Rows are built when buckets come, go or change their names; figures change in place.
    let names = Memo::new(move |_| summary.with(|summary| summary.as_deref().map(Names::of)));
    let figures = Memo::new(move |_| summary.with(|summary| summary.as_deref().map(figures_of).unwrap_or_default()));
    view! {
        <ChartCard title="Quantiles" explained="quantiles" note file="quantiles" table legend=switch>
            <div class="scroll" tabindex="0" role="region" aria-label="Quantiles, a table to scroll">
                {move || names.get().map(|names| draw(&names, figures, below))}
            </div>
        </ChartCard>
    }
    .into_any()
}

/// Whether paper has room to spare: for larger type, and for the intervals of the buckets' quantiles.
#[cfg(feature = "ssr")]
pub(crate) fn has_few_buckets(summary: &Summary) -> bool {
    summary.buckets.len() <= 4
}

/// The table on paper: the fund's intervals stand under its figures, and those of the buckets where there are few.
#[cfg(feature = "ssr")]
pub(crate) fn still_quantiles(summary: &Summary) -> AnyView {
    let rows = figures_of(summary);
    let figures = Memo::new(move |_| rows.clone());
    let intervals = [true, has_few_buckets(summary)].map(RwSignal::new);
    draw(&Names::of(summary), figures, Below { intervals, money: Memo::new(|_| false), amounts: Amounts::here() })
}

/// The rows' names, the fund's first.
#[derive(Clone, Debug, PartialEq)]
struct Names {
    all: Vec<String>,
    /// Rows that are the fund's, not a bucket's.
    of_fund: usize,
}

impl Names {
    fn of(summary: &Summary) -> Self {
        let all = rows(summary).into_iter().map(|(name, _)| name.to_owned()).collect();
        Self { all, of_fund: 1 + usize::from(summary.recycles()) }
    }
}

/// What stands under the figures.
#[derive(Clone, Copy)]
struct Below {
    /// Whether their intervals do: the fund's, the buckets'.
    intervals: [RwSignal<bool>; 2],
    /// Whether the fund's do in money.
    money: Memo<bool>,
    amounts: Amounts,
}

/// One quantile as people read it.
#[derive(Clone, Debug, PartialEq)]
struct Figure {
    multiple: f64,
    value: String,
    /// Its 95 % interval, or why there is none.
    interval: Result<String, String>,
}

fn figures_of(summary: &Summary) -> Vec<[Figure; 9]> {
    let of = |distribution: &Distribution| {
        let intervals = list(&distribution.errors.quantiles);
        let values = list(&distribution.quantiles);
        std::array::from_fn(|index| {
            let reason = || distribution.reasons.get(&format!("errors.quantiles.{}", NAMES[index]));
            let interval = intervals[index].map(format::multiple_interval);
            let interval = interval.ok_or_else(|| reason().map_or("too few scenarios", String::as_str).to_owned());
            Figure { multiple: values[index], value: format::multiple_digits(values[index]), interval }
        })
    };
    rows(summary).into_iter().map(|(_, distribution)| of(distribution)).collect()
}

fn draw(names: &Names, figures: Memo<Vec<[Figure; 9]>>, below: Below) -> AnyView {
    let heads = HEADS.iter().map(|head| view! { <th scope="col" role="columnheader">{*head}</th> }).collect_view();
    let rows = names
        .all
        .iter()
        .enumerate()
        .map(|(row, name)| {
            let is_fund = row < names.of_fund;
            let cells = (0..HEADS.len()).map(|column| cell(figures, row, column, below, is_fund)).collect_view();
            let class = if is_fund { "fund" } else { "bucket" };
            view! {
                <tr class=class role="row">
                    <th scope="row" role="rowheader" title=name.clone()><bdi>{name.clone()}</bdi></th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        // Roles are written out because narrow screens stack the cells of a row.
        <table class="figures quantiles stacks" class:with-intervals=move || below.intervals[0].get() || below.money.get() role="table">
            <thead role="rowgroup">
                <tr role="row"><th scope="col" role="columnheader"><span class="unseen">"Of"</span></th>{heads}</tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn cell(figures: Memo<Vec<[Figure; 9]>>, row: usize, column: usize, below: Below, is_fund: bool) -> AnyView {
    let part = move |choose: fn(&Figure) -> String| {
        move || figures.with(|figures| figures.get(row).map(|row| choose(&row[column])).unwrap_or_default())
    };
    let title = part(|figure| match &figure.interval {
        Ok(interval) => format!("95 %: {interval}"),
        Err(reason) => format!("95 %: {} {reason}", format::ABSENT),
    });
    let narrow = part(|figure| {
        figure.interval.as_ref().map_or(format::ABSENT.to_owned(), |interval| interval.replace('\u{a0}', ""))
    });
    // A bucket's multiple is of its own capital, which a summary does not say: money is the fund's alone.
    let money = move || {
        figures
            .with(|figures| figures.get(row).and_then(|row| below.amounts.of(row[column].multiple)))
            .map_or(format::ABSENT.to_owned(), |money| money.replace('\u{a0}', ""))
    };
    let money = move || (is_fund && below.money.get()).then(|| view! { <small class="money">{money}</small> });
    let interval = move || below.intervals[usize::from(!is_fund)].get().then(|| view! { <small>{narrow}</small> });
    view! { <td role="cell" data-label=HEADS[column] title=title>{part(|figure| figure.value.clone())}{money}{interval}</td> }
        .into_any()
}
