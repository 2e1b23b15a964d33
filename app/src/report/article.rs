//! What the page says, from components that the interface shows too: what a reader knows from the screen looks and
//! counts the same on paper.

use std::sync::Arc;

use foliocast_core::scenario::{Config, FundFigures};
use leptos::prelude::*;

use super::{Report, probabilities};
use crate::api::ConfigurationSource;
use crate::charts::{StillHistogram, contributions_table, render_table};
use crate::components::{
    Badge, BadgeKind, Basis, KeyFigures, WarningLine, has_few_buckets, still_quantiles, warning_item,
};
use crate::format;
use crate::pages::{ConfigurationWords, NO_LIMITS};

/// The basis in front, as on every page that opens.
const BASIS: Basis = Basis::Recycled;

pub(super) fn html(report: &Report) -> String {
    // An owner of its own: nothing of it stays with the request that asked.
    let owner = Owner::new();
    let html = owner.with(|| article(report).to_html());
    owner.cleanup();
    without_marks(&html)
}

/// Without the marks that are for coming alive, which this HTML never does. Texts and attributes have no `<`.
pub(crate) fn without_marks(html: &str) -> String {
    html.replace("<!>", "")
}

/// A text inside an element of the file.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn article(report: &Report) -> AnyView {
    let summary = &report.summary;
    let fund = FundFigures::from(summary);
    let basis_words = if summary.recycles() { "with recycling" } else { "nothing is recycled" };
    let badge = format!("authoritative, {}, kept by the server under its key", format::rows(summary.num_scenarios));
    view! {
        <article class="report" class:few-buckets=has_few_buckets(summary) aria-labelledby="report-title">
            <header class="report-head">
                <h1 id="report-title">"Fund " <bdi>{report.fund_id().to_owned()}</bdi></h1>
                <span class="note">"made " <time datetime=report.created_at.clone()>{format::instant_utc(&report.created_at)}</time></span>
                <div class="spacer"></div>
                <Badge kind=BadgeKind::Authoritative text=badge/>
            </header>
            <p class="note">
                {format!("Multiples of invested capital (MOIC) before fees and carry, {basis_words}. Scenarios of a model, not a forecast or advice.")}
            </p>
            {warnings(report)}
            <KeyFigures fund=Signal::stored(Some(Arc::new(fund.clone()))) basis=Signal::stored(BASIS) on_paper=true/>
            <div class="report-columns">
                {part("report-multiple", "Fund multiple", view! { <StillHistogram fund=fund basis=BASIS/> }.into_any())}
                {part("report-chances", "How likely", scroll("How likely", render_table(&probabilities::table_of(BASIS.of_summary(summary)))))}
            </div>
            {part("report-quantiles", "Quantiles, ×", scroll("Quantiles", still_quantiles(summary)))}
            {part("report-contributions", "What each bucket contributes, before recycling", scroll("Contributions", render_table(&contributions_table(summary))))}
            {part("report-configuration", "Made from", configuration(report))}
            {foot(report)}
        </article>
    }
    .into_any()
}

fn part(id: &'static str, title: &'static str, content: AnyView) -> AnyView {
    view! {
        <section class="report-part" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {content}
        </section>
    }
    .into_any()
}

/// A table that may be wider than a small screen.
fn scroll(name: &'static str, table: AnyView) -> AnyView {
    view! { <div class="scroll" tabindex="0" role="region" aria-label=format!("{name}, a table to scroll")>{table}</div> }
        .into_any()
}

/// All of them: paper has no "more".
fn warnings(report: &Report) -> AnyView {
    let buckets: Vec<String> = report.summary.buckets.iter().map(|bucket| bucket.name.clone()).collect();
    let items: Vec<AnyView> =
        report.warnings.iter().map(|warning| warning_item(&WarningLine::new(warning, &buckets), None)).collect();
    (!items.is_empty()).then(|| view! { <div class="warnings"><ul aria-label="Warnings">{items}</ul></div> }).into_any()
}

fn configuration(report: &Report) -> AnyView {
    match Config::from_json(&report.configuration.to_string(), &NO_LIMITS) {
        Ok(config) => view! { <ConfigurationWords config/> }.into_any(),
        Err(errors) => {
            view! { <p class="note">"This configuration is of another version of the model: " {errors.to_string()}</p> }
                .into_any()
        }
    }
}

fn foot(report: &Report) -> AnyView {
    let source = match report.configuration_source {
        ConfigurationSource::Request => "given in the request",
        ConfigurationSource::Stored => "the fund’s stored one",
        ConfigurationSource::Default => "the default fund’s, since this fund has none stored",
    };
    let hash =
        |name: &'static str, value: String| view! { <dt>{name}</dt><dd class="mono hash">{value}</dd> }.into_any();
    view! {
        <footer class="report-foot">
            <dl class="facts">
                {hash("Run key", report.run_key.to_string())}
                {hash("Matrix key", report.matrix_key.to_string())}
                {hash("Rows digest", report.digest.to_string())}
                {hash("Summary digest", report.summary_digest.to_string())}
                {hash("Address", report.address.clone())}
                <dt>"Configuration"</dt>
                <dd>{source}</dd>
                <dt>"Versions"</dt>
                <dd>{format!("model {} · kernel {} · Foliocast {}", report.model_version, report.kernel, report.program)}</dd>
            </dl>
            <p class="note">
                "To check it: the same configuration gives the same keys and the same bits on any machine. "
                <code>{format!("foliocast verify {}", report.file_name())}</code>
                " makes every row again from the configuration inside the HTML file of this report, compares keys, digests and all figures, and writes the page again to see that it prints them."
            </p>
        </footer>
    }
    .into_any()
}
