//! What a reader of the numbers should know, in words with the figures.

use foliocast_core::scenario::{Warning, WarningCode};
use leptos::prelude::*;

use crate::format;

/// Lines that show at once; fifty buckets can have fifty warnings.
const MOST_LINES: usize = 3;

/// What a warning is about, in a few words.
fn title(code: WarningCode) -> &'static str {
    match code {
        WarningCode::InfiniteVariance => "Infinite variance",
        WarningCode::CapBinds => "The cap holds down the mean",
        WarningCode::WeightsUnusual => "Deals move as one",
        WarningCode::RecyclingCapBinds => "The recycling cap binds",
        WarningCode::LeverWithoutEffect => "A setting without effect",
        WarningCode::DefaultFund => "The default fund",
        WarningCode::FewScenarios => "Few scenarios",
        _ => "Note",
    }
}

/// A figure with its name in words and its unit: `share of mean 36.1 %`.
fn figure(name: &str, value: f64) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    let is_share = name.starts_with("share") || name.ends_with("Share");
    let value = if is_share { format::percent(value) } else { format::plain((value * 1_000.0).round() / 1_000.0) };
    format!("{words} {value}")
}

/// The warnings of a run, one line each, the first few at once; nothing when there are none.
#[component]
pub fn Warnings(
    /// The warnings.
    #[prop(into)]
    warnings: Signal<Vec<Warning>>,
) -> impl IntoView {
    move || {
        warnings.with(|warnings| {
            (!warnings.is_empty()).then(|| {
                let (first, rest) = warnings.split_at(warnings.len().min(MOST_LINES));
                let lines = first.iter().map(line).collect_view();
                view! {
                    <div class="warnings">
                        <ul aria-label="Warnings">{lines}</ul>
                        {(!rest.is_empty()).then(|| more(rest))}
                    </div>
                }
            })
        })
    }
}

fn more(rest: &[Warning]) -> AnyView {
    let lines = rest.iter().map(line).collect_view();
    view! {
        <details>
            <summary>{format!("{} more", rest.len())}</summary>
            <ul aria-label="More warnings">{lines}</ul>
        </details>
    }
    .into_any()
}

fn line(warning: &Warning) -> AnyView {
    let figures: Vec<String> = warning.figures.iter().map(|(name, value)| figure(name, *value)).collect();
    let figures = (!figures.is_empty()).then(|| view! { <span class="warning-figures">{figures.join(" · ")}</span> });
    let path = (!warning.path.is_empty()).then(|| view! { <code>{warning.path.clone()}</code> });
    view! {
        <li>
            <b>{title(warning.code)}</b>
            <span>{warning.message.clone()}</span>
            {figures}
            {path}
        </li>
    }
    .into_any()
}
