//! Quantiles of the fund and its buckets, with their intervals.

use std::sync::Arc;

use foliocast_core::scenario::{Distribution, Interval, QuantileMethod, Quantiles, Summary};
use leptos::prelude::*;

use super::recycles;
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
    if recycles(summary) {
        rows.push(("Before", &summary.fund.gross));
    }
    rows.extend(summary.buckets.iter().map(|bucket| (bucket.name.as_str(), &bucket.distribution)));
    rows
}

/// Rows that are the fund's, not a bucket's.
fn fund_rows(summary: &Summary) -> usize {
    1 + usize::from(recycles(summary))
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
    let table = Signal::derive(move || summary.with(|summary| summary.as_deref().map(table_of).unwrap_or_default()));
    let note = Signal::derive(move || {
        let is_counted = summary.with(|summary| {
            summary.as_deref().is_some_and(|summary| summary.quantile_method == QuantileMethod::Counted)
        });
        let unit = "multiple of invested capital, before fees and carry";
        if is_counted { format!("{unit}; counted in cells at most 0.1 % wide") } else { unit.to_owned() }
    });
    let switch = move || {
        view! {
            <button
                type="button"
                class="toggle needs-script"
                aria-pressed=move || intervals.get().to_string()
                on:click=move |_| intervals.update(|on| *on = !*on)
            >
                "95 % intervals"
            </button>
        }
    };
    view! {
        <ChartCard title="Quantiles" note file="quantiles" table legend=switch>
            <div class="scroll" tabindex="0" role="region" aria-label="Quantiles, a table to scroll">
                {move || {
                    let intervals = intervals.get();
                    summary.with(|summary| summary.as_deref().map(|summary| draw(summary, intervals)))
                }}
            </div>
        </ChartCard>
    }
    .into_any()
}

fn draw(summary: &Summary, intervals: bool) -> AnyView {
    let heads = HEADS.iter().map(|head| view! { <th scope="col">{*head}</th> }).collect_view();
    let fund_rows = fund_rows(summary);
    let rows = rows(summary)
        .into_iter()
        .enumerate()
        .map(|(index, (name, distribution))| {
            let reason = |name: &str| distribution.reasons.get(&format!("errors.quantiles.{name}"));
            let cells = list(&distribution.quantiles)
                .into_iter()
                .zip(list(&distribution.errors.quantiles))
                .zip(NAMES)
                .map(|((value, interval), name)| cell(value, interval, reason(name), intervals))
                .collect_view();
            let class = if index < fund_rows { "fund" } else { "bucket" };
            view! { <tr class=class><th scope="row">{name.to_owned()}</th>{cells}</tr> }
        })
        .collect_view();
    view! {
        <table class="figures">
            <thead><tr><th scope="col"><span class="unseen">"Of"</span></th>{heads}</tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// `reason` says why there is no interval.
fn cell(value: f64, interval: Option<Interval>, reason: Option<&String>, shown: bool) -> AnyView {
    let words = match interval {
        Some(interval) => format::multiple_interval(interval),
        None => format!("{} {}", format::ABSENT, reason.map_or("too few scenarios", String::as_str)),
    };
    let title = format!("95 %: {words}");
    let below = shown.then(|| {
        let narrow = interval.map_or(format::ABSENT.to_owned(), |_| words.replace('\u{a0}', ""));
        view! { <small>{narrow}</small> }
    });
    view! { <td title=title>{format::multiple_digits(value)}{below}</td> }.into_any()
}
