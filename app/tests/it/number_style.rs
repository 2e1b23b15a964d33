//! Numbers in the marks of the reader's country.

use foliocast_app::NumberStyle;
use foliocast_app::format::{change, count, decimal, money, multiple, multiple_asked, percent, plain, rows};
use foliocast_app::pages::workbench::{Draft, Field, Unit, fund_size, number, number_in, read_table, typed, typed_in};
use leptos::prelude::*;
use proptest::prelude::*;

/// As CLDR has them: German, French, Swiss German, Indian English, Spanish.
fn styles() -> [NumberStyle; 6] {
    let style = |sample, short| NumberStyle::of_samples(sample, short).expect("a style");
    [
        NumberStyle::ENGLISH,
        style("1.234.567,5", "1.234"),
        style("1\u{202f}234\u{202f}567,5", "1\u{202f}234"),
        style("1’234’567.5", "1’234"),
        style("12,34,567.5", "1,234"),
        style("1.234.567,5", "1234"),
    ]
}

/// What `read` gives on a page in `style`.
fn on_a_page<T>(style: NumberStyle, read: impl FnOnce() -> T) -> T {
    let owner = Owner::new();
    owner.with(|| {
        provide_context(style);
        read()
    })
}

fn german<T>(read: impl FnOnce() -> T) -> T {
    on_a_page(styles()[1], read)
}

#[test]
fn figures_carry_the_marks_of_the_page() {
    let words = || {
        [
            multiple(1_234.5),
            multiple(0.000_01),
            multiple_asked(2.5),
            percent(0.159_7),
            percent(0.999_9),
            money(1_250_000_000.0, "EUR"),
            change(-0.168, Some(0.012)),
            count(1_000_000),
            rows(1_234),
            plain(0.25),
            decimal(1_234.5, 2),
        ]
    };
    let spaced = |texts: [String; 11]| texts.map(|text| text.replace('\u{a0}', " "));
    assert_eq!(
        spaced(german(words)),
        [
            "1.234 ×",
            "< 0,0001 ×",
            "2,5 ×",
            "16,0 %",
            "> 99,9 %",
            "€1,25 bn",
            "−0,168",
            "1.000.000",
            "1.234 rows",
            "0,25",
            "1.234,50"
        ]
    );
    assert_eq!(on_a_page(styles()[4], || count(123_456_789)), "12,34,56,789");
    assert_eq!(on_a_page(styles()[5], || [count(1_234), count(12_345)]), ["1234", "12.345"]);
}

#[test]
fn typed_numbers_mean_what_they_mean_in_the_reader_s_country() {
    for (text, value) in [
        ("0,5", Some(0.5)),
        ("1.500", Some(1_500.0)),
        ("1.234,5", Some(1_234.5)),
        ("1 234,5", Some(1_234.5)),
        ("1e-3", Some(0.001)),
        ("1,5e3", Some(1_500.0)),
        ("-0,25", Some(-0.25)),
        // As in a configuration; no other reading is there.
        ("0.5", Some(0.5)),
        ("12.25", Some(12.25)),
        ("1,2,3", None),
        ("1.23.456", None),
        (",", None),
        ("", None),
    ] {
        assert_eq!(german(|| number(text, Unit::Plain)), value, "{text:?}");
    }
    assert_eq!(on_a_page(styles()[2], || number("1,234", Unit::Multiple)), Some(1.234));
    assert_eq!(on_a_page(styles()[4], || number("12,34,567", Unit::Count)), Some(1_234_567.0));
    let size = german(|| fund_size("€ 2,5 bn").expect("a size").expect("typed"));
    assert_eq!(size.amount, 2.5e9);
    let table = german(|| read_table("1\t60,5 %\n1.500\t30 %\n").expect("a table"));
    assert_eq!((table.bands[0].share.as_str(), table.bands[1].to.as_str()), ("60,5", "1500"));
}

#[test]
fn a_draft_asks_the_same_in_every_style() {
    let english = Draft::default().check();
    for style in styles() {
        let draft = on_a_page(style, Draft::default);
        assert!(on_a_page(style, || draft.is_default_fund()));
        assert_eq!(on_a_page(style, || draft.check()).request, english.request);
    }
}

#[test]
fn what_was_kept_in_one_style_is_the_same_number_in_another() {
    let kept = german(|| {
        let mut draft = Draft::default();
        let first = draft.buckets[0].id;
        draft.set_text(Field::FundSize, "2,5 bn EUR".into());
        draft.set_text(Field::Bucket(first, foliocast_app::pages::workbench::BucketField::Cap), "1.500".into());
        draft.set_text(Field::Bucket(first, foliocast_app::pages::workbench::BucketField::Loss), "a third".into());
        draft.to_kept()
    });
    let english = Draft::from_kept(&kept).expect("a draft");
    assert_eq!((english.buckets[0].cap.as_str(), english.buckets[0].loss.as_str()), ("1500", "a third"));
    assert_eq!(fund_size(&english.fund_size).expect("a size").expect("typed").amount, 2.5e9);
    let back = german(|| Draft::from_kept(&kept).expect("a draft"));
    assert_eq!(back.buckets[0].cap, "1.500");
}

#[test]
fn a_style_that_could_not_be_typed_is_none() {
    for (sample, short) in [
        ("1234567.5", "1234"),
        ("1.234.567.5", "1.234"),
        ("1٬234٬567٫5", "1٬234"),
        ("1,2345,67.5", "1234"),
        ("", ""),
        ("5", "1234"),
        ("1a234a567.5", "1a234"),
    ] {
        assert_eq!(NumberStyle::of_samples(sample, short), None, "{sample}");
    }
}

proptest! {
    #[test]
    fn in_every_style_a_number_survives_being_typed(
        micros in -1_000_000_000_000_i64..=1_000_000_000_000,
        style in 0..6_usize,
        unit in prop_oneof![Just(Unit::Count), Just(Unit::Share), Just(Unit::Multiple)],
    ) {
        let (style, value) = (styles()[style], micros as f64 / 1e6);
        let text = typed_in(style, value, unit);
        prop_assert_eq!(number_in(style, &text, unit), Some(value), "{}", text);
        prop_assert_eq!(on_a_page(style, || typed(value, unit)), text);
    }

    #[test]
    fn in_every_style_a_figure_reads_back(value in -1e9..1e9_f64, decimals in 0_usize..6, style in 0..6_usize) {
        let style = styles()[style];
        let text = on_a_page(style, || decimal(value, decimals)).replace('−', "-");
        let digits = style.read(&text).expect("a number");
        prop_assert_eq!(digits.parse::<f64>().expect("digits"), format!("{value:.decimals$}").parse::<f64>().expect("digits"));
    }

    #[test]
    fn no_text_breaks_a_style(text in ".{0,40}") {
        for style in styles() {
            let _ = style.read(&text);
        }
        let _ = NumberStyle::of_samples(&text, &text);
    }
}
