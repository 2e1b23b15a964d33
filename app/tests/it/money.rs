//! Money: a fund's size as it is typed, multiples as amounts, and both questions to a distribution.

use std::sync::Arc;

use foliocast_app::api::FundSize;
use foliocast_app::charts::{Exceedance, Reached};
use foliocast_app::components::{Amounts, Basis, Results, chance_words, reached_words, returned_words};
use foliocast_app::format::money;
use foliocast_app::pages::workbench::fragment::{FragmentError, read, write};
use foliocast_app::pages::workbench::{Draft, Field, NO_CURRENCY, fund_size, fund_size_text};
use leptos::prelude::*;
use proptest::prelude::*;

use crate::sample;

fn size(amount: f64, currency: &str) -> FundSize {
    FundSize { amount, currency: currency.into() }
}

#[test]
fn a_size_is_an_amount_and_a_currency_in_any_order() {
    for text in [
        "50m USD",
        "$50 million",
        "USD 50,000,000",
        "50 000 000 $",
        "$50m",
        "US$50mn",
        "50mio usd",
        "0.05bn USD",
        "50000k USD",
    ] {
        assert_eq!(fund_size(text), Ok(Some(size(5e7, "USD"))), "{text}");
    }
    assert_eq!(fund_size("€50 million"), Ok(Some(size(5e7, "EUR"))));
    assert_eq!(fund_size("CHF 1.5bn"), Ok(Some(size(1.5e9, "CHF"))));
    assert_eq!(fund_size("50,000,000"), Ok(Some(size(5e7, NO_CURRENCY))));
    assert_eq!(fund_size("  "), Ok(None));
}

#[test]
fn what_is_no_size_is_explained() {
    for text in ["fifty", "50 apples", "50m m", "$50m USD", "m50", "50,5m EUR", "1 2.3.4"] {
        let message = fund_size(text).unwrap_err();
        assert!(message.starts_with(&format!("“{text}” is no fund size: write an amount and a currency")), "{message}");
    }
    for text in ["0 USD", "2000000bn USD", "1e300tn"] {
        assert!(fund_size(text).unwrap_err().contains("more than 0 and at most"), "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_typed_as_a_size_breaks_the_page(text in "[0-9a-zA-Z$€£¥₹.,' -]{0,30}|.{0,40}") {
        if let Ok(Some(size)) = fund_size(&text) {
            prop_assert!(size.amount > 0.0 && size.amount <= 1e15 && size.currency.len() == 3);
            prop_assert_eq!(fund_size(&fund_size_text(&size)), Ok(Some(size)));
        }
    }

    #[test]
    fn a_link_carries_the_size_and_the_configuration_as_it_was(thousands in 1_u64..1_000_000_000, code in "[A-Z]{3}") {
        let mut draft = Draft::default();
        let without = write(&draft);
        // `1001000 BLN` are billions of no currency; no currency has such a code.
        prop_assume!(!["BIO", "BLN", "MIO", "MLN", "MRD", "TRN"].contains(&code.as_str()));
        draft.set_text(Field::FundSize, format!("{} {code}", thousands * 1_000));
        let fragment = write(&draft);
        prop_assert!(fragment.starts_with(&format!("{without}.")), "a page that knows no sizes finds the same configuration");
        let back = read(&fragment).unwrap().unwrap();
        prop_assert_eq!(fund_size(&back.fund_size), fund_size(&draft.fund_size));
        prop_assert_eq!(back.request_json(), draft.request_json());
    }

    #[test]
    fn the_multiple_of_a_chance_has_that_chance(chance in 0.001_f64..0.999) {
        let summary = sample::summary(["Seed", "Series A", "Series B"]);
        let fund = &summary.fund.recycled;
        match Reached::with(fund, chance).unwrap() {
            Reached::Exact(multiple, interval) => prop_assert!(interval.is_none_or(|i| (i.low..=i.high).contains(&multiple))),
            Reached::Within(low, high) => {
                prop_assert!(Exceedance::at(fund, low).unwrap().share >= chance);
                prop_assert!(high.is_none_or(|high| Exceedance::at(fund, high).unwrap().share < chance));
            }
        }
    }

    #[test]
    fn the_chance_of_any_multiple_lies_between_its_neighbours(multiple in 0.001_f64..2_000.0) {
        let summary = sample::summary(["Seed", "Series A", "Series B"]);
        let fund = &summary.fund.recycled;
        let bounds = Exceedance::bounds(fund, multiple).unwrap();
        prop_assert!(0.0 <= bounds.low && bounds.low <= bounds.high && bounds.high <= 1.0);
        let edges = &fund.histogram.edges;
        let (below, above) = (edges.iter().rfind(|edge| **edge <= multiple).unwrap(), edges.iter().find(|edge| **edge >= multiple));
        prop_assert!(bounds.high <= Exceedance::at(fund, *below).unwrap().share);
        prop_assert!(above.is_none_or(|above| bounds.low >= Exceedance::at(fund, *above).unwrap().share));
    }
}

#[test]
fn a_size_is_no_part_of_the_configuration() {
    let mut draft = Draft::default();
    let before = draft.check();
    draft.set_text(Field::FundSize, "50m USD".into());
    assert_eq!(draft.check(), before);
    assert!(draft.is_default_fund());
    draft.set_text(Field::FundSize, "no size".into());
    assert_eq!(draft.check(), before);
    assert!(!write(&draft).contains("size"), "what is not valid stays out of links");
    assert_eq!(read(&format!("{}.50apples", write(&Draft::default()))), Some(Err(FragmentError::Damaged)));
}

#[test]
fn amounts_have_three_digits_and_their_unit() {
    let cases = [
        (112_179_500.0, "USD", "$112 m"),
        (1_234.0, "EUR", "€1.23 k"),
        (999_600.0, "GBP", "£1 m"),
        (999_400.0, "GBP", "£999 k"),
        (1.5e9, "CHF", "CHF 1.5 bn"),
        (20e6, "XXX", "20 m"),
        (950.0, "JPY", "¥950"),
        (0.0, "USD", "$0"),
        (-2.5e6, "USD", "−$2.5 m"),
        (4.2e12, "INR", "₹4.2 tn"),
        (9.996e6, "USD", "$10 m"),
    ];
    for (amount, currency, expected) in cases {
        assert_eq!(money(amount, currency).replace('\u{a0}', " "), expected);
    }
    assert_eq!(money(f64::NAN, "USD"), "—");
}

/// The results panel with a fund of $50 m, as HTML.
fn rendered() -> String {
    let owner = Owner::new();
    owner.with(|| {
        Amounts::provide(Signal::stored(Some(size(5e7, "USD"))));
        let summary = Signal::stored(Some(Arc::new(sample::summary(["Seed", "Series A", "Series B"]))));
        view! { <Results summary warnings=Signal::stored(Vec::new()) basis=RwSignal::new(Basis::Recycled)/> }.to_html()
    })
}

#[test]
fn with_a_size_the_panel_shows_money_beside_multiples() {
    let html = rendered();
    let fund = &sample::summary(["Seed", "Series A", "Series B"]).fund.recycled;
    for multiple in [fund.quantiles.p50, fund.mean, fund.worst5_mean] {
        let expected = format!("<span class=\"money\">{}", money(multiple * 5e7, "USD"));
        assert!(html.contains(&expected), "{expected}");
    }
    let text = html.replace('\u{a0}', " ");
    for part in [
        "less than $50 m",
        "$150 m or more",
        "P(≥ 2 ×)",
        "$100 m · 95 %: ",
        "Returns the fund, $50 m or more back on $50 m",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn answers_are_exact_where_they_can_be_and_say_where_not() {
    let fund = sample::summary(["A", "B", "C"]).fund.recycled;
    let owner = Owner::new();
    owner.with(|| {
        let amounts = Amounts::here();
        let plain = |words: Option<String>| words.unwrap().replace('\u{a0}', " ");
        assert!(plain(chance_words(&fund, 2.0)).contains("(95 %: "));
        assert!(plain(chance_words(&fund, 2.05)).ends_with(", between the counts of the nearest multiples"));
        let median = plain(reached_words(&fund, 0.5, amounts));
        assert!(median.starts_with(&format!("{:.2} × (95 %: ", fund.quantiles.p50)), "{median}");
        assert!(plain(reached_words(&fund, 0.6, amounts)).starts_with("between "));
        assert_eq!(reached_words(&fund, 1.0, amounts), None);
        assert_eq!(returned_words(&fund, amounts), None, "without a size there is no money to return");
    });
}
