//! The line in the histogram that asks how likely a multiple is reached.

use foliocast_core::scenario::Distribution;
use leptos::prelude::*;

use super::scale::percent_attribute;
use super::{Exceedance, HistogramPlot, Thresholds};
use crate::components::Amounts;
use crate::format;

/// How likely the multiple asked about is reached, as the handle says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    share: String,
    /// How sure that is: its 95 % interval, or why it is no single number.
    sureness: String,
}

impl Answer {
    /// For any multiple.
    pub(super) fn of(distribution: &Distribution, multiple: f64) -> Self {
        match Exceedance::at(distribution, multiple) {
            Some(answer) => Self {
                share: format::percent(answer.share),
                sureness: format!("95 %: {}", format::percent_interval(answer.interval)),
            },
            None => Self {
                share: Exceedance::bounds(distribution, multiple)
                    .map_or_else(|| format::ABSENT.to_owned(), format::percent_interval),
                sureness: "the nearest counts".to_owned(),
            },
        }
    }
}

/// The line in the histogram that asks how likely a multiple is reached, and its answer.
#[component]
pub(super) fn ThresholdHandle(
    /// The histogram.
    plot: Memo<Option<HistogramPlot>>,
    /// What it says.
    answer: Memo<Option<Answer>>,
    /// The multiple asked about.
    threshold: RwSignal<f64>,
    /// Where that lies, as a fraction of the width.
    at: Memo<f64>,
) -> impl IntoView {
    let x = move || percent_attribute(at.get());
    // Words stand on the side that has room.
    let leftwards = move || at.get() > 0.52;
    let anchor = move || if leftwards() { "end" } else { "start" };
    let dx = move || if leftwards() { "-13" } else { "13" };
    let amounts = Amounts::here();
    let asked = move || format!("P(≥ {})", format::multiple_asked(threshold.get()));
    let share =
        move || answer.with(|answer| answer.as_ref().map_or(format::ABSENT.to_owned(), |answer| answer.share.clone()));
    // Money stands in the second line, in small letters: the first would not fit beside the line on a narrow screen.
    let interval = move || {
        let sureness = answer.with(|answer| answer.as_ref().map(|answer| answer.sureness.clone()))?;
        Some(amounts.of(threshold.get()).map_or_else(|| sureness.clone(), |money| format!("{money} · {sureness}")))
    };
    let spoken = move || format!("{} of scenarios reach {} or more", share(), format::multiple_asked(threshold.get()));
    let bound = move |choose: fn(&Thresholds) -> Option<f64>| {
        move || plot.with(|plot| plot.as_ref().and_then(|plot| choose(&plot.thresholds)).map(|bound| bound.to_string()))
    };
    let press = move |event: leptos::ev::KeyboardEvent| {
        let next = plot.with_untracked(|plot| {
            let thresholds = &plot.as_ref()?.thresholds;
            let step = |steps| thresholds.step(threshold.get_untracked(), steps);
            match event.key().as_str() {
                "ArrowRight" | "ArrowUp" => step(1),
                "ArrowLeft" | "ArrowDown" => step(-1),
                "PageUp" => step(8),
                "PageDown" => step(-8),
                "Home" => thresholds.first(),
                "End" => thresholds.last(),
                _ => None,
            }
        });
        if let Some(next) = next {
            event.prevent_default();
            threshold.set(next);
        }
    };
    view! {
        <g
            class="threshold"
            role="slider"
            tabindex="0"
            aria-label="Multiple asked about"
            aria-orientation="horizontal"
            aria-valuemin=bound(Thresholds::first)
            aria-valuemax=bound(Thresholds::last)
            aria-valuenow=move || threshold.get().to_string()
            aria-valuetext=spoken
            on:keydown=press
        >
            <line class="grip" x1=x x2=x y1="4" y2="248"/>
            <line class="rule" x1=x x2=x y1="18" y2="248"/>
            <circle class="knob" cx=x cy="12" r="6"/>
            <text class="answer" x=x dx=dx y="16" text-anchor=anchor>{asked} " = " {share}</text>
            <text x=x dx=dx y="32" text-anchor=anchor>{interval}</text>
        </g>
    }
    .into_any()
}
