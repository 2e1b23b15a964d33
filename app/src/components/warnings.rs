//! What a reader of the numbers should know, in words with the figures.

use std::sync::Arc;

use foliocast_core::scenario::{Summary, Warning, WarningCode};
use leptos::prelude::*;

use crate::format;

/// Lines that show at once; fifty buckets can have fifty warnings.
const MOST_LINES: usize = 3;

/// Leads from a warning to the input it is about: gets the setting's path and, for a bucket's, the bucket's name.
pub type ShowField = Callback<(String, Option<String>)>;

/// A warning as people read it.
#[derive(Clone, Debug, PartialEq)]
pub struct WarningLine {
    /// What it is about, in a few words.
    pub title: &'static str,
    /// What it means, with its figures.
    pub words: String,
    /// What the page calls the setting.
    pub setting: Option<&'static str>,
    path: String,
    bucket: Option<String>,
}

impl WarningLine {
    /// Words for one warning of a run whose buckets, in canonical order, have the names `buckets`.
    pub fn new(warning: &Warning, buckets: &[String]) -> Self {
        let bucket = bucket_place(&warning.path).and_then(|place| buckets.get(place)).cloned();
        Self {
            title: title(warning.code),
            words: words(warning, bucket.as_deref()).unwrap_or_else(|| sentence(&warning.message)),
            setting: setting(&warning.path),
            path: warning.path.clone(),
            bucket,
        }
    }
}

fn title(code: WarningCode) -> &'static str {
    match code {
        WarningCode::InfiniteVariance => "Infinite variance",
        WarningCode::CapBinds => "The cap holds down the mean",
        WarningCode::WeightsUnusual => "Deals move as one",
        WarningCode::RecyclingCapBinds => "The recycling limit binds",
        WarningCode::LeverWithoutEffect => "A setting without effect",
        WarningCode::DefaultFund => "The default fund",
        WarningCode::FewScenarios => "Few scenarios",
        _ => "Note",
    }
}

/// A sentence from the figures, with the page's own words and numbers; `None` where the server's message says it best.
fn words(warning: &Warning, bucket: Option<&str>) -> Option<String> {
    let figure = |name: &str| warning.figures.get(name).copied();
    let bucket = bucket.map(format::isolated);
    let multiple = |value: f64| format!("{} ×", format::plain(value));
    Some(match warning.code {
        WarningCode::InfiniteVariance => format!(
            "{}: the tail exponent is {}. At 2 or less and without a cap the variance is infinite: means settle slowly, \
             standard deviations never. A cap would bound it.",
            bucket?,
            format::decimal(figure("exponent")?, 3),
        ),
        WarningCode::CapBinds => format!(
            "{}: {} of the mean comes from the {} of deals that reach the cap of {}.",
            bucket?,
            format::percent(figure("shareOfMean")?),
            format::percent(figure("shareOfDeals")?),
            multiple(figure("maxMoic")?),
        ),
        WarningCode::WeightsUnusual => format!(
            "Macro and bucket together are {} of a deal’s score, so that up to {} deals of a bucket move nearly as one. \
             With five deals or more, up to 50 % is usual.",
            format::percent(figure("macroAndSystematic")?),
            format::plain(figure("deals")?),
        ),
        WarningCode::RecyclingCapBinds => format!(
            "In {} of scenarios proceeds that could have been reinvested are paid out instead. A higher limit shows what \
             more recycling would do.",
            format::percent(figure("shareOfRows")?),
        ),
        WarningCode::FewScenarios => format!(
            "Of {} scenarios about {} lie beyond the 99 % quantile and {} are the worst 5 %: tail figures mean little \
             below 1,000.",
            format::count(figure("numScenarios")? as u64),
            format::plain(figure("rowsBeyondP99")?),
            format::plain(figure("rowsInWorst5")?),
        ),
        _ => return None,
    })
}

/// A message that begins with a capital letter and ends with a full stop.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if message.ends_with('.') { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

/// The bucket that a path lies in, as its place.
fn bucket_place(path: &str) -> Option<usize> {
    path.strip_prefix("buckets[")?.split_once(']')?.0.parse().ok()
}

/// What the page calls the setting at a path.
fn setting(path: &str) -> Option<&'static str> {
    let member =
        path.strip_prefix("buckets[").and_then(|rest| rest.split_once("].")).map_or(path, |(_, member)| member);
    Some(match member.split(['.', '[']).next()? {
        "capitalAllocation" => "Capital",
        "deals" => "Deals",
        "maxMoic" => "Cap",
        "moicCalibration" => "Power law",
        "outcomeTable" => "Outcome table",
        "correlationWeights" => "What moves deals together",
        "recycling" => match member.split_once('.')?.1 {
            "reinvestmentRate" => "Reinvested",
            "maxRecycledShare" => "At most",
            "avgHoldingPeriod" => "Holding",
            _ => "Fund life",
        },
        "seed" => "Seed",
        "numScenarios" => "Scenarios",
        "fundId" => "Fund",
        _ => return None,
    })
}

/// The warnings of a run, one line each, the first few at once; nothing when there are none.
#[component]
pub fn Warnings(
    /// The warnings.
    #[prop(into)]
    warnings: Signal<Vec<Warning>>,
    /// The summary they belong to.
    #[prop(into)]
    summary: Signal<Option<Arc<Summary>>>,
    /// Leads to the input that a warning is about, where there is one.
    show_field: Option<ShowField>,
) -> impl IntoView {
    let lines = Memo::new(move |_| {
        let names = |summary: &Option<Arc<Summary>>| -> Vec<String> {
            summary.iter().flat_map(|summary| &summary.buckets).map(|bucket| bucket.name.clone()).collect()
        };
        let names = summary.with(names);
        warnings.with(|warnings| warnings.iter().map(|warning| WarningLine::new(warning, &names)).collect::<Vec<_>>())
    });
    move || {
        lines.with(|lines| {
            (!lines.is_empty()).then(|| {
                let (first, rest) = lines.split_at(lines.len().min(MOST_LINES));
                let first = first.iter().map(|line| warning_item(line, show_field)).collect_view();
                view! {
                    <div class="warnings">
                        <ul aria-label="Warnings">{first}</ul>
                        {(!rest.is_empty()).then(|| more(rest, show_field))}
                    </div>
                }
            })
        })
    }
}

fn more(rest: &[WarningLine], show_field: Option<ShowField>) -> AnyView {
    let lines = rest.iter().map(|line| warning_item(line, show_field)).collect_view();
    view! {
        <details>
            <summary>{format!("{} more", rest.len())}</summary>
            <ul aria-label="More warnings">{lines}</ul>
        </details>
    }
    .into_any()
}

/// A warning as an item of a list.
pub(crate) fn warning_item(line: &WarningLine, show_field: Option<ShowField>) -> AnyView {
    let field = show_field.zip(line.setting).map(|(show, setting)| {
        let place = (line.path.clone(), line.bucket.clone());
        view! {
            <button type="button" class="link needs-script" title="Go to the input" on:click=move |_| show.run(place.clone())>
                {setting}
            </button>
        }
    });
    view! { <li><b>{line.title}</b><span dir="auto">{line.words.clone()}</span>{field}</li> }.into_any()
}
