//! Numbers as people type them.

use foliocast_app::pages::workbench::{Unit, number, typed};
use proptest::prelude::*;

#[test]
fn units_and_separators_are_understood() {
    for (text, unit, value) in [
        ("45", Unit::Percent, Some(45.0)),
        ("45 %", Unit::Percent, Some(45.0)),
        ("40 %", Unit::Share, Some(0.4)),
        ("6.6", Unit::Share, Some(0.066)),
        ("1e1", Unit::Share, Some(0.1)),
        ("200 ×", Unit::Multiple, Some(200.0)),
        ("200x", Unit::Multiple, Some(200.0)),
        ("5 years", Unit::Years, Some(5.0)),
        (".5", Unit::Plain, Some(0.5)),
        ("-3", Unit::Plain, Some(-3.0)),
        ("1,000,000", Unit::Count, Some(1e6)),
        ("1\u{202f}000\u{202f}000", Unit::Count, Some(1e6)),
        ("1'000.5", Unit::Plain, Some(1000.5)),
        ("1e4", Unit::Count, Some(1e4)),
    ] {
        assert_eq!(number(text, unit), value, "{text:?} as {unit:?}");
    }
}

#[test]
fn what_could_mean_two_things_is_no_number() {
    for text in [
        "", " ", "1,5", "1,00,000", "1,0000", "0.1,000", "NaN", "inf", "infinity", "1e999", "0x10", "12 %%", "½",
        "1 2.3.4",
    ] {
        assert_eq!(number(text, Unit::Percent), None, "{text:?}");
    }
}

#[test]
fn a_count_has_its_thousands_apart_on_either_side_of_zero() {
    for (value, text) in [(9_999.0, "9999"), (123_456.0, "123,456"), (-123_456.0, "-123,456"), (-0.5, "-0.5")] {
        assert_eq!(typed(value, Unit::Count), text);
    }
}

proptest! {
    #[test]
    fn a_canonical_number_survives_being_typed(micros in -1_000_000_000_000_i64..=1_000_000_000_000, unit in prop_oneof![
        Just(Unit::Count), Just(Unit::Percent), Just(Unit::Share), Just(Unit::Multiple), Just(Unit::Years), Just(Unit::Plain),
    ]) {
        let value = micros as f64 / 1e6;
        prop_assert_eq!(number(&typed(value, unit), unit), Some(value));
    }

    #[test]
    fn no_text_breaks_the_page(text in ".{0,40}") {
        for unit in [Unit::Share, Unit::Count] {
            let value = number(&text, unit);
            prop_assert!(value.is_none_or(f64::is_finite));
        }
    }
}
