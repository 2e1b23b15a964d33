//! Numbers as people read them.

use foliocast_app::format::{
    age_seconds, count, decimal, duration_ms, instant_utc, multiple, multiple_asked, multiple_digits, multiple_tick,
    percent, percent_interval, plain, rate_per_second, rows, short_hash, size_bytes, standard_error, years,
};
use foliocast_core::scenario::Interval;
use proptest::prelude::*;

/// No-break spaces as plain ones, for reading.
fn spaced(text: String) -> String {
    text.replace('\u{a0}', " ")
}

#[test]
fn multiples_keep_two_decimals_until_they_are_large_or_tiny() {
    let cases = [
        (2.243_59, "2.24 ×"),
        (0.0, "0.00 ×"),
        (12.477, "12.48 ×"),
        (123.456, "123.5 ×"),
        (1_234.5, "1,234 ×"),
        (0.003_1, "0.0031 ×"),
        (0.000_01, "< 0.0001 ×"),
        (-0.25, "−0.25 ×"),
    ];
    for (value, words) in cases {
        assert_eq!(spaced(multiple(value)), words);
    }
    assert_eq!(spaced(multiple_asked(2.0)), "2 ×");
    assert_eq!(spaced(multiple_asked(2.181_015)), "2.18 ×");
    assert_eq!(multiple_tick(0.25), "0.25×");
    assert_eq!(multiple_tick(1_000.0), "1,000×");
}

#[test]
fn a_single_row_is_a_row() {
    assert_eq!([0, 1, 2, 1_000_000].map(rows), ["0 rows", "1 row", "2 rows", "1,000,000 rows"]);
}

#[test]
fn shares_never_round_to_certainty() {
    let cases = [
        (0.159_7, "16.0 %"),
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.999_9, "> 99.9 %"),
        (0.000_4, "0.04 %"),
        (0.000_004, "< 0.01 %"),
        (-0.021, "−2.1 %"),
    ];
    for (share, words) in cases {
        assert_eq!(spaced(percent(share)), words);
    }
    assert_eq!(spaced(percent_interval(Interval { low: 0.153, high: 0.167 })), "15.3 – 16.7 %");
}

#[test]
fn errors_keep_two_significant_digits() {
    let cases = [(0.025_68, "0.026"), (0.004_12, "0.0041"), (0.31, "0.31"), (2.34, "2.3"), (12.6, "13"), (0.0, "0")];
    for (value, words) in cases {
        assert_eq!(standard_error(value), words);
    }
}

#[test]
fn counts_durations_sizes_and_rates_name_their_unit() {
    assert_eq!(count(1_000_000), "1,000,000");
    assert_eq!(count(999), "999");
    let durations = [
        (0.83, "830 µs"),
        (1.4, "1.4 ms"),
        (140.2, "140 ms"),
        (2_300.0, "2.3 s"),
        (200_000.0, "3 min 20 s"),
        (59_999.0, "1 min"),
    ];
    for (value, words) in durations {
        assert_eq!(spaced(duration_ms(value)), words);
    }
    assert_eq!(spaced(age_seconds(187_200)), "2 d 4 h");
    assert_eq!(spaced(age_seconds(0)), "0 s");
    assert_eq!(spaced(size_bytes(512)), "512 B");
    assert_eq!(spaced(size_bytes(3_200_000)), "3.2 MB");
    assert_eq!(spaced(rate_per_second(676e6)), "676 M/s");
    assert_eq!(spaced(years(1.0)), "1 year");
    assert_eq!(spaced(years(0.25)), "0.25 years");
}

#[test]
fn what_is_not_a_number_is_a_dash() {
    for not_a_number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(percent(not_a_number), "—");
        assert_eq!(multiple(not_a_number), "—");
        assert_eq!(standard_error(not_a_number), "—");
        assert_eq!(duration_ms(not_a_number), "—");
        assert_eq!(plain(not_a_number), "—");
    }
    assert_eq!(duration_ms(-1.0), "—");
}

#[test]
fn instants_are_written_in_utc_and_foreign_text_is_left_alone() {
    assert_eq!(spaced(instant_utc("2026-11-21T07:30:05Z")), "2026-11-21 07:30 UTC");
    assert_eq!(instant_utc("yesterday"), "yesterday");
    assert_eq!(instant_utc("2026-11-2ä"), "2026-11-2ä");
    assert_eq!(short_hash("6b59b9bef1f5b657"), "6b59b9bef1f5…");
    assert_eq!(short_hash("äöüäöüä"), "äöüäöü…");
}

#[test]
fn given_numbers_are_written_as_given() {
    assert_eq!(plain(1.44), "1.44");
    assert_eq!(plain(200.0), "200");
    assert_eq!(plain(12_345.5), "12,345.5");
    assert_eq!(plain(-3.0), "−3");
}

proptest! {
    #[test]
    fn a_decimal_reads_back_within_half_a_unit_of_its_last_place(value in -1e9..1e9_f64, decimals in 0_usize..6) {
        let text = decimal(value, decimals).replace(',', "").replace('−', "-");
        let back: f64 = text.parse().expect("a number");
        prop_assert!((back - value).abs() <= 0.5 * 10f64.powi(-(decimals as i32)) * (1.0 + 1e-9) + value.abs() * f64::EPSILON);
        prop_assert!(!text.starts_with("-0") || text.contains(['1', '2', '3', '4', '5', '6', '7', '8', '9']));
    }

    #[test]
    fn no_float_makes_a_formatter_panic_or_print_nothing(bits: u64) {
        let value = f64::from_bits(bits);
        for text in [multiple_digits(value), percent(value), standard_error(value), duration_ms(value), plain(value), rate_per_second(value)] {
            prop_assert!(!text.is_empty());
        }
    }
}
