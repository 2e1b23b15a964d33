//! What one deal of a bucket does, said under the inputs that decide it.

use foliocast_core::scenario::DealOutlook;
use leptos::prelude::*;

use super::state::ThisBucket;
use crate::charts::SurvivalCurve;
use crate::format;

/// How a figure is read off.
type Reading = fn(&DealOutlook) -> String;

/// Each figure's name, and how it is read off.
const FIGURES: [(&str, Reading); 6] = [
    ("Mean", |outlook| format::multiple(outlook.mean())),
    ("Median", |outlook| format::multiple(outlook.quantile(0.5))),
    ("Nothing back", |outlook| format::percent(outlook.loss_probability())),
    ("1 × or more", |outlook| format::percent(outlook.survival(1.0))),
    ("3 × or more", |outlook| format::percent(outlook.survival(3.0))),
    ("10 × or more", |outlook| format::percent(outlook.survival(10.0))),
];

/// Mean, median, shares and tail of one deal, in closed form, and the curve behind them.
#[component]
pub(super) fn Outlook() -> impl IntoView {
    let bucket = expect_context::<ThisBucket>();
    let outlook = Memo::new(move |_| bucket.read(|bucket| bucket.outlook()));
    let is_known = Memo::new(move |_| outlook.with(Option::is_some));
    let name = Signal::derive(move || bucket.read(|bucket| bucket.name.trim().to_owned()));
    let figures = FIGURES.map(|(label, read)| {
        let text = move || outlook.with(|outlook| outlook.as_ref().map_or_else(|| format::ABSENT.to_owned(), read));
        view! { <div><dt>{label}</dt><dd>{text}</dd></div> }.into_any()
    });
    let words = move |of: Reading| move || outlook.with(|outlook| outlook.as_ref().map(of));
    view! {
        <div class="deal-outlook" role="group" aria-label=move || format!("What one deal does, {}", name.get())>
            <p class="legend-line">"What one deal does " <span class="muted">"exact, losses and cap included"</span></p>
            {move || (!is_known.get()).then(|| view! {
                <p class="muted small">"Shown once the numbers above, the losses and the cap are valid."</p>
            })}
            <dl>{figures}</dl>
            <p class="muted small">{words(tail_words)} " " {words(cap_words)}</p>
            <SurvivalCurve outlook name/>
        </div>
    }
    .into_any()
}

/// How heavy the tail is, and which moments it leaves finite.
pub fn tail_words(outlook: &DealOutlook) -> String {
    let Some(exponent) = outlook.tail_exponent() else {
        return "Every deal that returns something returns the same.".into();
    };
    let moments = match (outlook.uncapped_mean(), outlook.has_finite_variance()) {
        (None, _) => "mean and variance are infinite",
        (Some(_), false) => "the mean is finite, the variance infinite",
        (Some(_), true) => "mean and variance are finite",
    };
    format!("Tail exponent {}: without a cap {moments}.", format::coefficient(exponent))
}

/// What the cap takes and gives.
pub fn cap_words(outlook: &DealOutlook) -> String {
    let Some(cap) = outlook.at_cap() else {
        return if outlook.tail_exponent().is_some() { "There is no cap.".into() } else { String::new() };
    };
    let uncapped = match outlook.uncapped_mean() {
        Some(mean) => format!("would be {}", format::multiple(mean)),
        None => "would be infinite".into(),
    };
    format!(
        "{} of the mean comes from the {} of deals at the cap of {}; without the cap the mean {uncapped}.",
        format::percent(cap.share_of_mean),
        format::percent(cap.share_of_deals),
        format::multiple_asked(cap.multiple)
    )
}
