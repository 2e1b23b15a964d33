//! Numbers as people type them: with a unit behind, with thousands apart, in percent, in the page's number style.

use serde::{Serialize, Serializer};

use crate::number_style::NumberStyle;

/// From how many digits on a count has its thousands apart.
const GROUPED_FROM: usize = 5;

/// What a typed number counts, and so which unit may stand behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Percent, in the configuration too.
    Percent,
    /// Typed in percent; a share of 1 in the configuration.
    Share,
    /// A multiple of invested capital.
    Multiple,
    /// Years.
    Years,
    /// A bare number.
    Plain,
}

impl Unit {
    /// The unit's sign, as a page shows it behind the number.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Count | Self::Plain => "",
            Self::Percent | Self::Share => "%",
            Self::Multiple => "×",
            Self::Years => "y",
        }
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Count | Self::Plain => &[],
            Self::Percent | Self::Share => &["%"],
            Self::Multiple => &["×", "x", "X"],
            Self::Years => &["years", "year", "y"],
        }
    }
}

/// The number in `text`, in the configuration's own unit; `None` if it is no number. A number with a decimal point, as
/// configurations and files have it, is one everywhere unless the page's style reads it as another.
///
/// ```
/// use foliocast_app::pages::workbench::{Unit, number};
/// assert_eq!(number("1,000,000", Unit::Count), Some(1e6));
/// assert_eq!(number(" 6.6 % ", Unit::Share), Some(0.066));
/// assert_eq!(number("1,5", Unit::Multiple), None);
/// ```
pub fn number(text: &str, unit: Unit) -> Option<f64> {
    number_in(NumberStyle::current(), text, unit)
}

/// As [`number`], in a style of one's own.
pub fn number_in(style: NumberStyle, text: &str, unit: Unit) -> Option<f64> {
    let text = text.trim();
    let text = unit.endings().iter().find_map(|ending| text.strip_suffix(ending)).unwrap_or(text).trim_end();
    let digits = style.read(text).or_else(|| NumberStyle::ENGLISH.read(text))?;
    let value: f64 = match unit {
        // Shifted as decimal digits, not divided, so that 6.6 % is the number nearest to 0.066.
        Unit::Share if !digits.contains(['e', 'E']) => format!("{digits}e-2").parse().ok()?,
        Unit::Share => digits.parse::<f64>().ok()? / 100.0,
        _ => digits.parse().ok()?,
    };
    value.is_finite().then_some(value)
}

/// A text as a configuration carries it: a number where it is one, else the text itself, which the configuration's
/// reader then refuses with its own words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typed<'a>(pub(super) &'a str, pub(super) Unit);

impl Serialize for Typed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(text, unit) = *self;
        match number(text, unit) {
            Some(number) => serializer.serialize_f64(number),
            None => serializer.serialize_str(text.trim()),
        }
    }
}

/// A canonical number (a multiple of 10⁻⁶) as a person would type it.
pub fn typed(value: f64, unit: Unit) -> String {
    typed_in(NumberStyle::current(), value, unit)
}

/// As [`typed`], in a style of one's own.
pub fn typed_in(style: NumberStyle, value: f64, unit: Unit) -> String {
    let micros = (value * 1e6).round() as i64;
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    let decimals = if unit == Unit::Share { 4 } else { 6 };
    let scale = 10_u64.pow(decimals);
    let whole = micros / scale;
    let fraction = format!("{:0width$}", micros % scale, width = decimals as usize);
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}.{fraction}");
    let text = if unit == Unit::Count { style.written_from(&digits, GROUPED_FROM) } else { style.ungrouped(&digits) };
    format!("{sign}{text}")
}

/// A message of the configuration's reader with its numbers, which are shares of 1, in percent. What it quotes stays.
pub(super) fn shares_in_percent(message: &str) -> String {
    let mut text = String::with_capacity(message.len() + 16);
    for (place, part) in message.split('"').enumerate() {
        if place > 0 {
            text.push('"');
        }
        if place % 2 == 1 {
            text.push_str(part);
            continue;
        }
        for (index, word) in part.split(' ').enumerate() {
            if index > 0 {
                text.push(' ');
            }
            let number = word.trim_start_matches('(').trim_end_matches([',', ';', ')']);
            match number.parse::<f64>() {
                Ok(share) if number.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                    text.push_str(&word.replacen(number, &format!("{} %", percent_of(share)), 1));
                }
                _ => text.push_str(word),
            }
        }
    }
    text
}

/// A share in percent, without what multiplication adds in the last place.
fn percent_of(share: f64) -> String {
    let percent = share * 100.0;
    if percent.abs() < 1e9 && percent.abs() >= 1e-4 {
        NumberStyle::current().ungrouped(&((percent * 1e6).round() / 1e6).to_string())
    } else if percent == 0.0 {
        "0".to_owned()
    } else {
        format!("{percent:e}")
    }
}
