//! Inputs in the order of what they do to one figure.

use foliocast_core::scenario::Difference;

use super::lever::Lever;
use super::study::{MovedFund, StudiedLever, Study};
use crate::charts::{Cell, Table};
use crate::components::{Basis, KeyFigure};
use crate::format;

/// Standard errors within which a change is not told apart from none.
const CLEAR_ERRORS: f64 = 2.0;

/// Inputs in the order of what they do to one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// The figure.
    pub figure: KeyFigure,
    /// Its value where nothing is moved; `None` where it is undefined.
    pub base: Option<f64>,
    /// Rows behind every value.
    pub num_scenarios: u32,
    /// Inputs with an effect on some figure, the largest effect on this one first.
    pub rows: Vec<RankedLever>,
    /// Inputs without any effect, and why.
    pub without_effect: Vec<Reasoned>,
    /// Moves that ended before their full step, or that are not possible, and why.
    pub held: Vec<Reasoned>,
    /// Whether every input is ranked.
    pub is_complete: bool,
}

/// One input among the others.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedLever {
    /// The input.
    pub lever: Lever,
    /// What people call it, without its bucket.
    pub label: &'static str,
    /// The name of its bucket, if it is of one.
    pub bucket: Option<String>,
    /// Where it stands on the page.
    pub path: String,
    /// Its value where it is not moved.
    pub from: String,
    /// Moved down, moved up; `None` where that is not possible or the figure is undefined.
    pub sides: [Option<RankedSide>; 2],
    /// Whether one of its changes is told apart from chance.
    pub is_clear: bool,
}

/// What one move does to the figure.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedSide {
    /// The input's value.
    pub to: String,
    /// How much the figure changes.
    pub change: f64,
    /// The standard error of that.
    pub error: Option<f64>,
}

/// An input and what is to be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reasoned {
    /// The input, as people call it.
    pub name: String,
    /// The name of its bucket, if it is of one.
    pub bucket: Option<String>,
    /// Where it stands on the page.
    pub path: String,
    /// Why.
    pub reason: String,
}

impl RankedLever {
    /// What people call it: `Lose all, Seed`.
    pub fn name(&self) -> String {
        match &self.bucket {
            Some(bucket) => format!("{}, {}", self.label, format::isolated(bucket)),
            None => self.label.to_owned(),
        }
    }

    /// The move that changes the figure most.
    pub fn largest(&self) -> Option<&RankedSide> {
        let sides = self.sides.iter().flatten();
        // Of equal ones the first, so that the order never depends on more than the values.
        sides.reduce(|largest, side| if side.change.abs() > largest.change.abs() { side } else { largest })
    }

    fn size(&self) -> f64 {
        self.largest().map_or(0.0, |side| side.change.abs())
    }

    /// From where to where it was moved: `40 % → 35 % … 45 %`.
    pub fn way(&self) -> String {
        let to: Vec<&str> = self.sides.iter().flatten().map(|side| side.to.as_str()).collect();
        format!("{} → {}", self.from, to.join(" … "))
    }
}

impl RankedSide {
    fn new(figure: KeyFigure, basis: Basis, moved: &MovedFund) -> Option<Self> {
        let Difference { difference, error, .. } = figure.change(basis.of_comparison(&moved.comparison));
        Some(Self { to: moved.to.clone(), change: difference?, error })
    }

    /// Whether chance is no likely reason for the change.
    pub fn is_clear(&self) -> bool {
        self.error.is_some_and(|error| self.change.abs() > CLEAR_ERRORS * error)
    }
}

impl Ranking {
    /// Ranks what a study knows so far.
    pub fn new(study: &Study, figure: KeyFigure, basis: Basis) -> Self {
        let mut ranking = Self {
            figure,
            base: figure.of(basis.of(&study.base)),
            num_scenarios: study.base.num_scenarios,
            rows: Vec::new(),
            without_effect: Vec::new(),
            held: Vec::new(),
            is_complete: study.is_complete,
        };
        if study.is_complete && !study.subject.draft.recycling {
            ranking.without_effect.push(Reasoned {
                name: "Recycling".to_owned(),
                bucket: None,
                path: "recycling".to_owned(),
                reason: "recycling is off, so that its rate, limit, holding period and fund life change nothing"
                    .to_owned(),
            });
        }
        for studied in &study.levers {
            let lever = studied.lever;
            let reasoned = |reason: String| Reasoned {
                name: study.name(lever),
                bucket: study.bucket_name(lever).map(str::to_owned),
                path: study.path(lever),
                reason,
            };
            ranking.held.extend(held(studied).into_iter().map(reasoned));
            if let Some(reason) = study.without_effect(studied, basis) {
                ranking.without_effect.push(reasoned(reason));
                continue;
            }
            let sides = studied.sides.each_ref().map(|side| RankedSide::new(figure, basis, side.as_ref().ok()?));
            if sides.iter().all(Option::is_none) {
                continue;
            }
            let row = RankedLever {
                lever,
                label: lever.label(),
                bucket: study.bucket_name(lever).map(str::to_owned),
                path: study.path(lever),
                from: studied.from.clone(),
                is_clear: sides.iter().flatten().any(RankedSide::is_clear),
                sides,
            };
            // Behind those that do as much: what comes first stays first.
            let place = ranking.rows.partition_point(|other| other.size() >= row.size());
            ranking.rows.insert(place, row);
        }
        ranking
    }

    /// The share of capital that moves the figure most, where one does.
    pub fn first_capital(&self) -> Option<&RankedLever> {
        self.rows.iter().find(|row| matches!(row.lever, Lever::Capital(_)))
    }

    /// What is behind the bars.
    pub fn table(&self) -> Table {
        let unit = self.figure.change_unit();
        let label = self.figure.label();
        let mut columns = vec!["Input".to_owned(), "From".to_owned()];
        for way in ["Down", "Up"] {
            columns.push(format!("{way} to"));
            columns.push(format!("{way}: change of “{label}”, {unit}"));
            columns.push(format!("{way}: ± s.e., {unit}"));
        }
        columns.push("Note".to_owned());
        let mut table = Table::new(columns);
        for row in &self.rows {
            let mut cells = vec![Cell::words(row.name()), Cell::words(&row.from)];
            for side in &row.sides {
                let Some(side) = side else {
                    let none = || Cell::optional(None, format::plain);
                    cells.extend([Cell::words(format::ABSENT), none(), none()]);
                    continue;
                };
                let in_unit = |value: f64| self.figure.in_change_unit(value);
                let change = in_unit(side.change);
                cells.push(Cell::words(&side.to));
                cells.push(Cell::number(change, format::change(change, side.error.map(in_unit))));
                cells.push(Cell::optional(side.error.map(in_unit), format::standard_error));
            }
            cells.push(Cell::words(if row.is_clear { "" } else { "not distinguishable from chance" }));
            table.rows.push(cells);
        }
        for Reasoned { name, reason, .. } in &self.without_effect {
            let mut cells = vec![Cell::words(name)];
            cells.resize(table.columns.len() - 1, Cell::words(""));
            cells.push(Cell::words(format!("no effect: {reason}")));
            table.rows.push(cells);
        }
        table
    }
}

/// What is to be said of moves that are shorter than their step.
fn held(studied: &StudiedLever) -> Vec<String> {
    let [down, up] = &studied.sides;
    let word = |way: &str, side: &super::study::Side| match side {
        Ok(MovedFund { to, held: Some(why), .. }) => Some(format!("{way} no further than {to}: {why}")),
        Ok(_) => None,
        Err(why) => Some(format!("not {way} from {}: {why}", studied.from)),
    };
    match (down, up) {
        // The same twice is said once.
        (Err(why), Err(other)) if why == other => vec![format!("not moved: {why}")],
        _ => [word("down", down), word("up", up)].into_iter().flatten().collect(),
    }
}
