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

/// The bars of the first inputs, or of all.
#[component]
pub(super) fn Bars(
    /// What is ranked so far.
    ranking: Memo<Option<Ranking>>,
    /// Leads to an input.
    show_field: ShowField,
    /// The drawing, for downloads.
    svg: NodeRef<Svg>,
) -> impl IntoView {
    let has_all = RwSignal::new(false);
    let most = move || if has_all.get() { usize::MAX } else { MOST_ROWS };
    let rows = Memo::new(move |_| {
        let rows = |ranking: &Ranking| ranking.rows.iter().take(most()).cloned().collect::<Vec<_>>();
        ranking.with(|ranking| ranking.as_ref().map(rows).unwrap_or_default())
    });
    let bars = Signal::derive(move || {
        let bar = |figure| move |row: &RankedLever| tornado_row(figure, row);
        let bars = |ranking: &Ranking| ranking.rows.iter().take(most()).map(bar(ranking.figure)).collect::<Vec<_>>();
        ranking.with(|ranking| ranking.as_ref().map(bars).unwrap_or_default())
    });
    let base = Signal::derive(move || {
        let base = |ranking: &Ranking| Some(format!("{} now", ranking.figure.words(ranking.base?)));
        ranking.with(|ranking| ranking.as_ref().and_then(base).unwrap_or_default())
    });
    let label = Signal::derive(move || {
        let phrase = ranking.with(|ranking| ranking.as_ref().map_or("the fund", |ranking| ranking.figure.phrase()));
        format!("What each input does to {phrase}; the figures are in the table")
    });
    let chance = Memo::new(move |_| {
        ranking.with(|ranking| {
            let ranking = ranking.as_ref()?;
            rows.with(|rows| rows.iter().any(|row| !row.is_clear)).then(|| {
                format!(
                    "Pale bars are within two standard errors of nothing: not distinguishable from chance at {}.",
                    format::rows(ranking.num_scenarios)
                )
            })
        })
    });
    view! {
        <div class="drivers-plot">
            <Tornado rows=bars base label svg/>
            <Ways rows show_field/>
        </div>
        {move || chance.get().map(|words| view! { <p class="chart-note">{words}</p> })}
        <ShowAll ranking has_all/>
    }
    .into_any()
}

/// The ways to the inputs, on top of their names in the drawing, and what the bars say for who does not see them.
#[component]
fn Ways(rows: Memo<Vec<RankedLever>>, show_field: ShowField) -> impl IntoView {
    // One element per input, so that the focus stays on it while bars come in.
    let way = move |row: RankedLever| {
        let name = row.name();
        let place = (row.path.clone(), row.bucket);
        let words = Memo::new(move |_| {
            rows.with(|rows| rows.iter().find(|other| other.path == row.path).map(spoken).unwrap_or_default())
        });
        view! {
            <li>
                <button type="button" title="Go to the input" on:click=move |_| show_field.run(place.clone())>
                    <span class="unseen">{name}</span>
                </button>
                <span class="unseen">{words}</span>
            </li>
        }
    };
    view! {
        <ol class="drivers-ways" aria-label="Inputs by effect, the largest first">
            <For each=move || rows.get() key=|row| (row.path.clone(), row.bucket.clone()) children=way/>
        </ol>
    }
    .into_any()
}

/// A row in words.
fn spoken(row: &RankedLever) -> String {
    let note = if row.is_clear { "" } else { ", not distinguishable from chance" };
    format!("{}{note}", row.way())
}

/// Shows what the first dozen leave out.
#[component]
fn ShowAll(ranking: Memo<Option<Ranking>>, has_all: RwSignal<bool>) -> impl IntoView {
    let count = Memo::new(move |_| ranking.with(|ranking| ranking.as_ref().map_or(0, |ranking| ranking.rows.len())));
    move || {
        (count.get() > MOST_ROWS).then(|| {
            let words = move || match has_all.get() {
                true => format!("Show the first {MOST_ROWS}"),
                false => format!("Show all {} inputs", count.get()),
            };
            view! {
                <button type="button" class="ghost small" aria-expanded=move || has_all.get().to_string() on:click=move |_| has_all.update(|all| *all = !*all)>
                    {words}
                </button>
            }
        })
    }
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
