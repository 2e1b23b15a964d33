//! The caller's runs, newest first.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::ProblemMessage;
use super::compare::asked_runs;
use crate::api::{Page, RunListing};
use crate::api_client::percent_encoded;
use crate::components::{Fetching, Instant};
use crate::format;
use crate::server_functions::fetch_runs;

/// The list of runs. `?cursor=` is where it goes on, `?fund=` one fund's; both work without scripts.
#[component]
pub fn RunsPage() -> impl IntoView {
    let query = use_query_map();
    let asked = move || query.with(|query| (query.get("fund"), query.get("cursor")));
    let page = Resource::new_blocking(asked, |(fund, cursor)| fetch_runs(fund, cursor));
    let is_first = move || query.with(|query| query.get("cursor").is_none());
    let fund = move || query.with(|query| query.get("fund"));
    let picked =
        move || query.with(|query| asked_runs(query.get_all("picked").unwrap_or_default().iter().map(String::as_str)));
    view! {
        <Title text="Runs"/>
        <section class="page">
            <header class="page-head">
                <h1>"Runs"</h1>
                <span class="note">"results the server keeps, by when you last asked for them"</span>
                {move || fund().map(|fund| view! {
                    <span class="badge preview"><span>"fund " <bdi>{fund}</bdi></span></span>
                    <a class="link" href="/runs">"all funds"</a>
                })}
            </header>
            <Transition fallback=|| view! { <Fetching words="Fetching the runs…"/> }>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) if page.items.is_empty() => view! { <NoRuns is_first=is_first()/> }.into_any(),
                        Ok(page) => view! { <RunList page is_first=is_first() fund=fund() picked=picked()/> }.into_any(),
                        Err(problem) => view! { <ProblemMessage problem subject="list of runs"/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

#[component]
fn NoRuns(is_first: bool) -> impl IntoView {
    let words = if is_first {
        "No runs yet. Open the workbench, shape a fund and press Run: the result is kept here under its key."
    } else {
        "No further runs."
    };
    view! {
        <div class="card empty">
            <p>{words}</p>
            <p class="actions"><a class="primary" href="/">"Open the workbench"</a></p>
        </div>
    }
    .into_any()
}

#[component]
fn RunList(page: Page<RunListing>, is_first: bool, fund: Option<String>, picked: Vec<String>) -> impl IntoView {
    // What was picked on another page of the list stays picked.
    let kept = picked.iter().filter(|key| page.items.iter().all(|run| run.run_key.to_string() != **key));
    let kept = kept.map(|key| view! { <input type="hidden" name="runs" value=key.clone()/> }).collect_view();
    let rows = page.items.into_iter().map(|run| row(run, &picked)).collect_view();
    let link = |cursor: Option<String>| {
        let picked = (!picked.is_empty()).then(|| picked.join(","));
        let pairs = [("fund", fund.clone()), ("picked", picked), ("cursor", cursor)];
        let pairs: Vec<String> = pairs
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", percent_encoded(&value?))))
            .collect();
        if pairs.is_empty() { "/runs".to_owned() } else { format!("/runs?{}", pairs.join("&")) }
    };
    let newest = (!is_first).then(|| view! { <a class="ghost" href=link(None)>"Newest"</a> });
    let older =
        page.next_cursor.map(|cursor| view! { <a class="ghost" rel="next" href=link(Some(cursor))>"Older runs"</a> });
    view! {
        // A form of the page itself: choosing works without scripts.
        <form class="card" action="/compare" method="get">
            {kept}
            <div class="scroll" tabindex="0" role="region" aria-label="Runs">
                // Roles are written out because narrow screens stack the cells of a row.
                <table class="figures runs stacks" role="table">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th scope="col" role="columnheader">"Run"</th>
                            <th scope="col" role="columnheader"><span class="unseen">"Compare"</span></th>
                            <th scope="col" role="columnheader" class="words">"Fund"</th>
                            <th scope="col" role="columnheader">"Scenarios"</th>
                            <th scope="col" role="columnheader">"Median"</th>
                            <th scope="col" role="columnheader">"Mean"</th>
                            <th scope="col" role="columnheader">"Loses money"</th>
                            <th scope="col" role="columnheader" class="words">"Buckets"</th>
                            <th scope="col" role="columnheader">"Asked"</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
            <p class="row"><button type="submit" class="ghost small">"Compare the chosen runs"</button></p>
            <p class="chart-note">"The list keeps no errors: they stand beside the figures on each run’s page."</p>
            <nav class="pager" aria-label="Pages of runs">{newest} {older}</nav>
        </form>
    }
    .into_any()
}

fn row(run: RunListing, picked: &[String]) -> AnyView {
    const MOST_NAMES: usize = 4;
    let key = run.run_key.to_string();
    let name = |(place, name): (usize, &String)| {
        view! {
            {(place > 0).then_some(", ")}
            <bdi>{name.clone()}</bdi>
        }
    };
    let buckets = run.bucket_names.iter().take(MOST_NAMES).enumerate().map(name).collect_view();
    let more = run.bucket_names.len().saturating_sub(MOST_NAMES);
    let all = run.bucket_names.iter().map(|name| format::isolated(name)).collect::<Vec<_>>().join(", ");
    view! {
        <tr role="row">
            <th scope="row" role="rowheader"><a class="link mono" href=format!("/runs/{key}") title=key.clone()>{format::short_hash(&key)}</a></th>
            <td role="cell" data-label="Compare">
                <input
                    type="checkbox"
                    name="runs"
                    value=key.clone()
                    checked=picked.contains(&key)
                    aria-label=format!("Compare the run {}", format::short_hash(&key))
                />
            </td>
            <td class="words" role="cell" data-label="Fund">
                <a href=format!("/runs?fund={}", percent_encoded(&run.fund_id))><bdi>{run.fund_id.clone()}</bdi></a>
            </td>
            <td role="cell" data-label="Scenarios">{format::count(run.num_scenarios.into())}</td>
            <td role="cell" data-label="Median">{format::multiple(run.median)}</td>
            <td role="cell" data-label="Mean">{format::multiple(run.mean)}</td>
            <td role="cell" data-label="Loses money">{format::percent(run.loss_probability)}</td>
            <td class="words" role="cell" data-label="Buckets" title=all>
                {buckets} {(more > 0).then(|| format!(" and {more} more"))}
            </td>
            <td role="cell" data-label="Asked"><Instant at=run.asked_at/></td>
        </tr>
    }
    .into_any()
}
