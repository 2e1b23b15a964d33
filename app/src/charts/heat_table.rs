//! Rank correlations as a table whose cells are coloured by strength.

use std::sync::Arc;

use foliocast_core::scenario::Summary;
use leptos::prelude::*;

use super::{Cell, ChartCard, ShownBuckets, Table};
use crate::format;

/// Steps of colour from 0 to 1; the style sheet has a class for each, and for each below 0.
const STEPS: f64 = 20.0;

fn names(summary: &Summary) -> Vec<&str> {
    summary.buckets.iter().map(|bucket| bucket.name.as_str()).chain(["Fund"]).collect()
}

fn at(matrix: &[Vec<Option<f64>>], row: usize, column: usize) -> Option<f64> {
    matrix.get(row).and_then(|row| row.get(column)).copied().flatten()
}

fn table_of(summary: &Summary) -> Table {
    let names = names(summary);
    let correlation = &summary.fund.correlation;
    let mut table = Table::new(["Bucket", "And", "Rank (Spearman)", "Linear (Pearson)"]);
    for row in 0..names.len() {
        for column in row + 1..names.len() {
            table.rows.push(vec![
                Cell::words(names[row]),
                Cell::words(names[column]),
                Cell::optional(at(&correlation.spearman, row, column), |value| format::decimal(value, 3)),
                Cell::optional(at(&correlation.pearson, row, column), |value| format::decimal(value, 3)),
            ]);
        }
    }
    table
}

/// Rank correlations between buckets and with the fund before recycling.
#[component]
pub fn HeatTable(
    /// The summary; `None` is an empty table.
    #[prop(into)]
    summary: Signal<Option<Arc<Summary>>>,
) -> impl IntoView {
    let table = Signal::derive(move || summary.with(|summary| summary.as_deref().map(table_of).unwrap_or_default()));
    let note = Memo::new(move |_| {
        summary.with(|summary| {
            let summary = summary.as_deref()?;
            let reasons = &summary.fund.reasons;
            let reason = reasons.iter().find(|(name, _)| name.contains("spearman") || name.starts_with("correlation"));
            reason.map(|(_, reason)| reason.clone()).or_else(|| ShownBuckets::of(summary).note())
        })
    });
    // Rows are built when buckets come, go or change their names; figures change in place.
    let shown = Memo::new(move |_| summary.with(|summary| summary.as_deref().map(shown_of)));
    let matrix = Memo::new(move |_| {
        summary.with(|summary| summary.as_deref().map(|s| s.fund.correlation.spearman.clone()).unwrap_or_default())
    });
    view! {
        <ChartCard title="Rank correlation" explained="correlation" note="realised, Spearman, before recycling" file="correlations" table>
            <div class="scroll" tabindex="0" role="region" aria-label="Rank correlations, a table to scroll">
                {move || shown.get().map(|shown| draw(&shown, matrix))}
            </div>
            {move || note.get().map(|note| view! { <p class="chart-note">{note}</p> })}
            <p class="chart-note">"No error is computed for correlations."</p>
        </ChartCard>
    }
    .into_any()
}

/// Names of the rows and columns shown, and where each lies in the matrix; the fund is last.
fn shown_of(summary: &Summary) -> Vec<(usize, String)> {
    let names = names(summary);
    let mut shown = ShownBuckets::of(summary).indices;
    shown.push(names.len() - 1);
    shown.into_iter().map(|index| (index, names[index].to_owned())).collect()
}

fn draw(shown: &[(usize, String)], matrix: Memo<Vec<Vec<Option<f64>>>>) -> AnyView {
    let heads = shown
        .iter()
        .map(|(_, name)| view! { <th scope="col" title=name.clone()><bdi>{name.clone()}</bdi></th> })
        .collect_view();
    let rows = shown
        .iter()
        .map(|(row, name)| {
            let cells = shown.iter().map(|(column, _)| cell(matrix, *row, *column)).collect_view();
            view! { <tr><th scope="row" title=name.clone()><bdi>{name.clone()}</bdi></th>{cells}</tr> }
        })
        .collect_view();
    view! {
        <table class="heat">
            <thead><tr><th scope="col"><span class="unseen">"Bucket"</span></th>{heads}</tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn cell(matrix: Memo<Vec<Vec<Option<f64>>>>, row: usize, column: usize) -> AnyView {
    if row == column {
        return view! { <td class="heat-0">"·"</td> }.into_any();
    }
    let value = Memo::new(move |_| matrix.with(|matrix| at(matrix, row, column)));
    let class = move || match value.get() {
        Some(value) => {
            let step = (value.abs().min(1.0) * STEPS).round();
            if value < 0.0 { format!("heat-minus-{step}") } else { format!("heat-{step}") }
        }
        None => "heat-0".to_owned(),
    };
    let title = move || value.get().is_none().then_some("not defined");
    view! { <td class=class title=title>{move || value.get().map_or(format::ABSENT.to_owned(), format::coefficient)}</td> }
        .into_any()
}
