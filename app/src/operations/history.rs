//! The cache over time, drawn: where answers came from, and how long they took.

use leptos::prelude::*;

use super::{instant, milliseconds, part, plural, share, table, tier_words};
use crate::api::{CacheHistory, CachePeriod, Tier, TierPeriod};
use crate::format;

const TIERS: [Tier; 4] = [Tier::Memory, Tier::Redis, Tier::Durable, Tier::Computed];

/// Height of the bars, pixels.
const BARS_HEIGHT: f64 = 120.0;
/// Height of a class of latencies, pixels.
const CLASS_HEIGHT: f64 = 9.0;

fn of(period: &CachePeriod, tier: Tier) -> &TierPeriod {
    match tier {
        Tier::Memory => &period.memory,
        Tier::Redis => &period.redis,
        Tier::Durable => &period.durable,
        Tier::Computed | Tier::Shared => &period.computed,
    }
}

fn class(tier: Tier) -> &'static str {
    match tier {
        Tier::Memory => "tier-memory",
        Tier::Redis => "tier-redis",
        Tier::Durable => "tier-durable",
        Tier::Computed | Tier::Shared => "tier-computed",
    }
}

/// Requests by where they were answered from, a bar for each period.
pub(super) fn answers_over_time(history: &CacheHistory) -> AnyView {
    let all: u64 = history.periods.iter().map(|period| period.requests).sum();
    let legends = TIERS.map(|tier| {
        let count: u64 = history.periods.iter().map(|period| of(period, tier).requests).sum();
        view! {
            <span class="legend">
                <i class=format!("swatch {}", class(tier))></i>
                {format!("{}: {} ({})", tier_words(tier), format::count(count), share(part(count, all)))}
            </span>
        }
    });
    let most = history.periods.iter().map(|period| period.requests).max().unwrap_or(0);
    let width = 100.0 / history.periods.len().max(1) as f64;
    let bars = history.periods.iter().enumerate().flat_map(|(index, period)| {
        let mut top = BARS_HEIGHT;
        let stacked = TIERS.into_iter().filter(|tier| of(period, *tier).requests > 0).map(move |tier| {
            let height = of(period, tier).requests as f64 / most.max(1) as f64 * BARS_HEIGHT;
            top -= height;
            view! {
                <rect
                    class=class(tier)
                    x=format!("{:.3}%", index as f64 * width)
                    y=format!("{top:.2}")
                    width=format!("{:.3}%", width * 0.86)
                    height=format!("{height:.2}")
                />
            }
        });
        stacked.collect::<Vec<_>>()
    });
    let words = format!(
        "{} in {}; the busiest period had {}.",
        plural(all, "request", "requests"),
        period_words(history),
        format::count(most)
    );
    let chart = view! {
        <svg class="chart" width="100%" height=format!("{}", BARS_HEIGHT + 20.0) role="img" aria-label=words.clone()>
            <line class="axis" x1="0" x2="100%" y1=format!("{BARS_HEIGHT}") y2=format!("{BARS_HEIGHT}")/>
            {bars.collect_view()}
            {ends(history, BARS_HEIGHT + 15.0)}
        </svg>
    };
    let body = if all == 0 {
        view! { <p class="note">"Nothing was asked in this window."</p> }.into_any()
    } else {
        view! { <p class="legends">{legends.into_iter().collect_view()}</p> {chart} <p class="chart-note">{words}</p> {as_table(history)} }
            .into_any()
    };
    view! {
        <section class="card" aria-labelledby="cache-answers">
            <header><h2 id="cache-answers">"Where answers came from"</h2></header>
            {body}
        </section>
    }
    .into_any()
}

/// Answers by how long they took, for each tier that gave any: darker where there were more.
pub(super) fn latencies_over_time(history: &CacheHistory) -> AnyView {
    let maps = TIERS.into_iter().filter_map(|tier| {
        let rows = history.latency_bounds_ms.len() + 1;
        let count = |class: usize| {
            history.periods.iter().filter_map(|period| of(period, tier).latencies.get(class)).sum::<u64>()
        };
        let first = (0..rows).find(|class| count(*class) > 0)?;
        let last = (0..rows).rev().find(|class| count(*class) > 0)?;
        Some(heat_map(history, tier, first, last))
    });
    let maps: Vec<AnyView> = maps.collect();
    let body = if maps.is_empty() {
        view! { <p class="note">"Nothing was answered in this window."</p> }.into_any()
    } else {
        view! { <div class="latency-maps">{maps}</div> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="cache-latencies">
            <header>
                <h2 id="cache-latencies">"How long answers took"</h2>
                <span class="note">"from the request to its answer; darker where there were more"</span>
            </header>
            {body}
        </section>
    }
    .into_any()
}

/// The classes `first` to `last` of one tier, slow ones above.
fn heat_map(history: &CacheHistory, tier: Tier, first: usize, last: usize) -> AnyView {
    let counts = |period: &CachePeriod| of(period, tier).latencies.clone();
    let most = history.periods.iter().flat_map(counts).max().unwrap_or(1).max(1);
    let height = (last - first + 1) as f64 * CLASS_HEIGHT;
    let width = 100.0 / history.periods.len().max(1) as f64;
    let place = |class: usize| (last - class) as f64 * CLASS_HEIGHT;
    let cells = history.periods.iter().enumerate().flat_map(|(index, period)| {
        let cells = counts(period).into_iter().enumerate().filter(|(_, count)| *count > 0);
        let cells = cells.map(move |(class, count)| {
            // The eye tells few from none, and many from most.
            let opacity = 0.15 + 0.85 * (count as f64 / most as f64).sqrt();
            view! {
                <rect
                    x=format!("{:.3}%", index as f64 * width)
                    y=format!("{:.1}", place(class))
                    width=format!("{:.3}%", width * 0.94)
                    height=format!("{:.1}", CLASS_HEIGHT - 1.0)
                    fill-opacity=format!("{opacity:.2}")
                />
            }
        });
        cells.collect::<Vec<_>>()
    });
    let bound = |class: usize| match history.latency_bounds_ms.get(class) {
        Some(bound) => format!("≤ {}", format::duration_ms(*bound)),
        None => format!("> {}", milliseconds(history.latency_bounds_ms.last().copied())),
    };
    let labels = [first, last].into_iter().take(if first == last { 1 } else { 2 });
    let labels = labels.map(|class| {
        view! { <text x="100%" y=format!("{:.1}", place(class) + 8.0) text-anchor="end">{bound(class)}</text> }
    });
    let latest = history.periods.iter().rev().find_map(|period| of(period, tier).p95_latency_ms);
    let name = format!("{}: answers by how long they took, over time", tier_words(tier));
    view! {
        <div class="latency-map">
            <p class="map-name">
                <i class=format!("swatch {}", class(tier))></i> {tier_words(tier)}
                <span class="note">{format!("95 of 100 lately within {}", milliseconds(latest))}</span>
            </p>
            <svg class="chart bounds" width="72" height=format!("{}", height + 18.0) aria-hidden="true">{labels.collect_view()}</svg>
            <svg class=format!("chart heat {}", class(tier)) width="100%" height=format!("{}", height + 18.0) role="img" aria-label=name>
                {cells.collect_view()}
                {ends(history, height + 14.0)}
            </svg>
        </div>
    }
    .into_any()
}

/// When the first period begins, and that the last one is now.
fn ends(history: &CacheHistory, y: f64) -> AnyView {
    let time = history.since.get(5..16).unwrap_or_default().replace('T', " ");
    view! {
        <text x="0" y=format!("{y:.1}")>{format!("{time} UTC")}</text>
        <text x="100%" y=format!("{y:.1}") text-anchor="end">"now"</text>
    }
    .into_any()
}

fn period_words(history: &CacheHistory) -> String {
    let length = format::age_seconds(history.period_seconds);
    format!("{} periods of {length}", history.periods.len())
}

/// The same in figures, newest first.
fn as_table(history: &CacheHistory) -> AnyView {
    let rows = history.periods.iter().rev().filter(|period| period.requests > 0).map(|period| {
        let tiers = TIERS.map(|tier| {
            let TierPeriod { requests, p50_latency_ms, p95_latency_ms, .. } = of(period, tier);
            view! {
                <td>{format::count(*requests)}</td>
                <td>{milliseconds(*p50_latency_ms)}</td>
                <td>{milliseconds(*p95_latency_ms)}</td>
            }
        });
        view! {
            <tr>
                <th scope="row" class="words">{instant(&period.starts_at)}</th>
                <td>{format::count(period.requests)}</td>
                <td>{share(part(period.hits, period.requests))}</td>
                {tiers.into_iter().collect_view()}
            </tr>
        }
        .into_any()
    });
    let mut heads = vec![("Period", true), ("Requests", false), ("Found", false)];
    for name in ["Memory", "Redis", "Durable", "Computed"] {
        heads.extend([(name, false), ("half within", false), ("95 of 100", false)]);
    }
    let table = table("answers by period", heads, rows.collect());
    view! { <details><summary>"As a table"</summary>{table}</details> }.into_any()
}
