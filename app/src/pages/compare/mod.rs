//! Stored runs side by side: `/compare?runs=KEY,KEY`, two to four of them.

mod pairing;

use std::sync::Arc;

use foliocast_core::scenario::{Config, FundFigures};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::pairing::{Pairing, PairingState};
use super::ProblemMessage;
use super::run::NO_LIMITS;
use super::workbench::changes;
use crate::api::{Problem, Run};
use crate::charts::{FundHistogram, Overlay};
use crate::components::{
    AllFigures, Asked, Badge, Basis, BasisSwitch, Beside, ComparisonTable, DifferingInputs, Explain, Fetching, Instant,
    PairedNote, SideBySide, TakeComparison,
};
use crate::format;
use crate::server_functions::fetch_run;

/// Most runs side by side.
const MOST_RUNS: usize = 4;

/// The runs asked for: `runs=a,b` and `runs=a&runs=b` are the same; each once, in their order.
pub(crate) fn asked_runs<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for key in values.into_iter().flat_map(|value| value.split(',')).map(str::trim).filter(|key| !key.is_empty()) {
        if !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
    keys
}

/// The page of runs side by side.
#[component]
pub fn ComparePage() -> impl IntoView {
    let query = use_query_map();
    let keys = Memo::new(move |_| {
        query.with(|query| asked_runs(query.get_all("runs").unwrap_or_default().iter().map(String::as_str)))
    });
    let runs = Resource::new_blocking(move || keys.get(), fetch_all);
    view! {
        <Title text="Compare"/>
        <section class="page">
            <header class="page-head">
                <h1>"Compare runs"</h1>
                <span class="note">"what changes from the first of them"</span>
                <div class="spacer"></div>
                <a class="ghost" href="/runs">"Choose runs"</a>
            </header>
            <Transition fallback=|| view! { <Fetching words="Fetching the runs…"/> }>
                {move || Suspend::new(async move {
                    match runs.await {
                        Ok(runs) if (2..=MOST_RUNS).contains(&runs.len()) => view! { <Compared runs/> }.into_any(),
                        Ok(runs) => view! { <WrongCount count=runs.len()/> }.into_any(),
                        Err(problem) => view! { <ProblemMessage problem subject="run"/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

/// The runs with these keys; none are fetched where there are too few or too many to compare.
async fn fetch_all(keys: Vec<String>) -> Result<Vec<Run>, Problem> {
    let mut runs = Vec::new();
    for key in keys.into_iter().take(MOST_RUNS + 1) {
        runs.push(fetch_run(key).await?);
    }
    Ok(runs)
}

#[component]
fn WrongCount(count: usize) -> impl IntoView {
    let words = match count {
        0 => "No runs are chosen. Two to four runs can stand side by side.",
        1 => "One run is chosen. Choose another one, or up to three, to see what changes from it.",
        _ => "More than four runs are chosen. Two to four can stand side by side.",
    };
    view! {
        <div class="card empty">
            <p>{words}</p>
            <p class="actions"><a class="primary" href="/runs">"Choose runs"</a></p>
        </div>
    }
    .into_any()
}

/// What a run is called beside others: its place, its fund and its key.
fn name_of(place: usize, run: &Run) -> String {
    format!("{} · {}", place + 1, format::short_hash(&run.run_key.to_string()))
}

#[component]
fn Compared(runs: Vec<Run>) -> impl IntoView {
    let basis = RwSignal::new(Basis::default());
    let shows_all = RwSignal::new(false);
    let asked = Asked::default();
    let funds: Vec<Arc<FundFigures>> = runs.iter().map(|run| Arc::new(FundFigures::from(&run.summary))).collect();
    let names: Vec<String> = runs.iter().enumerate().map(|(place, run)| name_of(place, run)).collect();
    let overlays: Vec<Overlay> = (1..runs.len())
        .map(|place| Overlay { slot: place - 1, name: names[place].clone(), fund: funds[place].clone() })
        .collect();
    let has_two = funds.iter().any(|fund| fund.recycled.is_some());
    let configs: Vec<Option<Config>> =
        runs.iter().map(|run| Config::from_json(&run.configuration.to_string(), &NO_LIMITS).ok()).collect();
    let groups: Vec<_> = match configs.split_first() {
        Some((Some(first), others)) => others
            .iter()
            .zip(&names[1..])
            .filter_map(|(other, name)| {
                Some((format!("From the first to {}", format::isolated(name)), changes(first, other.as_ref()?)))
            })
            .collect(),
        _ => Vec::new(),
    };
    let pairing = Pairing::new(&runs);
    Effect::new(move |_| pairing.start());
    on_cleanup(move || pairing.stop());
    let variants = Memo::new({
        let (funds, names) = (funds.clone(), names.clone());
        move |_| {
            let stored = || SideBySide {
                name: names[0].clone(),
                fund: (*funds[0]).clone(),
                others: (1..funds.len())
                    .map(|place| Beside { name: names[place].clone(), fund: (*funds[place]).clone(), comparison: None })
                    .collect(),
            };
            Some(pairing.state.with(|state| {
                match state {
                    PairingState::Done(compared) => SideBySide {
                        name: names[0].clone(),
                        fund: compared.fund.clone(),
                        others: compared
                            .variants
                            .iter()
                            .zip(&names[1..])
                            .map(|(variant, name)| Beside {
                                name: name.clone(),
                                fund: variant.fund.clone(),
                                comparison: Some(variant.comparison.clone()),
                            })
                            .collect(),
                    },
                    _ => stored(),
                }
            }))
        }
    });
    let badge = Memo::new(move |_| pairing.state.with(|state| pairing.words(state)));
    let sentence = move || variants.with(|variants| variants.as_ref()?.sentence(basis.get()));
    let second = names[1].clone();
    let table = Signal::derive(move || {
        variants.with(|variants| variants.as_ref().map(|variants| variants.table(basis.get())).unwrap_or_default())
    });
    let first = funds[0].clone();
    let list = runs.iter().zip(&names).map(|(run, name)| run_line(run, name)).collect_view();
    view! {
        <ol class="compared-runs">{list}</ol>
        <section class="results" aria-label="Comparison">
            <div class="provenance">
                {move || {
                    let (kind, text) = badge.get();
                    view! { <Badge kind text/> }
                }}
                <div class="spacer"></div>
                {has_two.then(|| view! { <BasisSwitch basis/> })}
            </div>
            <section class="card" aria-labelledby="comparison-title">
                <header>
                    <h2 id="comparison-title">"Side by side"</h2>
                    <Explain page="change" of="a change".to_owned()/>
                    <span class="note">"multiples of invested capital, before fees and carry"</span>
                    <AllFigures shows_all/>
                </header>
                {move || sentence().map(|words| view! {
                    <p class="sentence">"From the first to " <bdi>{second.clone()}</bdi> ": " {words}</p>
                })}
                <ComparisonTable variants basis shows_all change="from the first to it"/>
                <PairedNote/>
                <footer>
                    <span></span>
                    <TakeComparison table/>
                </footer>
            </section>
            <FundHistogram
                fund=Signal::stored(Some(first))
                basis
                asked
                overlays=Signal::stored(overlays)
                shown_name=names[0].clone()
            />
            <section class="card" aria-labelledby="differing-title">
                <header><h2 id="differing-title">"Inputs that differ"</h2></header>
                {groups.iter().all(|(_, changes)| changes.is_empty()).then(|| view! {
                    <p class="note">"None: at most the number of scenarios."</p>
                })}
                <DifferingInputs groups=Signal::stored(groups)/>
            </section>
        </section>
    }
    .into_any()
}

fn run_line(run: &Run, name: &str) -> AnyView {
    let key = run.run_key.to_string();
    let fund = run.configuration.get("fundId").and_then(|fund| fund.as_str()).unwrap_or_default().to_owned();
    view! {
        <li>
            <a class="link mono" href=format!("/runs/{key}") title=key.clone()>{name.to_owned()}</a>
            " fund " <bdi>{fund}</bdi> ", " {format::rows(run.num_scenarios)} ", made " <Instant at=run.created_at.clone()/>
        </li>
    }
    .into_any()
}
