//! Pages about figures as HTML.

use std::sync::LazyLock;

use leptos::prelude::*;
use serde_json::Value;

use super::{FIGURES, Figure};
use crate::default_run::DefaultRun;
use crate::format;
use crate::glossary::TERMS;
use crate::report::without_marks;

/// The opening fund's summary as the API has it.
static SUMMARY: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(&DefaultRun::of_this_process().summary).unwrap_or_default());

fn html(view: AnyView) -> String {
    without_marks(&view.to_html())
}

pub(super) fn of_figure(figure: &Figure) -> String {
    let run = DefaultRun::of_this_process();
    let lines: Vec<AnyView> = figure
        .example
        .iter()
        .map(|line| {
            view! {
                <tr>
                    <th scope="row">{line.label}</th>
                    <td>{line.text(&SUMMARY)}</td>
                    <td class="words"><code>{line.member()}</code>{line.in_full(&SUMMARY).map(|value| view! { " = " <code>{value}</code> })}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    let formula: Vec<AnyView> = figure.formula.iter().map(|line| view! { <p>{set(line)}</p> }.into_any()).collect();
    let sources: Vec<AnyView> = figure.sources.iter().map(|source| view! { <li>{*source}</li> }.into_any()).collect();
    let terms: Vec<AnyView> = TERMS
        .iter()
        .filter(|term| term.figure == Some(figure.name))
        .map(|term| view! { <dt>{term.name}</dt><dd>{term.definition}</dd> }.into_any())
        .collect();
    let working = (figure.working)(&run.summary);
    html(
        view! {
            <article class="explained">
                <p class="eyebrow"><a class="link" href="/figures">"Figures"</a></p>
                <h1>{figure.title}</h1>
                <p class="lead">{figure.definition}</p>
                <h2>"Formula"</h2>
                <div class="formula">{formula}</div>
                <h2>"How sure it is"</h2>
                <p>{figure.error}</p>
                <h2>"Example: the opening fund"</h2>
                <p>{format!("{}, with recycling where nothing else is said, computed by this server.", format::rows(run.summary.num_scenarios))}</p>
                <div class="scroll" tabindex="0" role="region" aria-label="Example, a table to scroll">
                    <table class="figures">
                        <thead><tr><th scope="col">"Figure"</th><th scope="col">"As pages show it"</th><th scope="col" class="words">"In the API"</th></tr></thead>
                        <tbody>{lines}</tbody>
                    </table>
                </div>
                <p>{working}</p>
                <h2>"What it does not say"</h2>
                <p>{figure.says_not}</p>
                {(!terms.is_empty()).then(|| view! { <h2>"Terms"</h2><dl class="terms">{terms}</dl> })}
                <h2>"Published"</h2>
                <ul class="sources">{sources}</ul>
            </article>
        }
        .into_any(),
    )
}

/// A line of a formula with its letters lowered and raised.
fn set(line: &str) -> Vec<AnyView> {
    let mut parts = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find(['_', '^']) {
        let (before, mark) = rest.split_at(at);
        let is_low = mark.starts_with('_');
        let after = &mark[1..];
        let (inside, left) = match after.strip_prefix('{').and_then(|after| after.split_once('}')) {
            Some(braced) => braced,
            None => after.split_at(after.chars().next().map_or(0, char::len_utf8)),
        };
        let inside = inside.to_owned();
        parts.push(before.to_owned().into_any());
        parts.push(if is_low {
            view! { <sub>{inside}</sub> }.into_any()
        } else {
            view! { <sup>{inside}</sup> }.into_any()
        });
        rest = left;
    }
    parts.push(rest.to_owned().into_any());
    parts
}

pub(super) fn of_index() -> String {
    let figures: Vec<AnyView> = FIGURES
        .iter()
        .map(|figure| {
            view! {
                <dt><a class="link" href=format!("/figures/{}", figure.name)>{figure.title}</a></dt>
                <dd>{figure.definition}</dd>
            }
            .into_any()
        })
        .collect();
    let terms: Vec<AnyView> = TERMS
        .iter()
        .map(|term| {
            let more = term.figure.map(|name| {
                let label = format!("More on {}", term.name);
                view! { " " <a class="link" href=format!("/figures/{name}") aria-label=label>"More"</a> }
            });
            view! { <dt>{term.name}</dt><dd>{term.definition}{more}</dd> }.into_any()
        })
        .collect();
    html(
        view! {
            <article class="explained">
                <h1>"How the figures are computed"</h1>
                <p class="lead">
                    "Every figure is a statistic of the same scenarios, and each comes with its error where one can be computed. All are multiples of invested capital before fees and carry."
                </p>
                <h2>"Figures"</h2>
                <dl class="terms">{figures}</dl>
                <h2>"Terms"</h2>
                <dl class="terms">{terms}</dl>
            </article>
        }
        .into_any(),
    )
}
