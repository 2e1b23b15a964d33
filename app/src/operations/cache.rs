//! The figures of the page on which operators watch the cache.

use leptos::prelude::*;

use super::history::{answers_over_time, latencies_over_time};
use super::{instant, log_rows, milliseconds, part, share, table, tier_words};
use crate::access::html_of;
use crate::api::{
    AuditLine, CacheHistory, CacheStats, CacheStorage, FundRequests, Page, RequestCounts, SlowQuery, Tier, TierStorage,
};
use crate::format;
use crate::server_functions::Article;

/// Windows that the page offers: hours, and words.
const WINDOWS: [(u32, &str); 4] = [(1, "Last hour"), (12, "12 hours"), (24, "24 hours"), (168, "7 days")];

/// Funds that are shown without asking for more.
const FIRST_FUNDS: usize = 10;

/// The page; `log` are lines of the log of changes.
pub(crate) fn cache_article(stats: &CacheStats, history: &CacheHistory, log: &Page<AuditLine>) -> Article {
    let html = html_of(|| {
        view! {
            {windows(stats)}
            // There whether or not somebody is missing, so that what is below stays what it is.
            <div>{missing(&stats.missing)}</div>
            {key_figures(stats)}
            {answers_over_time(history)}
            {latencies_over_time(history)}
            <div class="side-by-side">{storage(&stats.storage)} {made_again(stats)}</div>
            <div class="side-by-side">{by_kind(stats)} {by_fund(&stats.by_fund)}</div>
            {slowest(&stats.performance.slowest_queries)}
            {log_card(stats.window_hours, log)}
        }
        .into_any()
    });
    Article { title: "Cache".to_owned(), html }
}

fn windows(stats: &CacheStats) -> AnyView {
    let links = WINDOWS.map(|(hours, words)| {
        let current = (hours == stats.window_hours).then_some("page");
        view! { <a class="choice" href=format!("/cache?hours={hours}") aria-current=current>{words}</a> }
    });
    view! {
        <div class="page-head">
            <nav class="choices-row" aria-label="Window of time">{links.into_iter().collect_view()}</nav>
            <p class="note">"As of " {instant(&stats.as_of)} "; counts since " {instant(&stats.since)} "."</p>
        </div>
    }
    .into_any()
}

fn missing(processes: &[String]) -> AnyView {
    if processes.is_empty() {
        return ().into_any();
    }
    let names = processes.iter().map(|name| view! { <li><bdi>{name.clone()}</bdi></li> });
    view! {
        <div class="notice warn" role="status">
            <p>"Did not report in time; what these counted in the last seconds is missing:"</p>
            <ul>{names.collect_view()}</ul>
        </div>
    }
    .into_any()
}

fn key_figures(stats: &CacheStats) -> AnyView {
    let (overview, performance, jobs) = (&stats.overview, &stats.performance, &stats.jobs);
    let figures = [
        ("Requests", format::count(overview.total_requests), "for runs and matrices".to_owned()),
        ("Found", share(overview.hit_rate), format!("{} of them in a tier", format::count(overview.cache_hits))),
        ("Repeats found", share(overview.repeat_hit_rate), "of runs made before; expect more than 80 %".to_owned()),
        (
            "Half answered within",
            milliseconds(performance.p50_latency_ms),
            format!(
                "95 of 100 within {}, 99 within {}",
                milliseconds(performance.p95_latency_ms),
                milliseconds(performance.p99_latency_ms)
            ),
        ),
        ("Generating rows", milliseconds(overview.avg_latency_ms.generation), "mean time for a matrix".to_owned()),
    ];
    let figures = figures.map(|(name, value, note)| {
        view! { <div class="operator-figure"><dt>{name}</dt><dd><strong>{value}</strong><span class="note">{note}</span></dd></div> }
    });
    view! {
        <dl class="card operator-figures">
            {figures.into_iter().collect_view()}
            <div class="operator-figure">
                <dt>"Jobs"</dt>
                <dd>
                    <strong><a class="link" href="/jobs">{format::count(jobs.waiting + jobs.active)}</a></strong>
                    <span class="note">
                        {format!(
                            "{} wait, {} active; {} failed in 24 hours",
                            format::count(jobs.waiting), format::count(jobs.active), format::count(jobs.failed),
                        )}
                    </span>
                </dd>
            </div>
        </dl>
    }
    .into_any()
}

fn storage(storage: &CacheStorage) -> AnyView {
    let tiers = [(Tier::Memory, storage.memory), (Tier::Redis, storage.redis), (Tier::Durable, storage.durable)];
    let rows = tiers.into_iter().map(|(tier, holding)| match holding {
        Some(holding) => tier_row(tier, holding),
        None => {
            let reason = storage.unavailable.iter().find(|unavailable| unavailable.tier == tier);
            let reason = reason.map_or_else(String::new, |unavailable| unavailable.reason.clone());
            view! {
                <tr>
                    <th scope="row" class="words">{tier_words(tier)}</th>
                    <td colspan="5" class="words"><span class="note">{reason}</span></td>
                </tr>
            }
            .into_any()
        }
    });
    let heads =
        vec![("Tier", true), ("Entries", false), ("Bytes", false), ("Mean", false), ("Limit", false), ("Taken", true)];
    let table = table("what each tier holds", heads, rows.collect());
    view! {
        <section class="card" aria-labelledby="cache-storage">
            <header><h2 id="cache-storage">"What is kept"</h2><span class="note">"memory of all processes together"</span></header>
            {table}
        </section>
    }
    .into_any()
}

fn tier_row(tier: Tier, holding: TierStorage) -> AnyView {
    let limit = holding.limit_bytes.map_or_else(|| "none".to_owned(), format::size_bytes);
    let taken = holding.limit_bytes.and_then(|limit| part(holding.total_size_bytes, limit)).map(|taken| {
        view! {
            <meter class="taken" min="0" max="1" high="0.95" value=format!("{taken:.4}") aria-label=format!("{} taken", tier_words(tier))></meter>
            " "
            {format::percent(taken)}
        }
    });
    view! {
        <tr>
            <th scope="row" class="words">{tier_words(tier)}</th>
            <td>{format::count(holding.entries_count)}</td>
            <td>{format::size_bytes(holding.total_size_bytes)}</td>
            <td>{holding.avg_entry_size_bytes.map_or_else(|| format::ABSENT.to_owned(), format::size_bytes)}</td>
            <td>{limit}</td>
            <td class="words">{taken}</td>
        </tr>
    }
    .into_any()
}

fn made_again(stats: &CacheStats) -> AnyView {
    let (again, evicted) = (&stats.overview.made_again, &stats.storage.evicted);
    let rows = [
        ("Made again: there was no room for it", again.evicted),
        ("Made again: it was dropped on purpose", again.invalidated),
        ("Made again: it was damaged", again.damaged),
        ("Rows made again: cheaper to make than to keep", again.rows_not_kept),
        ("Evicted from the durable store: entries", evicted.entries),
        ("Evicted from the durable store: rows alone", evicted.rows),
    ];
    let rows = rows.map(|(words, count)| {
        view! { <tr><th scope="row" class="words wraps">{words}</th><td>{format::count(count)}</td></tr> }.into_any()
    });
    let table = table("what was made again, and what went", vec![("What", true), ("How often", false)], rows.into());
    view! {
        <section class="card" aria-labelledby="cache-again">
            <header><h2 id="cache-again">"Made again, and evicted"</h2></header>
            {table}
        </section>
    }
    .into_any()
}

fn counts_row(name: AnyView, counts: RequestCounts) -> AnyView {
    view! {
        <tr>
            <th scope="row" class="words">{name}</th>
            <td>{format::count(counts.requests)}</td>
            <td>{format::count(counts.hits)}</td>
            <td>{format::count(counts.misses)}</td>
            <td>{share(part(counts.hits, counts.requests))}</td>
        </tr>
    }
    .into_any()
}

fn by_kind(stats: &CacheStats) -> AnyView {
    let kinds = stats.by_kind.iter().map(|(kind, counts)| counts_row(kind.clone().into_any(), *counts));
    let recent = [
        ("All, last 24 hours", stats.recent_activity.last24_hours),
        ("All, last 7 days", stats.recent_activity.last7_days),
    ];
    let recent = recent.map(|(words, counts)| counts_row(words.into_any(), counts));
    let heads = vec![("Kind", true), ("Requests", false), ("Found", false), ("Not", false), ("Share", false)];
    let table = table("requests by kind", heads, kinds.chain(recent).collect());
    view! {
        <section class="card" aria-labelledby="cache-kinds">
            <header><h2 id="cache-kinds">"By kind"</h2></header>
            {table}
        </section>
    }
    .into_any()
}

fn by_fund(funds: &[FundRequests]) -> AnyView {
    let row = |fund: &FundRequests| {
        let name =
            view! { <bdi>{fund.fund_id.clone()}</bdi> <span class="note">" " <bdi>{fund.tenant.clone()}</bdi></span> };
        counts_row(name.into_any(), fund.counts)
    };
    let heads =
        || vec![("Fund, tenant", true), ("Requests", false), ("Found", false), ("Not", false), ("Share", false)];
    let (first, rest) = funds.split_at(funds.len().min(FIRST_FUNDS));
    let body = if first.is_empty() {
        view! { <p class="note">"No fund was asked for."</p> }.into_any()
    } else {
        table("requests by fund", heads(), first.iter().map(row).collect())
    };
    let more = (!rest.is_empty()).then(|| {
        view! {
            <details>
                <summary>{format!("{} more funds", rest.len())}</summary>
                {table("requests by fund, continued", heads(), rest.iter().map(row).collect())}
            </details>
        }
    });
    view! {
        <section class="card" aria-labelledby="cache-funds">
            <header><h2 id="cache-funds">"By fund"</h2><span class="note">"the 100 asked for most"</span></header>
            {body} {more}
        </section>
    }
    .into_any()
}

fn slowest(queries: &[SlowQuery]) -> AnyView {
    let rows = queries.iter().map(|query| {
        let key = query.key.clone();
        let name = format::short_hash(&key);
        let link = if query.kind == "run" {
            view! { <a class="link mono" href=format!("/runs/{key}") title=key.clone()>{name}</a> }.into_any()
        } else {
            view! { <span class="mono" title=key.clone()>{name}</span> }.into_any()
        };
        view! {
            <tr>
                <th scope="row" class="words">{query.kind.clone()} " " {link}</th>
                <td>{format::duration_ms(query.latency_ms)}</td>
                <td class="words">{tier_words(query.tier)}</td>
                <td class="words">{instant(&query.timestamp)}</td>
            </tr>
        }
        .into_any()
    });
    let body = if queries.is_empty() {
        view! { <p class="note">"Nothing was answered in this window."</p> }.into_any()
    } else {
        let heads = vec![("What", true), ("Took", false), ("Answered from", true), ("When", true)];
        table("slowest answers", heads, rows.collect())
    };
    view! {
        <section class="card" aria-labelledby="cache-slowest">
            <header><h2 id="cache-slowest">"Slowest answers"</h2></header>
            {body}
        </section>
    }
    .into_any()
}

fn log_card(hours: u32, log: &Page<AuditLine>) -> AnyView {
    let body = if log.items.is_empty() {
        view! { <p class="note">"Nothing was dropped or made ready yet."</p> }.into_any()
    } else {
        let heads = vec![("When", true), ("Key", true), ("What", true), ("Of what", true), ("Why", true)];
        table("who changed the cache", heads, log_rows(&log.items))
    };
    let older = log.next_cursor.as_ref().map(|cursor| {
        view! { <a class="ghost" rel="next" href=format!("/cache?hours={hours}&log={cursor}")>"Older lines"</a> }
    });
    view! {
        <section class="card" aria-labelledby="cache-log">
            <header><h2 id="cache-log">"Who changed the cache"</h2></header>
            {body}
            <nav class="pager" aria-label="Pages of the log">{older}</nav>
        </section>
    }
    .into_any()
}
