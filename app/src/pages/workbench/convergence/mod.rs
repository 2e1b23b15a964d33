//! How sure the figures are: each against the number of rows, and how many are enough.

mod advice;
mod trail;

use std::sync::Arc;
use std::time::Duration;

use foliocast_core::scenario::FundFigures;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::svg::Svg;

pub use advice::{Advice, advise, tail_sentences};
pub use trail::trail_rows;
use trail::{Subject, Trail, TrailState};

use super::draft::{Check, Field};
use super::in_view::{at_rest, follow_view};
use super::state::{Size, Workbench};
use super::typed::{Unit, number, typed};
use crate::charts::{Cell, ChartCard, ConvergenceChart, ConvergencePoint, Table};
use crate::components::{Basis, KeyFigure};
use crate::engine::{PreviewState, most_rows};
use crate::format;

/// How long inputs must rest before rows are made for it.
const REST: Duration = Duration::from_millis(700);

/// How far a figure's interval may reach to each side, as it is first asked: multiples, and points.
const REACH: [f64; 2] = [0.01, 0.1];

/// The card.
#[component]
pub(super) fn Convergence(
    /// Which distribution of the fund is in front.
    basis: RwSignal<Basis>,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let trail = Trail::new();
    let figure = RwSignal::new(KeyFigure::Median);
    let place = NodeRef::<Div>::new();
    let is_in_view = follow_view(place);
    let subject = Memo::new(move |_| is_in_view.get().then(|| subject_of(workbench)).flatten());
    at_rest(
        subject,
        REST,
        move |subject| {
            trail.points.with_untracked(|points| points.is_complete && points.subject.as_ref() == Some(subject))
        },
        move || trail.cancel(),
        move |subject| trail.start(subject),
    );
    on_cleanup(move || trail.cancel());

    let points = Memo::new(move |_| {
        let (figure, basis) = (figure.get(), basis.get());
        trail
            .points
            .with(|points| points.funds.iter().filter_map(|fund| point(figure, basis, fund)).collect::<Vec<_>>())
    });
    let newest = Memo::new(move |_| trail.points.with(|points| points.funds.last().cloned()));
    let table = Signal::derive(move || table_of(figure.get(), &points.get()));
    let is_behind = Memo::new(move |_| {
        let is_known = |points: &trail::Points| subject.with(|subject| points.subject == *subject);
        is_in_view.get() && trail.points.with(|points| !points.funds.is_empty() && !is_known(points))
    });
    let state_words = move || {
        let is_valid = workbench.check.with(Check::allows_preview);
        let has_points = newest.with(Option::is_some);
        match (trail.state.get(), workbench.preview.state.get()) {
            (TrailState::Failed(reason), _) | (_, PreviewState::Unavailable(reason)) => {
                format!("This browser cannot make the rows ({reason}).")
            }
            _ if !is_valid && has_points => "Of the last valid inputs.".to_owned(),
            _ if !is_valid => "Computed once the inputs are valid.".to_owned(),
            (TrailState::UnderWay, _) => "Computing …".to_owned(),
            (TrailState::AtRest, _) if is_behind.get() => "Of earlier inputs; computed when inputs rest.".to_owned(),
            (TrailState::AtRest, _) if !has_points => "Computed once this card is in view and inputs rest.".to_owned(),
            (TrailState::AtRest, _) => String::new(),
        }
    };
    let tail = Memo::new(move |_| {
        let basis = basis.get();
        workbench.check.with(|check| {
            let config = check.config.as_ref()?;
            newest.with(|newest| Some(tail_sentences(basis.of(newest.as_ref()?), config)))
        })
    });
    let svg = NodeRef::<Svg>::new();
    let figures = KeyFigure::ALL.map(|figure| view! { <option value=figure.label()>{figure.label()}</option> });
    let choose = move |event| {
        let chosen = event_target_value(&event);
        if let Some(chosen) = KeyFigure::ALL.into_iter().find(|figure| figure.label() == chosen) {
            figure.set(chosen);
        }
    };
    view! {
        <div class="results" node_ref=place>
            <ChartCard
                title="How sure it is"
                explained="rows"
                note="a figure against the number of rows, with its 95 % interval"
                file="convergence"
                svg
                table
            >
                <div class="drivers-controls">
                    <label>"Figure " <select autocomplete="off" on:change=choose>{figures}</select></label>
                </div>
                <p class="drivers-state small" role="status">{state_words}</p>
                <div class="drivers" class:earlier=is_behind>
                    <ConvergenceChart
                        points
                        value_words=Callback::new(move |value| figure.get().words(value))
                        rows_words=Callback::new(move |rows: u32| format::count(rows.into()))
                        label=Signal::derive(move || format!("{} against the number of rows", figure.get().label()))
                        svg
                    />
                    <Enough workbench figure basis newest/>
                    {move || tail.get().map(|sentences| {
                        sentences.into_iter().map(|words| view! { <p class="tail-words">{words}</p> }).collect_view()
                    })}
                </div>
            </ChartCard>
        </div>
    }
    .into_any()
}

/// What the present inputs ask for; `None` where they are not valid, or no engine runs here.
fn subject_of(workbench: Workbench) -> Option<Subject> {
    if workbench.preview.state.with(|state| *state != PreviewState::Ready) {
        return None;
    }
    let Size { deals, buckets } = workbench.size.get()?;
    let rows = workbench.preview_rows.get().min(most_rows(deals, buckets));
    workbench.check.with(|check| check.allows_preview().then(|| Subject { request: check.request.clone(), rows }))
}

fn point(figure: KeyFigure, basis: Basis, fund: &FundFigures) -> Option<ConvergencePoint> {
    let distribution = basis.of(fund);
    let value = figure.of(distribution)?;
    Some(ConvergencePoint { rows: fund.num_scenarios, value, interval: figure.interval(distribution) })
}

fn table_of(figure: KeyFigure, points: &[ConvergencePoint]) -> Table {
    let mut table = Table::new(["Rows", figure.label(), "95 % from", "95 % to"]);
    for point in points {
        let end = |value: Option<f64>| match value {
            Some(value) => Cell::number(value, figure.words(value)),
            None => Cell::optional(None, format::plain),
        };
        table.rows.push(vec![
            Cell::number(point.rows.into(), format::count(point.rows.into())),
            Cell::number(point.value, figure.words(point.value)),
            end(point.interval.map(|interval| interval.low)),
            end(point.interval.map(|interval| interval.high)),
        ]);
    }
    table
}

/// How many rows are enough for an interval that the person names.
#[component]
fn Enough(
    workbench: Workbench,
    figure: RwSignal<KeyFigure>,
    basis: RwSignal<Basis>,
    newest: Memo<Option<Arc<FundFigures>>>,
) -> impl IntoView {
    let texts = RwSignal::new(REACH.map(|reach| typed(reach, Unit::Plain)));
    let kind = move || usize::from(figure.get().is_share());
    let text = move || texts.with(|texts| texts[kind()].clone());
    let reach = move || {
        let typed = number(&text(), Unit::Plain).filter(|reach| *reach > 0.0)?;
        Some(if figure.get().is_share() { typed / 100.0 } else { typed })
    };
    let advice = Memo::new(move |_| {
        let reach = reach()?;
        newest.with(|newest| {
            let fund = newest.as_ref()?;
            let distribution = basis.get().of(fund);
            Some((
                advise(figure.get(), distribution, fund.num_scenarios, reach),
                fund.num_scenarios,
                figure.get().reach(distribution),
            ))
        })
    });
    let words = move || {
        if reach().is_none() {
            return format!("A number above 0 belongs here, such as {}.", typed(REACH[0], Unit::Plain));
        }
        let Some((advice, rows, present)) = advice.get() else { return String::new() };
        let figure = figure.get();
        let present = present.map_or(String::new(), |present| {
            let present = format::standard_error(figure.in_change_unit(present));
            format!(" {} give ± {present}\u{a0}{}.", format::rows(rows), figure.change_unit())
        });
        match advice {
            Advice::Enough { rows } => format!("about {} are enough.{present}", format::rows(rows)),
            Advice::Needs { rows } => format!("needs about {}.{present}", format::rows(rows)),
            Advice::TooMany => format!("needs more than the 100,000,000 rows that a run can have.{present}"),
            Advice::NoPromise => format!(
                "cannot be promised: the variance is infinite, and the mean’s error shrinks slower than 1/√n.{present}"
            ),
            Advice::Unknown => "is not known: the figure has no error in these rows.".to_owned(),
        }
    };
    let needed = Memo::new(move |_| match advice.get()?.0 {
        Advice::Needs { rows } => Some(rows),
        Advice::Enough { .. } | Advice::TooMany | Advice::NoPromise | Advice::Unknown => None,
    });
    view! {
        <p class="enough">
            <label>
                "To know it to ± "
                <input
                    type="text"
                    class="boxed reach"
                    inputmode="decimal"
                    autocomplete="off"
                    prop:value=text
                    aria-label=move || format!("Half of the 95 % interval asked for, {}", figure.get().change_unit())
                    on:input=move |event| texts.update(|texts| texts[usize::from(figure.get_untracked().is_share())] = event_target_value(&event))
                />
                {move || format!(" {} ", figure.get().change_unit())}
            </label>
            <span role="status">{words}</span>
            {move || needed.get().map(|rows| view! {
                <button
                    type="button"
                    class="ghost small"
                    on:click=move |_| workbench.type_into(Field::NumScenarios, typed(rows.into(), Unit::Count))
                >
                    {format!("Set the run to {}", format::rows(rows))}
                </button>
            })}
        </p>
    }
    .into_any()
}
