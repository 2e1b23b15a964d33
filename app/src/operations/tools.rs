//! Forms with which operators drop results and have them made, each looked at before it is done; and what came of them.

use leptos::prelude::*;

use super::plural;
use crate::access::html_of;
use crate::api::{Contents, ForeseenWarming, Invalidated, RejectedConfiguration, Warmed};
use crate::format;
use crate::server_functions::Article;
use foliocast_core::Error;

/// What the form for dropping holds, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drop {
    /// `all`, `fund`, `matrix` or `kind`.
    pub scope: String,
    /// The fund, key or kind that the scope needs.
    pub of: String,
    /// Why.
    pub reason: String,
}

/// What the form for making ready holds, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warm {
    /// Ids of funds, one on a line.
    pub fund_ids: String,
    /// A JSON list of configurations, or nothing.
    pub configs: String,
    /// `low` or `high`.
    pub priority: String,
    /// Why.
    pub reason: String,
}

/// What came of a form of these pages; the server provides it as context.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// What would be dropped.
    WouldDrop(Drop, Contents),
    /// What was.
    Dropped(Invalidated),
    /// What would be made.
    WouldWarm(Warm, ForeseenWarming),
    /// What is.
    Warmed(Warmed),
    /// Dropping was refused.
    DropRefused(Drop, String, Vec<Error>),
    /// Making ready was refused.
    WarmRefused(Warm, String, Vec<Error>),
    /// Something else was.
    Refused(String),
}

/// The forms of the page about the cache, with what came of the last one.
pub(crate) fn cache_tools_article(notice: Option<&Notice>) -> Article {
    let html = html_of(|| {
        view! {
            <div class="page-head">
                <h1>"Cache"</h1>
                <nav class="choices-row" aria-label="Pages for operators">
                    <a class="choice" href="/cache" aria-current="page">"Cache"</a>
                    <a class="choice" href="/jobs">"Jobs"</a>
                </nav>
            </div>
            {notice.map(notice_view)}
            <div class="side-by-side tools">{drop_form(notice)} {warm_form(notice)}</div>
        }
        .into_any()
    });
    Article { title: "Cache".to_owned(), html }
}

/// What came of a form of the pages about jobs.
pub(crate) fn job_notice_article(notice: Option<&Notice>) -> Article {
    let html = html_of(|| {
        view! {
            <div class="page-head">
                <h1>"Jobs"</h1>
                <nav class="choices-row" aria-label="Pages for operators">
                    <a class="choice" href="/cache">"Cache"</a>
                    <a class="choice" href="/jobs" aria-current="page">"Jobs"</a>
                </nav>
            </div>
            {notice.map(notice_view)}
        }
        .into_any()
    });
    Article { title: "Jobs".to_owned(), html }
}

fn notice_view(notice: &Notice) -> AnyView {
    match notice {
        Notice::WouldDrop(drop, contents) => would_drop(drop, contents),
        Notice::Dropped(invalidated) => dropped(invalidated),
        Notice::WouldWarm(warm, foreseen) => would_warm(warm, foreseen),
        Notice::Warmed(warmed) => was_warmed(warmed),
        Notice::DropRefused(_, message, details) | Notice::WarmRefused(_, message, details) => {
            let details = details.iter().map(|error| {
                let path = (!error.path.is_empty()).then(|| view! { <code>{error.path.clone()}</code> ": " });
                view! { <li>{path} {error.message.clone()}</li> }
            });
            view! {
                <div class="notice warn" role="alert">
                    <p>{if details.len() == 0 { message.clone() } else { "This cannot be done:".to_owned() }}</p>
                    <ul>{details.collect_view()}</ul>
                </div>
            }
            .into_any()
        }
        Notice::Refused(message) => view! { <p class="notice warn" role="alert">{message.clone()}</p> }.into_any(),
    }
}

fn hidden(fields: Vec<(&'static str, String)>) -> AnyView {
    let inputs = fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    inputs.collect_view().into_any()
}

fn would_drop(drop: &Drop, contents: &Contents) -> AnyView {
    let what = match drop.scope.as_str() {
        "fund" => format!("of the fund {}", format::isolated(&drop.of)),
        "matrix" => format!("of the matrix {}", format::short_hash(&drop.of)),
        "kind" => format!("of the kind {}", drop.of),
        _ => "of all funds and tenants".to_owned(),
    };
    let under_way = (contents.under_way > 0)
        .then(|| format!(" {} under way would begin anew.", plural(contents.under_way, "computation", "computations")));
    let is_nothing = contents.runs + contents.matrices + contents.under_way == 0;
    let words = format!(
        "{} and {} {what} would go, {} in the durable store, and whatever memory and Redis have of them.",
        plural(contents.runs, "run", "runs"),
        plural(contents.matrices, "matrix", "matrices"),
        format::size_bytes(contents.bytes)
    );
    let fields = vec![("scope", drop.scope.clone()), ("of", drop.of.clone()), ("reason", drop.reason.clone())];
    let button = if is_nothing { "Drop it all the same" } else { "Drop them" };
    view! {
        <div class="notice foreseen" role="status">
            <p>"Nothing was dropped yet. " {words} {under_way} " Whoever asks again has them made again."</p>
            <form method="post" action="/cache">
                {hidden(fields)}
                <button type="submit" class="primary" name="do" value="drop">{button}</button>
                " " <a class="ghost" rel="external" href="/cache">"Leave it"</a>
            </form>
        </div>
    }
    .into_any()
}

fn dropped(invalidated: &Invalidated) -> AnyView {
    let counts = invalidated.invalidated;
    let redis = counts.redis.map_or_else(
        || "Redis was told nothing or will be told later".to_owned(),
        |count| format!("{} in Redis", format::count(count)),
    );
    let words = format!(
        "Dropped: {} in the durable store, {} in memory, {redis}. It took {}.",
        format::count(counts.durable),
        format::count(counts.memory),
        format::duration_ms(invalidated.duration)
    );
    let silent = (!invalidated.unacknowledged.is_empty()).then(|| {
        let names = invalidated.unacknowledged.iter().map(|name| view! { <li><bdi>{name.clone()}</bdi></li> });
        view! {
            <p>"These did not acknowledge it; what they answer from memory they mark as unconfirmed, and they are not ready:"</p>
            <ul>{names.collect_view()}</ul>
        }
    });
    view! { <div class="notice" role="status"><p>{words}</p>{silent}</div> }.into_any()
}

fn rejected_view(rejected: &[RejectedConfiguration]) -> AnyView {
    if rejected.is_empty() {
        return ().into_any();
    }
    let lines = rejected.iter().flat_map(|rejected| &rejected.details).map(|error| {
        view! { <li><code>{error.path.clone()}</code> ": " {error.message.clone()}</li> }
    });
    view! {
        <p>{format!("{} cannot be made:", plural(rejected.len() as u64, "configuration", "configurations"))}</p>
        <ul>{lines.collect_view()}</ul>
    }
    .into_any()
}

fn would_warm(warm: &Warm, foreseen: &ForeseenWarming) -> AnyView {
    let takes = foreseen
        .estimated
        .total_duration_ms
        .filter(|_| foreseen.would_schedule > 0)
        .map(|total| format!(" By what the latest took that is {} of computing.", format::duration_ms(total)));
    let words = format!(
        "{} would be made; {} are there, {} are being made.",
        plural(foreseen.would_schedule, "run", "runs"),
        format::count(foreseen.already_cached),
        format::count(foreseen.already_under_way)
    );
    let fields = vec![
        ("fundIds", warm.fund_ids.clone()),
        ("configs", warm.configs.clone()),
        ("priority", warm.priority.clone()),
        ("reason", warm.reason.clone()),
    ];
    let button = (foreseen.would_schedule > 0)
        .then(|| view! { <button type="submit" class="primary" name="do" value="warm">"Make them"</button> " " });
    view! {
        <div class="notice foreseen" role="status">
            <p>"Nothing is made yet. " {words} {takes}</p>
            {rejected_view(&foreseen.rejected)}
            <form method="post" action="/cache">
                {hidden(fields)}
                {button}
                <a class="ghost" rel="external" href="/cache">"Leave it"</a>
            </form>
        </div>
    }
    .into_any()
}

fn was_warmed(warmed: &Warmed) -> AnyView {
    let by = warmed
        .estimated
        .completion_time
        .as_deref()
        .map(|time| format!(" The last of them should be there by {}.", format::instant_utc(time)));
    let words = format!(
        "{} made now; {} were there, {} were being made.",
        plural(warmed.scheduled, "run is", "runs are"),
        format::count(warmed.already_cached),
        format::count(warmed.already_under_way)
    );
    view! {
        <div class="notice" role="status">
            <p>{words} {by} " " <a class="link" href="/jobs">"Watch the jobs"</a></p>
            {rejected_view(&warmed.rejected)}
        </div>
    }
    .into_any()
}

fn drop_form(notice: Option<&Notice>) -> AnyView {
    let typed = match notice {
        Some(Notice::WouldDrop(drop, _) | Notice::DropRefused(drop, ..)) => drop.clone(),
        _ => Drop { scope: "fund".to_owned(), ..Drop::default() },
    };
    let is_open = matches!(notice, Some(Notice::DropRefused(..)));
    let scopes = [
        ("fund", "A fund’s runs, and matrices that no other fund uses"),
        ("matrix", "A matrix, and the runs made from it"),
        ("kind", "All of a kind: run or matrix"),
        ("all", "Everything"),
    ];
    let options = scopes.map(|(value, words)| {
        let is_typed = value == typed.scope;
        view! { <option value=value selected=is_typed>{words}</option> }
    });
    view! {
        <details class="card tool" open=is_open>
            <summary>"Drop results"</summary>
            <form class="access-form" method="post" action="/cache" aria-label="Drop results">
                <label for="drop-scope">"What"</label>
                <select id="drop-scope" name="scope">{options.into_iter().collect_view()}</select>
                <label for="drop-of">"Which fund, matrix key or kind"</label>
                <input id="drop-of" name="of" value=typed.of maxlength="400" autocomplete="off" spellcheck="false" autocapitalize="off"/>
                <label for="drop-reason">"Why, for the log"</label>
                <input id="drop-reason" name="reason" value=typed.reason maxlength="200" autocomplete="off"/>
                <button type="submit" class="primary" name="do" value="foresee-drop">"See what would go"</button>
            </form>
        </details>
    }
    .into_any()
}

fn warm_form(notice: Option<&Notice>) -> AnyView {
    let typed = match notice {
        Some(Notice::WouldWarm(warm, _) | Notice::WarmRefused(warm, ..)) => warm.clone(),
        _ => Warm { priority: "low".to_owned(), ..Warm::default() },
    };
    let is_open = matches!(notice, Some(Notice::WarmRefused(..)));
    let priorities = [("low", "Low: when nothing else waits"), ("high", "High: before every low one")];
    let options = priorities.map(|(value, words)| {
        let is_typed = value == typed.priority;
        view! { <option value=value selected=is_typed>{words}</option> }
    });
    view! {
        <details class="card tool" open=is_open>
            <summary>"Have results made"</summary>
            <form class="access-form" method="post" action="/cache" aria-label="Have results made">
                <label for="warm-funds">"Funds, one on a line: their own configurations, or the ones below for each"</label>
                <textarea id="warm-funds" name="fundIds" rows="3" spellcheck="false" autocapitalize="off">{typed.fund_ids}</textarea>
                <label for="warm-configs">"Configurations, a JSON list; may be left empty"</label>
                <textarea id="warm-configs" name="configs" rows="4" spellcheck="false" autocapitalize="off" class="mono">{typed.configs}</textarea>
                <label for="warm-priority">"Priority"</label>
                <select id="warm-priority" name="priority">{options.into_iter().collect_view()}</select>
                <label for="warm-reason">"Why, for the log"</label>
                <input id="warm-reason" name="reason" value=typed.reason maxlength="200" autocomplete="off"/>
                <button type="submit" class="primary" name="do" value="foresee-warm">"See what would be made"</button>
            </form>
        </details>
    }
    .into_any()
}
