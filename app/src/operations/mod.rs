//! What operators see of the installation and do to it: written whole by the server, with forms that work without scripts.

mod cache;
mod history;
mod jobs;
mod tools;

pub use tools::{Drop, Notice, Warm};

pub(crate) use cache::cache_article;
pub(crate) use jobs::{job_article, jobs_article};
pub(crate) use tools::{cache_tools_article, job_notice_article};

use leptos::prelude::*;

use crate::api::{AuditLine, Tier};
use crate::format;

/// The value of a parameter of a query, as it was written, where it is there.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let pairs = query.trim_start_matches('?').split('&');
    let found = pairs.filter_map(|pair| pair.split_once('=')).find(|(found, _)| *found == name);
    found.map(|(_, value)| value.to_owned()).filter(|value| !value.is_empty())
}

/// A table that narrow screens scroll, named for who cannot see it.
fn table(name: &'static str, heads: Vec<(&'static str, bool)>, rows: Vec<AnyView>) -> AnyView {
    let heads = heads.into_iter().map(|(head, is_words)| view! { <th scope="col" class:words=is_words>{head}</th> });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=format!("Table: {name}")>
            <table class="figures">
                <thead><tr>{heads.collect_view()}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A share, or nothing where there is none.
fn share(value: Option<f64>) -> String {
    value.map_or_else(|| format::ABSENT.to_owned(), format::percent)
}

/// A time, or nothing where nothing was measured.
fn milliseconds(value: Option<f64>) -> String {
    value.map_or_else(|| format::ABSENT.to_owned(), format::duration_ms)
}

/// Of counts the share that is in words for people, 0–1.
fn part(count: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| count as f64 / all as f64)
}

/// How many of something, for people.
fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", format::count(count), if count == 1 { one } else { many })
}

/// A place that answers, for people.
const fn tier_words(tier: Tier) -> &'static str {
    match tier {
        Tier::Memory => "Memory",
        Tier::Redis => "Redis",
        Tier::Durable => "Durable store",
        Tier::Computed | Tier::Shared => "Computed",
    }
}

/// An instant to the second, in the form that tables have.
fn instant(text: &str) -> AnyView {
    let words = match (text.get(..10), text.get(11..19)) {
        (Some(date), Some(time)) => format!("{date} {time}{}UTC", format::NO_BREAK_SPACE),
        _ => text.to_owned(),
    };
    view! { <time datetime=text.to_owned()>{words}</time> }.into_any()
}

/// Lines of the log of changes that are about the cache.
fn log_rows(lines: &[AuditLine]) -> Vec<AnyView> {
    let row = |line: &AuditLine| {
        view! {
            <tr data-key=line.id.clone()>
                <th scope="row" class="words">{instant(&line.timestamp)}</th>
                <td class="words"><bdi>{line.user.clone()}</bdi></td>
                <td class="words">{line.action.clone()}</td>
                <td class="words subject"><bdi>{line.subject.clone()}</bdi></td>
                <td class="words subject"><bdi>{line.reason.clone().unwrap_or_default()}</bdi></td>
            </tr>
        }
        .into_any()
    };
    lines.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_in_a_query() {
        assert_eq!(parameter("?hours=24&log=5ab", "log").as_deref(), Some("5ab"));
        assert_eq!(parameter("hours=24", "hours").as_deref(), Some("24"));
        assert_eq!(parameter("", "hours"), None);
        assert_eq!(parameter("hours=", "hours"), None);
    }
}
