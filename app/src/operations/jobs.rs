//! The pages on which operators watch what is being made: the list, and one.

use leptos::prelude::*;

use super::{instant, table, tier_words};
use crate::access::html_of;
use crate::api::{Computation, JobCounts, JobResult, JobState, Page};
use crate::format;
use crate::server_functions::Article;

/// Heads of the list, and whether what is below them is words.
const HEADS: [(&str, bool); 9] = [
    ("Run", true),
    ("State", true),
    ("How far", true),
    ("Fund", true),
    ("Tenants", true),
    ("Priority", true),
    ("Attempts", false),
    ("Taken on", true),
    ("Ended", true),
];

/// A page of the list, of one state where one is given.
pub(crate) fn jobs_article(
    page: &Page<Computation>,
    counts: JobCounts,
    state: Option<JobState>,
    is_first: bool,
) -> Article {
    let html = html_of(|| {
        view! {
            {states(counts, state)}
            {list(page, state, is_first)}
        }
        .into_any()
    });
    Article { title: "Jobs".to_owned(), html }
}

/// One of them.
pub(crate) fn job_article(job: &Computation) -> Article {
    let title = format!("Job {}", format::short_hash(job.run_key.to_string().as_str()));
    let html = html_of(|| {
        view! {
            {facts(job)}
            {log(job)}
        }
        .into_any()
    });
    Article { title, html }
}

fn states(counts: JobCounts, state: Option<JobState>) -> AnyView {
    let link = |words: &'static str, wanted: Option<JobState>| {
        let href = wanted.map_or_else(|| "/jobs".to_owned(), |wanted| format!("/jobs?state={}", wanted.name()));
        let current = (state == wanted).then_some("page");
        view! { <a class="choice" href=href aria-current=current>{words}</a> }
    };
    let links = [
        link("All", None),
        link("Waiting", Some(JobState::Waiting)),
        link("Active", Some(JobState::Active)),
        link("Complete", Some(JobState::Complete)),
        link("Failed", Some(JobState::Failed)),
        link("Cancelled", Some(JobState::Cancelled)),
    ];
    let now = format!(
        "Now {} wait and {} are active; {} failed in the last 24 hours.",
        format::count(counts.waiting),
        format::count(counts.active),
        format::count(counts.failed)
    );
    view! {
        <div class="page-head">
            <nav class="choices-row" aria-label="State">{links.into_iter().collect_view()}</nav>
            <p class="note">{now}</p>
        </div>
    }
    .into_any()
}

fn list(page: &Page<Computation>, state: Option<JobState>, is_first: bool) -> AnyView {
    let query = |cursor: Option<&str>| {
        let pairs = [("state", state.map(JobState::name)), ("cursor", cursor)];
        let pairs: Vec<String> =
            pairs.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect();
        if pairs.is_empty() { "/jobs".to_owned() } else { format!("/jobs?{}", pairs.join("&")) }
    };
    let newest = (!is_first).then(|| view! { <a class="ghost" href=query(None)>"Newest"</a> });
    let older = page
        .next_cursor
        .as_deref()
        .map(|cursor| view! { <a class="ghost" rel="next" href=query(Some(cursor))>"Older jobs"</a> });
    let body = if page.items.is_empty() {
        let words = match state {
            Some(state) => format!("No job is {}.", state.name()),
            None => "Nothing was made yet, or it is more than seven days ago.".to_owned(),
        };
        view! { <p class="note">{words}</p> }.into_any()
    } else {
        let heads = HEADS.map(|(head, is_words)| {
            view! { <th scope="col" role="columnheader" class:words=is_words>{head}</th> }
        });
        // Roles are written out because narrow screens stack the cells of a row.
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label="Table: jobs">
                <table class="figures jobs stacks" role="table">
                    <thead role="rowgroup"><tr role="row">{heads.into_iter().collect_view()}</tr></thead>
                    <tbody role="rowgroup">{page.items.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-label="Jobs">
            {body}
            <nav class="pager" aria-label="Pages of jobs">{newest} {older}</nav>
        </section>
    }
    .into_any()
}

fn row(job: &Computation) -> AnyView {
    let key = job.run_key.to_string();
    let cell = |label: &'static str, class: &'static str, content: AnyView| {
        view! { <td class=class role="cell" data-label=label>{content}</td> }
    };
    let isolated = |text: String| view! { <bdi>{text}</bdi> }.into_any();
    view! {
        <tr role="row" data-key=job.computation_id.clone()>
            <th scope="row" class="words" role="rowheader"><a class="link mono" href=format!("/jobs/{}", job.computation_id) title=key.clone()>{format::short_hash(&key)}</a></th>
            {cell("State", "words", badge(job.state))}
            {cell("How far", "words far", how_far(job))}
            {cell("Fund", "words subject", isolated(job.fund_id.clone()))}
            {cell("Tenants", "words subject", isolated(job.tenants.join(", ")))}
            {cell("Priority", "words", job.priority.clone().into_any())}
            {cell("Attempts", "", job.attempts.to_string().into_any())}
            {cell("Taken on", "words", instant(&job.created_at))}
            {cell("Ended", "words", job.ended_at.as_deref().map(instant).into_any())}
        </tr>
    }
    .into_any()
}

fn badge(state: JobState) -> AnyView {
    let (class, words) = match state {
        JobState::Waiting => ("mark", "waiting"),
        JobState::Active => ("mark active", "active"),
        JobState::Complete => ("mark good", "complete"),
        JobState::Failed => ("mark bad", "failed"),
        JobState::Cancelled => ("mark", "cancelled"),
    };
    view! { <span class=class>{words}</span> }.into_any()
}

fn how_far(job: &Computation) -> AnyView {
    match job.state {
        JobState::Active => view! {
            <progress max="100" value=format!("{:.1}", job.percent) aria-label="How far"></progress>
            " "
            {format!("{}{}%, {}", format::decimal(job.percent, 0), format::NO_BREAK_SPACE, job.step)}
        }
        .into_any(),
        JobState::Complete => match &job.result {
            Some(result) => {
                format!("took {}, {}", format::duration_ms(result.total_ms), result_words(result)).into_any()
            }
            None => "done".into_any(),
        },
        JobState::Failed => {
            view! { <span class="subject-line"><bdi>{job.error.clone().unwrap_or_default()}</bdi></span> }.into_any()
        }
        JobState::Waiting | JobState::Cancelled => job.step.clone().into_any(),
    }
}

fn result_words(result: &JobResult) -> String {
    match result.outcome {
        crate::api::JobOutcome::Hit => format!("rows from {}", tier_words(result.tier).to_lowercase()),
        crate::api::JobOutcome::Miss => "rows generated".to_owned(),
    }
}

fn facts(job: &Computation) -> AnyView {
    let run = job.run_key.to_string();
    let result = job.result.as_ref().map(|result| {
        format!(
            "{}: {} of rows in {}, {} in all",
            result.outcome.name(),
            format::size_bytes(result.row_bytes),
            format::duration_ms(result.matrix_ms),
            format::duration_ms(result.total_ms)
        )
    });
    let jobs = format!("{} of {}", format::count(job.num_jobs), job.tenants.join(", "));
    let rows = [
        ("Fund", Some(job.fund_id.clone())),
        ("Requests that share it", Some(jobs)),
        ("Priority", Some(job.priority.clone())),
        ("Attempts", Some(job.attempts.to_string())),
        ("Rows", result),
        ("What went wrong", job.error.clone()),
        ("Matrix", Some(job.matrix_key.to_string())),
        ("Computation", Some(job.computation_id.clone())),
    ];
    let rows = rows
        .into_iter()
        .filter_map(|(name, value)| Some(view! { <dt>{name}</dt><dd class="hash"><bdi>{value?}</bdi></dd> }));
    let (cancel, retry) = match job.state {
        JobState::Waiting | JobState::Active => (true, false),
        JobState::Failed | JobState::Cancelled => (false, true),
        JobState::Complete => (false, false),
    };
    let button = |action: &'static str, words: &'static str| {
        view! {
            <form method="post" action=format!("/jobs/{}", job.computation_id) data-key=action>
                <button type="submit" class="ghost" name="do" value=action>{words}</button>
            </form>
        }
    };
    view! {
        <section class="card" aria-labelledby="job-facts">
            <header>
                <h2 id="job-facts">"Run " <a class="link mono" href=format!("/runs/{run}") title=run.clone()>{format::short_hash(&run)}</a></h2>
                {badge(job.state)}
            </header>
            <p>{how_far(job)}</p>
            <dl class="facts">{rows.collect_view()}</dl>
            {cancel.then(|| button("cancel", "Cancel for all who wait"))}
            {retry.then(|| button("retry", "Try again"))}
        </section>
    }
    .into_any()
}

fn log(job: &Computation) -> AnyView {
    let rows = job.log.iter().map(|event| {
        view! {
            <tr>
                <th scope="row" class="words">{instant(&event.timestamp)}</th>
                <td class="words wraps"><bdi>{event.message.clone()}</bdi></td>
            </tr>
        }
        .into_any()
    });
    let body = if job.log.is_empty() {
        view! { <p class="note">"It was taken on by a version that kept no log."</p> }.into_any()
    } else {
        table("log of the job", vec![("When", true), ("What", true)], rows.collect())
    };
    view! {
        <section class="card" aria-labelledby="job-log">
            <header><h2 id="job-log">"Log"</h2></header>
            {body}
        </section>
    }
    .into_any()
}
