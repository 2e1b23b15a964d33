//! Both questions to a distribution, typed: how likely is this multiple, and which multiple is this likely.

use std::sync::Arc;

use foliocast_core::scenario::{Distribution, FundFigures};
use leptos::prelude::*;

use super::{Amounts, Basis};
use crate::charts::{Exceedance, Reached};
use crate::format;
use crate::pages::workbench::{Unit, number, typed};

/// What is asked of the fund's distribution.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// How likely is this multiple?
    pub threshold: RwSignal<f64>,
    /// Which multiple has this chance, a share of 1?
    pub chance: RwSignal<f64>,
    /// Whether anybody asked for a chance yet: the chart then shows the answer.
    pub is_chance_asked: RwSignal<bool>,
}

impl Default for Asked {
    /// Twice the money is the first question, and what three of four scenarios reach the second: 2 is a bin edge and 75 %
    /// a reported quantile, so that both answers are exact on every summary.
    fn default() -> Self {
        Self { threshold: RwSignal::new(2.0), chance: RwSignal::new(0.75), is_chance_asked: RwSignal::new(false) }
    }
}

/// The chance of a multiple in words: an exact count with its interval, or the two exact counts it lies between.
pub fn chance_words(distribution: &Distribution, multiple: f64) -> Option<String> {
    if let Some(answer) = Exceedance::at(distribution, multiple) {
        let interval = format::percent_interval(answer.interval);
        return Some(format!("{} (95 %: {interval})", format::percent(answer.share)));
    }
    let between = Exceedance::bounds(distribution, multiple)?;
    Some(format!("{}, between the counts of the nearest multiples", format::percent_interval(between)))
}

/// The multiple of a chance in words: a quantile with its interval, or the bin it lies in.
pub fn reached_words(distribution: &Distribution, chance: f64, amounts: Amounts) -> Option<String> {
    let multiple = |value: f64| amounts.beside(format::multiple(value), value);
    Some(match Reached::with(distribution, chance)? {
        Reached::Exact(value, Some(interval)) => {
            format!("{} (95 %: {})", multiple(value), format::multiple_interval(interval))
        }
        Reached::Exact(value, None) => multiple(value),
        Reached::Within(low, Some(high)) => {
            format!("between {} and {}, the bin it is counted in", multiple(low), multiple(high))
        }
        Reached::Within(low, None) => format!("{} or more", multiple(low)),
    })
}

/// What it means here that a fund is returned, with its chance.
pub fn returned_words(distribution: &Distribution, amounts: Amounts) -> Option<String> {
    let size = amounts.of(1.0)?;
    Some(format!(
        "Returns the fund, {size} or more back on {size} invested (a multiple of 1 or more, before fees and carry): {} of scenarios.",
        chance_words(distribution, 1.0)?
    ))
}

/// Two questions to type and one answer to each; a slider for the chance.
#[component]
pub fn AskBothWays(
    /// The fund's figures; `None` leaves dashes.
    fund: Signal<Option<Arc<FundFigures>>>,
    /// Whose figures.
    basis: Signal<Basis>,
    /// What is asked.
    asked: Asked,
) -> impl IntoView {
    let amounts = Amounts::here();
    let of_fund = move |words: &dyn Fn(&Distribution) -> Option<String>| {
        fund.with(|fund| fund.as_deref().and_then(|fund| words(basis.get().of(fund))))
    };
    let chance_answer = Memo::new(move |_| {
        let multiple = asked.threshold.get();
        let words =
            of_fund(&|distribution| chance_words(distribution, multiple)).unwrap_or_else(|| format::ABSENT.into());
        match amounts.of(multiple) {
            Some(money) => format!("({money}) or more: {words}"),
            None => format!("or more: {words}"),
        }
    });
    let reached_answer = Memo::new(move |_| {
        let chance = asked.chance.get();
        of_fund(&|distribution| reached_words(distribution, chance, amounts)).unwrap_or_else(|| format::ABSENT.into())
    });
    let returned = Memo::new(move |_| of_fund(&|distribution| returned_words(distribution, amounts)));
    let ask_chance = move |text: &str| match number(text, Unit::Share) {
        Some(chance) if chance > 0.0 && chance < 1.0 => {
            asked.is_chance_asked.set(true);
            asked.chance.set(chance);
            true
        }
        _ => false,
    };
    let ask_multiple = move |text: &str| match number(text, Unit::Multiple) {
        Some(multiple) if multiple > 0.0 && multiple <= 1e6 => {
            asked.threshold.set(multiple);
            true
        }
        _ => false,
    };
    let percent = move || typed(asked.chance.get(), Unit::Share);
    view! {
        <div class="ask needs-script" role="group" aria-label="Ask the distribution">
            <TypedQuestion
                before="Chance of"
                id="ask-multiple"
                label="Chance of this multiple or more"
                sign="×"
                allowed="write a multiple above 0, as in 2.5"
                text=Signal::derive(move || format::multiple_digits(asked.threshold.get()))
                ask=Callback::new(move |text: String| ask_multiple(&text))
                answer=chance_answer
            />
            <TypedQuestion
                before="Reached with a chance of"
                id="ask-chance"
                label="Reached with a chance of this many percent"
                sign="%"
                allowed="write a chance between 0 and 100 %, as in 75"
                text=Signal::derive(percent)
                ask=Callback::new(move |text: String| ask_chance(&text))
                answer=reached_answer
            />
            <input
                type="range"
                autocomplete="off"
                min="1"
                max="99"
                step="1"
                aria-label="Chance asked about, slider"
                aria-valuetext=move || format!("{} % reach {}", percent(), reached_answer.get())
                value=untrack(percent)
                prop:value=percent
                on:input=move |event| { ask_chance(&event_target_value(&event)); }
            />
            {move || returned.get().map(|words| view! { <p>{words}</p> })}
        </div>
    }
    .into_any()
}

/// One question: words, a number to type, its answer.
#[component]
fn TypedQuestion(
    /// What stands before the number.
    before: &'static str,
    /// The number's id; its answer's with `-answer` behind.
    id: &'static str,
    /// What a screen reader calls the number.
    label: &'static str,
    /// The number's unit.
    sign: &'static str,
    /// What may be typed, for who typed something else.
    allowed: &'static str,
    /// The number that is asked, when nobody types.
    text: Signal<String>,
    /// Asks what is typed; whether that can be asked.
    ask: Callback<String, bool>,
    /// The answer.
    answer: Memo<String>,
) -> impl IntoView {
    let typing = RwSignal::new(None::<(String, bool)>);
    let shown =
        move || typing.with(|typing| typing.as_ref().map(|typing| typing.0.clone())).unwrap_or_else(|| text.get());
    let is_wrong = move || typing.with(|typing| typing.as_ref().is_some_and(|typing| !typing.1));
    let take = move |event| {
        let text: String = event_target_value(&event);
        let can_be_asked = ask.run(text.clone());
        typing.set(Some((text, can_be_asked)));
    };
    let said = move || {
        typing.with(|typing| match typing {
            Some((text, false)) => {
                format!("“{}” cannot be asked: {allowed}.", text.chars().take(40).collect::<String>())
            }
            _ => answer.get(),
        })
    };
    // Not a live region: the answer also follows every input of the fund.
    let answer_id = format!("{id}-answer");
    view! {
        <div class="question">
            <label>
                {before}
                <span class="field boxed" class:faulty=is_wrong>
                    <input
                        type="text"
                        id=id
                        inputmode="decimal"
                        autocomplete="off"
                        spellcheck="false"
                        aria-label=label
                        aria-describedby=answer_id.clone()
                        aria-invalid=move || is_wrong().then_some("true")
                        value=untrack(shown)
                        prop:value=shown
                        on:input=take
                        on:blur=move |_| typing.set(None)
                    />
                    <span class="unit" aria-hidden="true">{sign}</span>
                </span>
            </label>
            <span class="said" class:bad=is_wrong id=answer_id>{said}</span>
        </div>
    }
    .into_any()
}
