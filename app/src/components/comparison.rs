//! Variants side by side: every figure of each, and what changes between them with its paired error.

use foliocast_core::scenario::{Comparison, Difference, Differences, Distribution, FundFigures};
use leptos::prelude::*;

use super::Basis;
use crate::charts::{Cell, CopyTable, Table};
use crate::pages::workbench::Change;
use crate::{browser, format};

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Multiples of invested capital.
    Multiple,
    /// A share of scenarios, or of the mean.
    Share,
}

/// A figure of the fund that variants are compared by.
struct Figure {
    name: &'static str,
    /// Its path in the API, where reasons for absent figures are found.
    path: &'static str,
    kind: Kind,
    value: fn(&Distribution) -> Option<f64>,
    difference: fn(&Differences) -> Difference,
}

/// The six figures on top of every result come first.
const KEY_FIGURES: usize = 6;

macro_rules! figure {
    ($name:literal, $path:literal, $kind:ident, $($member:ident).+) => {
        Figure {
            name: $name,
            path: $path,
            kind: Kind::$kind,
            value: |distribution| distribution.$($member).+.into(),
            difference: |differences| differences.$($member).+,
        }
    };
}

const FIGURES: [Figure; 18] = [
    figure!("Median", "quantiles.p50", Multiple, quantiles.p50),
    figure!("Mean", "mean", Multiple, mean),
    figure!("Loses money", "probabilities.lt1", Share, probabilities.lt1),
    figure!("Triples", "probabilities.ge3", Share, probabilities.ge3),
    figure!("Worst 5 %", "worst5Mean", Multiple, worst5_mean),
    figure!("Top 1 % gives", "top1Share", Share, top1_share),
    figure!("Standard deviation", "stdDev", Multiple, std_dev),
    figure!("Doubles", "probabilities.ge2", Share, probabilities.ge2),
    figure!("Returns 5 ×", "probabilities.ge5", Share, probabilities.ge5),
    figure!("Returns 10 ×", "probabilities.ge10", Share, probabilities.ge10),
    figure!("1 % quantile", "quantiles.p1", Multiple, quantiles.p1),
    figure!("5 % quantile", "quantiles.p5", Multiple, quantiles.p5),
    figure!("10 % quantile", "quantiles.p10", Multiple, quantiles.p10),
    figure!("25 % quantile", "quantiles.p25", Multiple, quantiles.p25),
    figure!("75 % quantile", "quantiles.p75", Multiple, quantiles.p75),
    figure!("90 % quantile", "quantiles.p90", Multiple, quantiles.p90),
    figure!("95 % quantile", "quantiles.p95", Multiple, quantiles.p95),
    figure!("99 % quantile", "quantiles.p99", Multiple, quantiles.p99),
];

/// A variant beside the one that all are compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// What people call it.
    pub name: String,
    /// The fund's figures.
    pub fund: FundFigures,
    /// What changes between the two, once the rows were compared.
    pub comparison: Option<Comparison>,
}

impl Beside {
    /// What changes on one basis; a comparison without recycling has only what is before it.
    fn differences(&self, basis: Basis) -> Option<&Differences> {
        let comparison = self.comparison.as_ref()?;
        Some(match basis {
            Basis::Recycled => comparison.recycled.as_ref().unwrap_or(&comparison.gross),
            Basis::Gross => &comparison.gross,
        })
    }
}

/// Variants side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct SideBySide {
    /// What the first column is called.
    pub name: String,
    /// Its figures.
    pub fund: FundFigures,
    /// The others.
    pub others: Vec<Beside>,
}

/// How a figure changes, as people read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// The variant's own figure.
    pub value: String,
    /// The change with its paired standard error.
    pub difference: String,
    /// The standard error that two runs without common draws would have.
    pub separate: String,
    /// Why there is no difference or no error.
    pub reason: Option<String>,
    /// Whether the change is more than two of its standard errors.
    pub is_clear: bool,
}

impl SideBySide {
    /// Each figure's name, the first column's value, and how it changes beside each of the others.
    pub fn rows(&self, basis: Basis) -> Vec<(&'static str, String, Vec<Changed>)> {
        FIGURES.iter().map(|figure| (figure.name, self.own(figure, basis), self.changed(figure, basis))).collect()
    }

    fn own(&self, figure: &Figure, basis: Basis) -> String {
        value_words(figure, (figure.value)(basis.of(&self.fund)))
    }

    fn changed(&self, figure: &Figure, basis: Basis) -> Vec<Changed> {
        let of = |beside: &Beside| {
            let value = value_words(figure, (figure.value)(basis.of(&beside.fund)));
            let Some(differences) = beside.differences(basis) else {
                return Changed { value, ..Changed::default() };
            };
            let difference = (figure.difference)(differences);
            let reason = [figure.path.to_owned(), format!("{}.error", figure.path)];
            Changed {
                value,
                difference: difference_words(figure.kind, difference),
                separate: difference.separate_error.map_or(String::new(), |error| error_words(figure.kind, error)),
                reason: reason.iter().find_map(|path| differences.reasons.get(path)).cloned(),
                is_clear: is_clear(difference),
            }
        };
        self.others.iter().map(of).collect()
    }

    /// How the median and the chance to lose money change beside the first of the others, in words; `None` before the
    /// rows were compared.
    pub fn sentence(&self, basis: Basis) -> Option<String> {
        let differences = self.others.first()?.differences(basis)?;
        let part = |figure: &Figure, what: &str| {
            let difference = (figure.difference)(differences);
            Some(format!(
                "{what} {} (two separate runs would know it to ± {})",
                difference_words(figure.kind, difference),
                error_words(figure.kind, difference.separate_error?),
            ))
        };
        let [median, _, loses, ..] = &FIGURES;
        Some(format!("{}; {}.", part(median, "median")?, part(loses, "chance to lose money")?))
    }

    /// All of it in full, for a file.
    pub fn table(&self, basis: Basis) -> Table {
        let mut table = Table::new(["Figure".to_owned(), "Unit".to_owned(), self.name.clone()]);
        for beside in &self.others {
            let name = &beside.name;
            table.columns.push(name.clone());
            table.columns.extend(
                ["difference", "standard error", "error of separate runs"].map(|what| format!("{name}: {what}")),
            );
        }
        for figure in &FIGURES {
            let unit = match figure.kind {
                Kind::Multiple => "multiple",
                Kind::Share => "share",
            };
            let full = |value: Option<f64>| Cell::optional(value, format::plain);
            let mut row = vec![Cell::words(figure.name), Cell::words(unit), full((figure.value)(basis.of(&self.fund)))];
            for beside in &self.others {
                let difference = beside.differences(basis).map(figure.difference);
                let part = |read: fn(&Difference) -> Option<f64>| full(difference.as_ref().and_then(read));
                row.push(full((figure.value)(basis.of(&beside.fund))));
                row.push(part(|difference| difference.difference));
                row.push(part(|difference| difference.error));
                row.push(part(|difference| difference.separate_error));
            }
            table.rows.push(row);
        }
        table
    }
}

fn value_words(figure: &Figure, value: Option<f64>) -> String {
    match (value, figure.kind) {
        (None, _) => format::ABSENT.to_owned(),
        (Some(value), Kind::Multiple) => format::multiple(value),
        (Some(value), Kind::Share) => format::percent(value),
    }
}

fn difference_words(kind: Kind, difference: Difference) -> String {
    match (difference.difference, kind) {
        (None, _) => format::ABSENT.to_owned(),
        (Some(value), Kind::Multiple) => format::change_with_error(value, difference.error, "×"),
        (Some(value), Kind::Share) => {
            format::change_with_error(value * 100.0, difference.error.map(|error| error * 100.0), "points")
        }
    }
}

fn error_words(kind: Kind, error: f64) -> String {
    match kind {
        Kind::Multiple => format!("{}\u{a0}×", format::standard_error(error)),
        Kind::Share => format!("{}\u{a0}points", format::standard_error_points(error)),
    }
}

fn is_clear(difference: Difference) -> bool {
    let pair = difference.difference.zip(difference.error);
    pair.is_some_and(|(difference, error)| difference != 0.0 && difference.abs() > 2.0 * error)
}

/// The table of variants side by side: the six key figures, and all of them when asked.
#[component]
pub fn ComparisonTable(
    /// The variants; `None` keeps the table empty.
    #[prop(into)]
    variants: Signal<Option<SideBySide>>,
    /// On which basis.
    #[prop(into)]
    basis: Signal<Basis>,
    /// Whether every figure is shown.
    #[prop(into)]
    shows_all: Signal<bool>,
    /// What the change in each column is: from it to the first, or from the first to it.
    change: &'static str,
) -> impl IntoView {
    let rows = Memo::new(move |_| {
        let basis = basis.get();
        variants.with(|variants| variants.as_ref().map(|variants| variants.rows(basis)).unwrap_or_default())
    });
    // Rows are built when variants come, go or change their names; figures change in place.
    let names = Memo::new(move |_| {
        variants.with(|variants| {
            let variants = variants.as_ref()?;
            Some((variants.name.clone(), variants.others.iter().map(|other| other.name.clone()).collect::<Vec<_>>()))
        })
    });
    let row = move |index: usize, others: usize| {
        let own = move || rows.with(|rows| rows.get(index).map(|(_, own, _)| own.clone()).unwrap_or_default());
        let cells = (0..others).map(|other| changed_cell(rows, index, other)).collect_view();
        view! {
            <tr role="row" class:further={index >= KEY_FIGURES}>
                <th scope="row" role="rowheader">{FIGURES[index].name}</th>
                <td role="cell">{own}</td>
                {cells}
            </tr>
        }
        .into_any()
    };
    let draw = move |(own, others): (String, Vec<String>)| {
        let count = others.len();
        let heads = others.into_iter().map(|name| {
            view! {
                <th scope="col" role="columnheader">
                    <div class="beside">
                        <bdi>{name}</bdi>
                        <span class="change">{change}</span>
                        <span class="meaning">"two separate runs"</span>
                    </div>
                </th>
            }
        });
        view! {
            <table class="figures compared" class:key-only=move || !shows_all.get() class:one={count == 1} role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th scope="col" role="columnheader"><span class="unseen">"Figure"</span></th>
                        <th scope="col" role="columnheader"><bdi>{own}</bdi></th>
                        {heads.collect_view()}
                    </tr>
                </thead>
                <tbody role="rowgroup">{(0..FIGURES.len()).map(|index| row(index, count)).collect_view()}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Variants side by side, a table to scroll">
            {move || names.get().map(draw)}
        </div>
    }
    .into_any()
}

/// Rows as [`SideBySide::rows`] gives them.
type Rows = Memo<Vec<(&'static str, String, Vec<Changed>)>>;

fn changed_cell(rows: Rows, index: usize, other: usize) -> AnyView {
    let part = move |read: fn(&Changed) -> String| {
        move || {
            rows.with(|rows| rows.get(index).and_then(|(_, _, cells)| cells.get(other)).map(read).unwrap_or_default())
        }
    };
    let is_clear = move || {
        rows.with(|rows| rows.get(index).and_then(|(_, _, cells)| cells.get(other)).is_some_and(|cell| cell.is_clear))
    };
    let separate = |cell: &Changed| match (&cell.reason, cell.separate.is_empty()) {
        (Some(reason), _) => reason.clone(),
        (None, true) => String::new(),
        (None, false) => format!("± {}", cell.separate),
    };
    view! {
        <td role="cell">
            <div class="beside">
                <span>{part(|cell| cell.value.clone())}</span>
                <span class="change" class:clear=is_clear>{part(|cell| cell.difference.clone())}</span>
                <span class="meaning">{part(separate)}</span>
            </div>
        </td>
    }
    .into_any()
}

/// Shows the six key figures, or all of them.
#[component]
pub fn AllFigures(
    /// Whether all are shown.
    shows_all: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="toggle needs-script"
            aria-pressed=move || shows_all.get().to_string()
            on:click=move |_| shows_all.update(|all| *all = !*all)
        >
            "All figures"
        </button>
    }
    .into_any()
}

/// What the errors of a comparison are.
#[component]
pub fn PairedNote() -> impl IntoView {
    view! {
        <p class="chart-note">
            "Rows are compared one by one, so that most of chance cancels where both have the same seed: ± is one standard error of the rows’ differences, and bold is more than two of them. Beside it stands what two separate runs of as many rows would know."
        </p>
    }
    .into_any()
}

/// The comparison for a spreadsheet and as a file.
#[component]
pub fn TakeComparison(
    /// What is taken.
    #[prop(into)]
    table: Signal<Table>,
) -> impl IntoView {
    view! {
        <div class="tools needs-script" role="group" aria-label="Download: comparison">
            <CopyTable table/>
            <button type="button" on:click=move |_| browser::download_csv("comparison", &table.get_untracked().to_csv())>
                "CSV"
            </button>
        </div>
    }
    .into_any()
}

/// Which inputs make the difference: those that differ between each variant and the one that is compared.
#[component]
pub fn DifferingInputs(
    /// From which variant to which, in words, and what differs.
    #[prop(into)]
    groups: Signal<Vec<(String, Vec<Change>)>>,
) -> impl IntoView {
    let group = |(words, changes): (String, Vec<Change>)| {
        let changes = changes.into_iter().map(|change| {
            view! { <li>{change.what} " " <b>{change.from} " → " {change.to}</b></li> }
        });
        view! {
            <div class="differing">
                <span class="muted">{words}</span>
                <ul>{changes.collect_view()}</ul>
            </div>
        }
    };
    move || {
        let differing = groups.get().into_iter().filter(|(_, changes)| !changes.is_empty());
        differing.map(group).collect_view()
    }
}
