//! The bars, with the ways to their inputs on top.

use leptos::prelude::*;
use leptos::svg::Svg;

use super::ranking::{RankedLever, Ranking};
use crate::charts::{Tornado, TornadoBar, TornadoRow};
use crate::components::{KeyFigure, ShowField};
use crate::format;

/// Inputs that are shown at once.
const MOST_ROWS: usize = 12;
/// Standard errors to either end of a 95 % interval.
const Z_975: f64 = 1.96;

/// The bars of the first inputs, or of all. Drawn anew, elements stay where they are: the focus is on the same place of
/// the ranking.
pub(super) fn bars(ranking: &Ranking, has_all: RwSignal<bool>, show_field: ShowField, svg: NodeRef<Svg>) -> AnyView {
    let count = ranking.rows.len();
    let rows = &ranking.rows[..if has_all.get() { count } else { count.min(MOST_ROWS) }];
    let figure = ranking.figure;
    let base = ranking.base.map_or(String::new(), |base| format!("{} now", figure.words(base)));
    let label = format!("What each input does to {}; the figures are in the table", figure.phrase());
    let ways = rows.iter().map(|row| way(row, show_field)).collect_view();
    let drawn: Vec<TornadoRow> = rows.iter().map(|row| tornado_row(figure, row)).collect();
    let rows_behind = format::rows(ranking.num_scenarios);
    let all_words =
        if has_all.get() { format!("Show the first {MOST_ROWS}") } else { format!("Show all {count} inputs") };
    view! {
        <div class="drivers-plot">
            <Tornado rows=drawn base label svg/>
            <ol class="drivers-ways" aria-label="Inputs by effect, the largest first">{ways}</ol>
        </div>
        {rows.iter().any(|row| !row.is_clear).then(|| view! {
            <p class="chart-note">
                {format!("Pale bars are within two standard errors of nothing: not distinguishable from chance at {rows_behind}.")}
            </p>
        })}
        {(count > MOST_ROWS).then(|| view! {
            <button
                type="button"
                class="ghost small"
                aria-expanded=has_all.get().to_string()
                on:click=move |_| has_all.update(|all| *all = !*all)
            >
                {all_words}
            </button>
        })}
    }
    .into_any()
}

/// The way to an input, on top of its name in the drawing, and what its bars say for who does not see them.
fn way(row: &RankedLever, show_field: ShowField) -> AnyView {
    let place = (row.path.clone(), row.bucket.clone());
    let note = if row.is_clear { "" } else { ", not distinguishable from chance" };
    view! {
        <li>
            <button type="button" title="Go to the input" on:click=move |_| show_field.run(place.clone())>
                <span class="unseen">{row.name()}</span>
            </button>
            <span class="unseen">{format!(": {}{note}", row.way())}</span>
        </li>
    }
    .into_any()
}

fn tornado_row(figure: KeyFigure, row: &RankedLever) -> TornadoRow {
    let bars = row.sides.each_ref().map(|side| {
        let side = side.as_ref()?;
        let in_unit = |value: f64| figure.in_change_unit(value);
        Some(TornadoBar {
            change: in_unit(side.change),
            reach: side.error.map(|error| Z_975 * in_unit(error)),
            label: format::change(in_unit(side.change), side.error.map(in_unit)),
        })
    });
    TornadoRow { label: row.label.to_owned(), of: row.bucket.clone(), way: row.way(), bars, is_muted: !row.is_clear }
}
