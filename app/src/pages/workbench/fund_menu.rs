//! Stored funds, the fund's newest runs, files: what opens below the head of the inputs.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::field::input_id;
use super::import::ImportBox;
use super::state::Workbench;
use crate::api::{Fund, Problem, RunListing};
use crate::api_client::percent_encoded;
use crate::browser::{self, download_json, focus_soon};
use crate::components::Instant;
use crate::format;
use crate::server_functions::{fetch_funds, fetch_runs};

/// So many of a fund's newest runs are shown here; its page of runs has all.
const NEWEST_RUNS: usize = 5;

/// What can be done with funds and files. It is made when it is opened, and what it lists is asked for then.
#[component]
pub(super) fn FundMenu(
    /// Closes it.
    close: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    const FIRST_ID: &str = "fund-duplicate";
    let workbench = expect_context::<Workbench>();
    let is_invalid = move || workbench.check.with(|check| check.config.is_none());
    let duplicate = move |_| {
        workbench.edit(|draft| draft.fund_id = copy_name(&draft.fund_id));
        close();
        browser::focus(&input_id("fundId"));
    };
    let export = move |_| {
        let written = workbench.exported();
        if let Some((file, json)) = written {
            download_json(&file, &json);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            close();
        }
    };
    focus_soon(FIRST_ID.to_owned());
    view! {
        <section class="fund-menu" aria-label="Funds and files" on:keydown=on_key>
            <div class="row">
                <button type="button" class="ghost small" id=FIRST_ID on:click=duplicate>"Duplicate"</button>
                <button
                    type="button"
                    class="ghost small"
                    disabled=is_invalid
                    title=move || if is_invalid() { "What is typed is not valid" } else { "The configuration as a file" }
                    on:click=export
                >
                    "Export JSON"
                </button>
                <div class="spacer"></div>
                <button type="button" class="ghost small" on:click=move |_| close()>"Close"</button>
            </div>
            <ImportBox/>
            <StoredFunds close/>
            <NewestRuns/>
        </section>
    }
    .into_any()
}

/// The name of a copy: `fund-7 copy`, `fund-7 copy 2` … at most as long as names may be.
pub fn copy_name(name: &str) -> String {
    const LONGEST: usize = 128;
    let name = name.trim();
    let (stem, number) = match name.rsplit_once(" copy") {
        Some((stem, "")) => (stem, 2),
        Some((stem, number)) => match number.trim_start().parse::<u32>() {
            Ok(number) => (stem, number.saturating_add(1)),
            Err(_) => (name, 1),
        },
        None => (name, 1),
    };
    let ending = if number == 1 { " copy".to_owned() } else { format!(" copy {number}") };
    let stem: String = stem.chars().take(LONGEST - ending.chars().count()).collect();
    stem + &ending
}

/// What the server answered to the menu; `None` until it has.
type Answer<T> = RwSignal<Option<Result<Vec<T>, Problem>>>;

/// What is said while there is no list, or that it is empty.
fn without_list<T>(answer: Option<Result<Vec<T>, Problem>>, empty: &'static str) -> Result<Vec<T>, String> {
    match answer {
        None => Err("Asking the server …".to_owned()),
        Some(Err(problem)) => Err(problem.message),
        Some(Ok(items)) if items.is_empty() => Err(empty.to_owned()),
        Some(Ok(items)) => Ok(items),
    }
}

/// The first stored funds, to be opened.
#[component]
fn StoredFunds(close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let answer: Answer<Fund> = RwSignal::new(None);
    leptos::task::spawn_local(async move {
        let page = fetch_funds(None).await;
        answer.try_set(Some(page.map(|page| page.items)));
    });
    let line = move |fund: Fund| {
        let id = fund.fund_id.clone();
        let open = move |_| {
            close();
            workbench.funds.open(workbench, id.clone());
        };
        view! {
            <li>
                <button type="button" class="link" on:click=open><bdi>{fund.fund_id}</bdi></button>
                <span class="muted"><Instant at=fund.updated_at/></span>
            </li>
        }
        .into_any()
    };
    view! {
        <h2>"Stored funds " <a class="link" href="/funds">"all of them"</a></h2>
        {move || match without_list(answer.get(), "None yet: Save stores what is typed under its name.") {
            Ok(funds) => view! { <ul class="lines">{funds.into_iter().map(line).collect_view()}</ul> }.into_any(),
            Err(words) => view! { <p class="note">{words}</p> }.into_any(),
        }}
    }
    .into_any()
}

/// The newest runs of the fund being edited.
#[component]
fn NewestRuns() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let fund_id = workbench.draft.with_untracked(|draft| draft.fund_id.trim().to_owned());
    let answer: Answer<RunListing> = RwSignal::new(None);
    let asked = fund_id.clone();
    leptos::task::spawn_local(async move {
        let page = fetch_runs(Some(asked), None).await;
        answer.try_set(Some(page.map(|page| page.items)));
    });
    let line = |run: RunListing| {
        let key = run.run_key.to_string();
        view! {
            <li>
                <a class="link mono" href=format!("/runs/{key}")>{format::short_hash(&key)}</a>
                <span>{format::rows(run.num_scenarios)} ", median " {format::multiple(run.median)}</span>
                <span class="muted"><Instant at=run.asked_at/></span>
            </li>
        }
        .into_any()
    };
    view! {
        <h2>
            "Runs of this fund " <a class="link" href=format!("/runs?fund={}", percent_encoded(&fund_id))>"all of them"</a>
        </h2>
        {move || match without_list(answer.get(), "None yet: Run makes one and keeps it.") {
            Ok(runs) => view! { <ul class="lines">{runs.into_iter().take(NEWEST_RUNS).map(line).collect_view()}</ul> }.into_any(),
            Err(words) => view! { <p class="note">{words}</p> }.into_any(),
        }}
    }
    .into_any()
}
