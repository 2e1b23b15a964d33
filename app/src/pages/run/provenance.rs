//! Where a run comes from and how anyone can check it.

use leptos::prelude::*;

use super::tier;
use crate::api::{ConfigurationSource, Run};
use crate::components::Instant;
use crate::format;
use crate::verify::VerifyRun;

/// Keys, digests, versions and what making it took.
#[component]
pub(super) fn ProvenanceCard(
    /// The run.
    run: Run,
) -> impl IntoView {
    let source = match run.configuration_source {
        ConfigurationSource::Request => "given in the request",
        ConfigurationSource::Stored => "the fund’s stored one",
        ConfigurationSource::Default => "the default fund’s, since this fund has none stored",
    };
    let generation = run.generation;
    let threads =
        if generation.threads == 1 { "1 thread".to_owned() } else { format!("{} threads", generation.threads) };
    let made = format!(
        "{} deal draws in {} on {threads} ({})",
        format::count(generation.deal_draws),
        format::duration_ms(generation.duration_ms),
        format::rate_per_second(generation.draws_per_second),
    );
    let answered = format!(
        "{}, in {}; the result is {} old",
        tier(run.cache.tier),
        format::duration_ms(run.cache.latency_ms),
        format::age_seconds(run.cache.age_seconds),
    );
    let hash =
        |name: &'static str, value: String| view! { <dt>{name}</dt><dd class="mono hash">{value}</dd> }.into_any();
    view! {
        <section class="card" aria-labelledby="provenance-title">
            <header><h2 id="provenance-title">"Where it comes from"</h2></header>
            <dl class="facts">
                {hash("Run key", run.run_key.to_string())}
                {hash("Matrix key", run.matrix_key.to_string())}
                {hash("Rows digest", run.digest.to_string())}
                {hash("Summary digest", run.summary_digest.to_string())}
                <dt>"Made"</dt>
                <dd><Instant at=run.created_at.clone()/> " · " {made}</dd>
                <dt>"This answer"</dt>
                <dd>{answered}</dd>
                <dt>"Configuration"</dt>
                <dd>{source}</dd>
                <dt>"Versions"</dt>
                <dd>{format!("model {} · kernel {}", run.model_version, run.kernel)}</dd>
            </dl>
            <p class="note">
                "Anyone can check it: the same configuration gives the same keys, and each block of 1,024 rows can be made again and compared with its digest ("
                <a class="link" rel="external" href=run.links.blocks.clone()>"block digests"</a>
                ", "
                <a class="link" rel="external" href=run.links.self_.clone()>"the run as JSON"</a>
                ", "
                <code>"foliocast verify"</code>
                ")."
            </p>
            <VerifyRun run=Signal::stored(run)/>
        </section>
    }
    .into_any()
}
