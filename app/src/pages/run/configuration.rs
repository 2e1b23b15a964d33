//! What a run was made from, in words.

use foliocast_core::scenario::{Bucket, Config, Limits, Marginal, Recycling};
use leptos::prelude::*;

use crate::format;

/// A stored run was within the limits of the installation that made it; reading it back needs none.
pub(crate) const NO_LIMITS: Limits = Limits { max_deal_draws: u64::MAX, max_row_bytes: u64::MAX };

/// The configuration as tables and sentences, with the canonical JSON behind them.
#[component]
pub(super) fn ConfigurationCard(
    /// The canonical configuration.
    configuration: serde_json::Value,
) -> impl IntoView {
    let text = configuration.to_string();
    let words = match Config::from_json(&text, &NO_LIMITS) {
        Ok(config) => view! { <ConfigurationWords config/> }.into_any(),
        Err(errors) => {
            view! { <p class="note">"This configuration is of another version of the model: " {errors.to_string()}</p> }
                .into_any()
        }
    };
    let pretty = serde_json::to_string_pretty(&configuration).unwrap_or(text);
    view! {
        <section class="card" aria-labelledby="configuration-title">
            <header><h2 id="configuration-title">"Configuration"</h2></header>
            {words}
            <footer>
                <details class="behind">
                    <summary>"JSON"</summary>
                    <pre class="scroll mono" tabindex="0">{pretty}</pre>
                </details>
            </footer>
        </section>
    }
    .into_any()
}

/// A configuration as tables and sentences.
#[component]
pub(crate) fn ConfigurationWords(
    /// The configuration.
    config: Config,
) -> impl IntoView {
    let rows = config.buckets().iter().map(row).collect_view();
    let weights = config.correlation_weights();
    let deals: u64 = config.buckets().iter().map(|bucket| u64::from(bucket.deals)).sum();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Buckets">
            <table class="figures pairs">
                <thead>
                    <tr>
                        <th scope="col">"Bucket"</th>
                        <th scope="col">"Capital"</th>
                        <th scope="col">"Deals"</th>
                        <th scope="col">"Loses all"</th>
                        <th scope="col">"Cap"</th>
                    </tr>
                </thead>
                {rows}
            </table>
        </div>
        <dl class="facts">
            <dt>"Scenarios"</dt>
            <dd>{format::count(config.num_scenarios().into())} ", each of " {format::count(deals)} " deals"</dd>
            <dt>"Seed"</dt>
            <dd class="mono">{config.seed().to_owned()}</dd>
            <dt>"Moves deals together"</dt>
            <dd>
                {format!(
                    "macro {}, bucket {}, the deal itself {}",
                    plain_percent(weights.macro_),
                    plain_percent(weights.systematic),
                    plain_percent(weights.idiosyncratic),
                )}
            </dd>
            <dt>"Recycling"</dt>
            <dd>{recycling(config.recycling())}</dd>
            <dt>"Taxonomy"</dt>
            <dd>{config.taxonomy_version().to_owned()}</dd>
        </dl>
    }
    .into_any()
}

fn row(bucket: &Bucket) -> AnyView {
    let cap = bucket.max_moic.map_or_else(|| "none".to_owned(), plain_multiple);
    view! {
        <tbody>
            <tr>
                <th scope="rowgroup" title=bucket.name.clone()><bdi>{bucket.name.clone()}</bdi></th>
                <td>{format!("{}\u{a0}%", format::plain(bucket.capital_allocation))}</td>
                <td>{format::count(bucket.deals.into())}</td>
                <td>{plain_percent(bucket.loss_probability)}</td>
                <td>{cap}</td>
            </tr>
            // A table of bands is a sentence: it has the whole width, at every width.
            <tr>
                <td class="words" colspan="5">"One deal: " {marginal(&bucket.marginal)}</td>
            </tr>
        </tbody>
    }
    .into_any()
}

fn marginal(marginal: &Marginal) -> String {
    match marginal {
        Marginal::PowerLaw { median, p90 } => {
            format!("power law, median {}, 90 % {}", plain_multiple(*median), plain_multiple(*p90))
        }
        Marginal::Table { bands, tail_exponent } => {
            let bands: Vec<String> = bands
                .iter()
                .map(|band| format!("{} to {}", plain_percent(band.share), plain_multiple(band.to)))
                .collect();
            format!("table: {}; tail exponent {}", bands.join(", "), format::plain(*tail_exponent))
        }
    }
}

fn recycling(recycling: Recycling) -> String {
    match recycling {
        Recycling::Disabled => "off".to_owned(),
        Recycling::SameBucket {
            reinvestment_rate,
            avg_holding_period_years,
            fund_lifetime_years,
            max_recycled_share,
        } => {
            let cap = match max_recycled_share {
                Some(share) => format!("at most {} of capital", plain_percent(share)),
                None => "without a cap".to_owned(),
            };
            format!(
                "{} of proceeds into the same bucket, {cap}; deals are held {}, the fund lives {}",
                plain_percent(reinvestment_rate),
                format::years(avg_holding_period_years),
                format::years(fund_lifetime_years),
            )
        }
    }
}

/// A given multiple, without the decimals of an estimate.
fn plain_multiple(value: f64) -> String {
    format!("{}\u{a0}×", format::plain(value))
}

/// A given share; configurations have six decimals at most, so a percentage has four.
fn plain_percent(share: f64) -> String {
    format!("{}\u{a0}%", format::plain((share * 1e6).round() / 1e4))
}
