//! A stored run: what it says, what it was made from, and how to check it.

mod configuration;
mod provenance;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use self::configuration::ConfigurationCard;
#[cfg(feature = "ssr")]
pub(crate) use self::configuration::ConfigurationWords;
pub(crate) use self::configuration::NO_LIMITS;
use self::provenance::ProvenanceCard;
use super::ProblemMessage;
use crate::api::{CacheInfo, Run, Tier};
use crate::components::{Badge, BadgeKind, Basis, Instant, Results, RowLinks};
use crate::format;
use crate::server_functions::fetch_run;

/// The page of one run.
#[component]
pub fn RunPage() -> impl IntoView {
    let params = use_params_map();
    let key = move || params.with(|params| params.get("key").unwrap_or_default());
    let answer = Resource::new_blocking(key, fetch_run);
    view! {
        <Transition fallback=|| view! { <Loading/> }>
            {move || Suspend::new(async move {
                match answer.await {
                    Ok(run) => view! { <RunView run/> }.into_any(),
                    Err(problem) => view! { <ProblemMessage problem subject="run"/> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Loading() -> impl IntoView {
    view! {
        <section class="page" role="status">
            <h1>"Fetching the run…"</h1>
            <div class="card loading">{(0..8).map(|_| view! { <div class="skeleton"></div> }).collect_view()}</div>
        </section>
    }
    .into_any()
}

/// The tier in words.
fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Memory => "memory",
        Tier::Redis => "Redis",
        Tier::Durable => "durable store",
        Tier::Computed => "computed now",
        Tier::Shared => "made before by others",
    }
}

/// `authoritative, 1,000,000 rows, memory, 0.8 ms, stored bytes checked`. The server checks bytes against their
/// digest as they enter it, so every result it hands out is. "Verified" is what this browser's own audit says.
fn badge_words(num_scenarios: u32, cache: &CacheInfo) -> String {
    format!(
        "authoritative, {}, {}, {}, stored bytes checked",
        format::rows(num_scenarios),
        tier(cache.tier),
        format::duration_ms(cache.latency_ms)
    )
}

/// The address that opens a configuration in the workbench.
fn workbench_link(configuration: &serde_json::Value) -> String {
    format!("/#c1.{}", URL_SAFE_NO_PAD.encode(configuration.to_string()))
}

#[component]
fn RunView(run: Run) -> impl IntoView {
    let key = run.run_key.to_string();
    let fund = run.configuration.get("fundId").and_then(|fund| fund.as_str()).unwrap_or_default().to_owned();
    let summary = Arc::new(run.summary.clone());
    let warnings = run.warnings.clone();
    let basis = RwSignal::new(Basis::default());
    let words = badge_words(run.num_scenarios, &run.cache);
    let unconfirmed = run.cache.unconfirmed == Some(true);
    view! {
        <Title text=format!("Run {}", format::short_hash(&key))/>
        <section class="page">
            <header class="page-head">
                <h1>"Run " <span class="mono">{format::short_hash(&key)}</span></h1>
                <span class="note">"fund " <bdi>{fund}</bdi> " · made " <Instant at=run.created_at.clone()/></span>
                <div class="spacer"></div>
                <a class="ghost" href=format!("/runs?picked={key}")>"Compare"</a>
                <RowLinks data=run.links.data.clone() num_scenarios=run.num_scenarios/>
                <a class="ghost" href=format!("/runs/{key}/report")>"One-page report"</a>
                <a class="primary" href=workbench_link(&run.configuration)>"Open in the workbench"</a>
            </header>
            <Results summary=Signal::stored(Some(summary)) warnings=Signal::stored(warnings) basis>
                <Badge kind=BadgeKind::Authoritative text=words/>
                {unconfirmed.then(|| view! {
                    <Badge kind=BadgeKind::Warn text="not confirmed: the server cannot reach its stores to see whether this was invalidated".to_owned()/>
                })}
            </Results>
            <div class="columns">
                <ConfigurationCard configuration=run.configuration.clone()/>
                <ProvenanceCard run/>
            </div>
        </section>
    }
    .into_any()
}
