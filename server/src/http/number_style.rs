//! How numbers are written where a browser says its reader lives.

use axum::http::HeaderValue;
use foliocast_app::NumberStyle;
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_decimal::options::DecimalFormatterOptions;
use icu_locale_core::Locale;

/// Languages of one header that are looked at.
const MOST_LANGUAGES: usize = 32;

/// Digits that people here type, whatever the language's own are.
const LATIN_DIGITS: &str = "-u-nu-latn";

/// The style of the language that is wanted most (RFC 9110, 12.5.4), by CLDR; English where none is named that is known.
pub fn number_style(accept_language: Option<&HeaderValue>) -> NumberStyle {
    let header = accept_language.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut languages: Vec<(f32, &str)> = header.split(',').take(MOST_LANGUAGES).filter_map(weighted).collect();
    // Stable: among equals the first one counts.
    languages.sort_by(|a, b| b.0.total_cmp(&a.0));
    languages.iter().find_map(|(_, tag)| of_language(tag)).unwrap_or(NumberStyle::ENGLISH)
}

/// `de-CH;q=0.8` as 0.8 and `de-CH`; `None` where it is not wanted or says nothing.
fn weighted(range: &str) -> Option<(f32, &str)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| !tag.is_empty() && *tag != "*")?;
    let quality = match parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="))) {
        Some(quality) => quality.trim().parse().ok()?,
        None => 1.0,
    };
    (quality > 0.0 && quality <= 1.0).then_some((quality, tag))
}

fn of_language(tag: &str) -> Option<NumberStyle> {
    let language = Locale::try_from_str(tag).ok()?.id;
    let locale = Locale::try_from_str(&format!("{language}{LATIN_DIGITS}")).ok()?;
    let formatter = DecimalFormatter::try_new((&locale).into(), DecimalFormatterOptions::default()).ok()?;
    let written = |number: &str| Some(formatter.format(&Decimal::try_from_str(number).ok()?).to_string());
    NumberStyle::of_samples(&written(NumberStyle::SAMPLE)?, &written(NumberStyle::SHORT_SAMPLE)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(header: &str) -> String {
        let header = HeaderValue::from_str(header).expect("a header");
        number_style(Some(&header)).written("1234567.89")
    }

    /// From CLDR's charts of number symbols and patterns.
    #[test]
    fn numbers_are_written_as_in_the_language_that_is_wanted_most() {
        for (header, text) in [
            ("en-US,en;q=0.9", "1,234,567.89"),
            ("de-DE", "1.234.567,89"),
            // Swiss apostrophes are straight or curly from one edition of CLDR to the next.
            ("de-CH, de;q=0.5", "1'234'567.89"),
            ("de-AT", "1\u{a0}234\u{a0}567,89"),
            ("fr-FR", "1\u{202f}234\u{202f}567,89"),
            ("sv", "1\u{a0}234\u{a0}567,89"),
            ("en-IN", "12,34,567.89"),
            ("ar-EG", "1,234,567.89"),
            ("en;q=0.5, nl ; q=0.9", "1.234.567,89"),
            ("fr;q=0, de", "1.234.567,89"),
        ] {
            assert_eq!(written(header).replace('’', "'"), text, "{header}");
        }
        assert_eq!(number_style(None), NumberStyle::ENGLISH);
    }

    #[test]
    fn four_digits_stand_together_where_that_is_the_custom() {
        let written = |header| number_style(Some(&HeaderValue::from_static(header))).written("1234");
        assert_eq!([written("es-ES"), written("pl"), written("de")], ["1234", "1234", "1.234"]);
    }

    #[test]
    fn what_is_no_language_is_passed_over() {
        for header in
            ["", "*", ";;;", "q=1", "de;q=x", "de;q=-1", "de;q=NaN", "de;q=2", "x-y-z!!", "\u{fffd}", "12345678901"]
        {
            let header = HeaderValue::from_bytes(header.as_bytes()).expect("a header");
            assert_eq!(number_style(Some(&header)), NumberStyle::ENGLISH, "{header:?}");
        }
        assert_eq!(written("nonsense!, de"), "1.234.567,89");
    }
}
