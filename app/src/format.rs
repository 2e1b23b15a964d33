//! Numbers as people read them, the same on the server and in the browser: no clock, no platform.
//!
//! Units stand after a no-break space; decimals and thousands are marked in the page's [`NumberStyle`]; what is not a
//! number is "—". The examples are in English.

use foliocast_core::scenario::Interval;

use crate::number_style::NumberStyle;

/// Stands where a figure is absent.
pub const ABSENT: &str = "—";

/// Holds a number and its unit together on one line.
pub const NO_BREAK_SPACE: char = '\u{a0}';

/// A multiple of invested capital: `2.24 ×`.
///
/// ```
/// assert_eq!(foliocast_app::format::multiple(2.24359), "2.24\u{a0}×");
/// ```
pub fn multiple(value: f64) -> String {
    with_unit(&multiple_digits(value), "×")
}

/// A multiple without its sign, for columns whose head names the unit: `2.24`, `1,203`, `0.0031`.
pub fn multiple_digits(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if size >= 1_000.0 => 0,
        _ if size >= 100.0 => 1,
        _ if size >= 0.01 || size == 0.0 => 2,
        _ => 4,
    };
    if size > 0.0 && size < 0.0001 { nearly_nothing(value, "0.0001") } else { decimal(value, decimals) }
}

/// What is between 0 and the smallest number that is told from it: `< 0.0001`, `> −0.0001`.
fn nearly_nothing(value: f64, smallest: &str) -> String {
    let smallest = NumberStyle::current().written(smallest);
    if value < 0.0 { format!("> −{smallest}") } else { format!("< {smallest}") }
}

/// A multiple somebody asked about: `2 ×`, `2.18 ×`.
pub fn multiple_asked(value: f64) -> String {
    with_unit(&without_trailing_zeros(multiple_digits(value)), "×")
}

/// A multiple where space is short and the value round: `0.25×`, `2×`.
pub fn multiple_tick(value: f64) -> String {
    if !value.is_finite() {
        return ABSENT.into();
    }
    let digits = decimal(value, if value.abs() < 0.1 { 3 } else { 2 });
    format!("{}×", without_trailing_zeros(digits))
}

/// A share as a percentage: `16.0 %`, `0.04 %`, `< 0.01 %`, `100 %`.
///
/// ```
/// assert_eq!(foliocast_app::format::percent(0.1597), "16.0\u{a0}%");
/// ```
pub fn percent(share: f64) -> String {
    with_unit(&percent_digits(share), "%")
}

/// A share as a percentage without its sign.
pub fn percent_digits(share: f64) -> String {
    let value = share * 100.0;
    let size = value.abs();
    match size {
        _ if value == 0.0 || value == 100.0 => decimal(value, 0),
        _ if size < 0.01 => nearly_nothing(value, "0.01"),
        _ if size < 1.0 => decimal(value, 2),
        _ if (99.95..100.0).contains(&value) => format!("> {}", decimal(99.9, 1)),
        _ => decimal(value, 1),
    }
}

/// An amount of money, three significant digits: `$112 m`, `€1.5 bn`, `CHF 980 k`. The currency is an ISO 4217 code;
/// an amount of none (`XXX`) stands alone.
///
/// ```
/// assert_eq!(foliocast_app::format::money(112_179_500.0, "USD"), "$112\u{a0}m");
/// ```
pub fn money(amount: f64, currency: &str) -> String {
    const UNITS: [(f64, &str); 5] = [(1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"), (1.0, "")];
    if !amount.is_finite() {
        return ABSENT.into();
    }
    let size = amount.abs();
    // From where three digits would round up to the next unit on.
    let (scale, unit) = UNITS.into_iter().find(|unit| size >= unit.0 * 0.9995).unwrap_or((1.0, ""));
    let value = size / scale;
    let decimals = match value {
        _ if unit.is_empty() || value >= 99.95 => 0,
        _ if value >= 9.995 => 1,
        _ => 2,
    };
    let digits = without_trailing_zeros(decimal(value, decimals));
    let sign = if amount < 0.0 && digits != "0" { "−" } else { "" };
    let before = match currency {
        "USD" => "$".to_owned(),
        "EUR" => "€".to_owned(),
        "GBP" => "£".to_owned(),
        "JPY" => "¥".to_owned(),
        "INR" => "₹".to_owned(),
        "XXX" => String::new(),
        code => format!("{code}{NO_BREAK_SPACE}"),
    };
    let text = format!("{sign}{before}{digits}");
    if unit.is_empty() { text } else { with_unit(&text, unit) }
}

/// A correlation or another number around one: `0.37`, `−0.02`.
pub fn coefficient(value: f64) -> String {
    decimal(value, 2)
}

/// A standard error, two significant digits: `0.026`.
pub fn standard_error(value: f64) -> String {
    if !value.is_finite() {
        return ABSENT.into();
    }
    if value != 0.0 && value.abs() < 0.000_1 {
        return nearly_nothing(value.abs(), "0.0001");
    }
    decimal(value, if value == 0.0 { 0 } else { error_decimals(value) })
}

/// Decimals that show a standard error's first two significant digits, at most four.
fn error_decimals(value: f64) -> usize {
    match value.abs() {
        size if size == 0.0 || size >= 10.0 => 0,
        size if size >= 1.0 => 1,
        size if size >= 0.1 => 2,
        size if size >= 0.01 => 3,
        _ => 4,
    }
}

/// A change with its sign, as exact as its standard error is known; to two decimals where that is absent or 0.
///
/// ```
/// assert_eq!(foliocast_app::format::change(1.9143, Some(0.12)), "+1.91");
/// assert_eq!(foliocast_app::format::change(-0.0001, None), "0.00");
/// ```
pub fn change(value: f64, error: Option<f64>) -> String {
    let decimals = error.filter(|&error| error > 0.0).map_or(2, error_decimals);
    let text = decimal(value, decimals);
    let has_sign = text.starts_with('−') || !text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    if has_sign { text } else { format!("+{text}") }
}

/// A change with its standard error and its unit: `+0.168 ± 0.012 ×`; `no change` where there is none in any row.
///
/// ```
/// assert_eq!(foliocast_app::format::change_with_error(0.16789, Some(0.0123), "×"), "+0.168 ± 0.012\u{a0}×");
/// ```
pub fn change_with_error(value: f64, error: Option<f64>, unit: &str) -> String {
    if value == 0.0 && error.unwrap_or(0.0) == 0.0 {
        return "no change".into();
    }
    let mut text = change(value, error);
    if let Some(error) = error.filter(|_| text != ABSENT) {
        text.push_str(" ± ");
        text.push_str(&standard_error(error));
    }
    with_unit(&text, unit)
}

/// A standard error of a share, in percentage points: `0.31`.
pub fn standard_error_points(share: f64) -> String {
    standard_error(share * 100.0)
}

/// An interval of multiples: `2.21 – 2.28`.
pub fn multiple_interval(interval: Interval) -> String {
    ends(multiple_digits(interval.low), &multiple_digits(interval.high))
}

/// An interval of shares: `15.3 – 16.7 %`.
pub fn percent_interval(interval: Interval) -> String {
    ends(percent_digits(interval.low), &percent(interval.high))
}

fn ends(mut low: String, high: &str) -> String {
    low.push_str("\u{a0}–\u{a0}");
    low.push_str(high);
    low
}

/// A count: `1,000,000`.
pub fn count(value: u64) -> String {
    NumberStyle::current().written(&value.to_string())
}

/// Rows in words: `1,000,000 rows`, `1 row`.
pub fn rows(rows: u32) -> String {
    format!("{} row{}", count(rows.into()), if rows == 1 { "" } else { "s" })
}

/// A duration: `830 µs`, `1.4 ms`, `2.3 s`, `3 min 20 s`.
pub fn duration_ms(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        return ABSENT.into();
    }
    let seconds = value / 1_000.0;
    if seconds >= 59.95 {
        return age_seconds(seconds.round() as u64);
    }
    let (number, unit) = match value {
        _ if value < 0.9995 => (value * 1_000.0, "µs"),
        _ if value < 999.5 => (value, "ms"),
        _ => (seconds, "s"),
    };
    let decimals = usize::from(number < 99.95 && unit != "µs");
    with_unit(&decimal(number, decimals), unit)
}

/// A span of whole seconds, its two largest units: `12 s`, `3 min 20 s`, `5 h`, `2 d 4 h`.
pub fn age_seconds(value: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let first = UNITS.iter().position(|&(size, _)| value >= size).unwrap_or(UNITS.len() - 1);
    let (size, unit) = UNITS[first];
    let mut text = with_unit(&count(value / size), unit);
    if let Some(&(next_size, next_unit)) = UNITS.get(first + 1) {
        let rest = value % size / next_size;
        if rest > 0 {
            text.push(' ');
            text.push_str(&with_unit(&rest.to_string(), next_unit));
        }
    }
    text
}

/// A size in decimal units: `512 B`, `3.2 MB`.
pub fn size_bytes(value: u64) -> String {
    let mut number = value as f64;
    let mut unit = "B";
    for next in ["kB", "MB", "GB", "TB"] {
        if number < 999.5 {
            break;
        }
        number /= 1_000.0;
        unit = next;
    }
    with_unit(&decimal(number, usize::from(unit != "B" && number < 99.95)), unit)
}

/// A rate: `676 M/s`, `1.2 k/s`.
pub fn rate_per_second(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        return ABSENT.into();
    }
    let (number, unit) = match value {
        _ if value >= 999.5e6 => (value / 1e9, "G/s"),
        _ if value >= 999.5e3 => (value / 1e6, "M/s"),
        _ if value >= 999.5 => (value / 1e3, "k/s"),
        _ => (value, "/s"),
    };
    with_unit(&decimal(number, usize::from(number < 99.95 && unit != "/s")), unit)
}

/// A number of years: `5 years`, `0.25 years`, `1 year`.
pub fn years(value: f64) -> String {
    format!("{}{NO_BREAK_SPACE}{}", plain(value), if value == 1.0 { "year" } else { "years" })
}

/// A number as it was given: shortest text, a real minus, no grouping below 10,000.
pub fn plain(value: f64) -> String {
    if !value.is_finite() {
        return ABSENT.into();
    }
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}{}", NumberStyle::current().written_from(&value.abs().to_string(), 5))
}

/// An RFC 3339 UTC instant as `2026-11-21 07:30 UTC`; any other text as it is.
pub fn instant_utc(text: &str) -> String {
    match (text.get(..10), text.get(10..11), text.get(11..16), text.ends_with('Z')) {
        (Some(date), Some("T"), Some(time), true) => format!("{date} {time}{NO_BREAK_SPACE}UTC"),
        _ => text.to_owned(),
    }
}

/// The first 12 digits of a key or digest, for running text: `6b59b9bef1f5…`.
pub fn short_hash(hash: &str) -> String {
    hash.get(..12).map_or_else(|| hash.to_owned(), |start| format!("{start}…"))
}

/// A number with a fixed count of decimals, thousands grouped, a real minus, never `−0`.
pub fn decimal(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return ABSENT.into();
    }
    let text = format!("{:.decimals$}", value.abs());
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{}", NumberStyle::current().written(&text))
}

/// The quarter of the way that `share` has passed, in percent: 0, 25, 50 or 75. What is read out aloud goes in quarters.
pub fn quarter_percent(share: f64) -> u8 {
    (share * 4.0).clamp(0.0, 3.0) as u8 * 25
}

/// A name inside a sentence: whatever direction its letters run in, the sentence keeps its own (first strong isolate).
pub fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

fn with_unit(digits: &str, unit: &str) -> String {
    if digits == ABSENT { ABSENT.into() } else { format!("{digits}{NO_BREAK_SPACE}{unit}") }
}

fn without_trailing_zeros(mut digits: String) -> String {
    let decimal_mark = NumberStyle::current().decimal_mark();
    if digits.contains(decimal_mark) {
        digits.truncate(digits.trim_end_matches('0').trim_end_matches(decimal_mark).len());
    }
    digits
}
