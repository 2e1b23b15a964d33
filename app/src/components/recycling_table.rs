//! How much capital each bucket deploys when proceeds are reinvested.

use std::sync::Arc;

use foliocast_core::scenario::Summary;
use leptos::prelude::*;

use crate::charts::{Cell, ChartCard, Table};
use crate::format;

/// The quantiles shown.
const HEADS: [&str; 7] = ["1 %", "5 %", "25 %", "50 %", "75 %", "95 %", "99 %"];

fn table_of(summary: &Summary) -> Table {
    let mut table = Table::new(["Bucket", "Mean"].into_iter().chain(HEADS));
    for bucket in &summary.buckets {
        let Some(deployed) = &bucket.deployed else { continue };
        let q = &deployed.quantiles;
        let mut row = vec![Cell::words(&bucket.name)];
        let figures = [deployed.mean, q.p1, q.p5, q.p25, q.p50, q.p75, q.p95, q.p99];
        row.extend(figures.map(|figure| Cell::number(figure, format::decimal(figure, 3))));
        table.rows.push(row);
    }
    table
}

/// Deployed multiples; nothing where recycling is off.
#[component]
pub fn RecyclingTable(
    /// The summary.
    #[prop(into)]
    summary: Signal<Option<Arc<Summary>>>,
) -> impl IntoView {
    let is_on = Memo::new(move |_| summary.with(|summary| summary.as_deref().is_some_and(Summary::recycles)));
    move || is_on.get().then(|| view! { <DeployedCard summary/> })
}

#[component]
fn DeployedCard(summary: Signal<Option<Arc<Summary>>>) -> impl IntoView {
    let table = Signal::derive(move || summary.with(|summary| summary.as_deref().map(table_of).unwrap_or_default()));
    let rows = move || {
        summary.with(|summary| {
            let buckets = summary.as_deref().map(|summary| summary.buckets.as_slice()).unwrap_or_default();
            buckets
                .iter()
                .filter_map(|bucket| {
                    let deployed = bucket.deployed.as_ref()?;
                    let q = &deployed.quantiles;
                    let figures = [deployed.mean, q.p1, q.p5, q.p25, q.p50, q.p75, q.p95, q.p99];
                    let cell = |(label, figure)| {
                        view! { <td role="cell" data-label=label>{format::decimal(figure, 3)}</td> }.into_any()
                    };
                    let cells = ["Mean"].into_iter().chain(HEADS).zip(figures).map(cell).collect_view();
                    Some(view! {
                        <tr role="row">
                            <th scope="row" role="rowheader" title=bucket.name.clone()><bdi>{bucket.name.clone()}</bdi></th>
                            {cells}
                        </tr>
                    })
                })
                .collect_view()
        })
    };
    view! {
        <ChartCard title="Capital put to work" explained="recycling" note="deployed per unit of initial capital, with recycling" file="deployed" table>
            <div class="scroll" tabindex="0" role="region" aria-label="Capital put to work, a table to scroll">
                // Roles are written out because narrow screens stack the cells of a row.
                <table class="figures stacks" role="table">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th scope="col" role="columnheader"><span class="unseen">"Bucket"</span></th>
                            <th scope="col" role="columnheader">"Mean"</th>
                            {HEADS.into_iter().map(|head| view! { <th scope="col" role="columnheader">{head}</th> }).collect_view()}
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
            <p class="chart-note">"No error is computed for deployed capital."</p>
        </ChartCard>
    }
    .into_any()
}
