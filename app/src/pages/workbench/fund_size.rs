//! A fund's size as people type it: an amount and a currency.

use super::typed::{Unit, number_in, typed_in};
use crate::api::FundSize;
use crate::number_style::NumberStyle;

/// ISO 4217's code for amounts that are of no currency.
pub const NO_CURRENCY: &str = "XXX";

/// Most that a fund can hold, as the API has it.
const MOST: f64 = 1e15;

const SIGNS: [(char, &str); 5] = [('$', "USD"), ('€', "EUR"), ('£', "GBP"), ('¥', "JPY"), ('₹', "INR")];

/// Words behind a number, in small letters, and the decimal places they stand for.
const MAGNITUDES: [(&[&str], i32); 4] = [
    (&["k", "thousand"], 3),
    (&["m", "mn", "mm", "mio", "mln", "million", "millions"], 6),
    (&["b", "bn", "bln", "bio", "mrd", "billion", "billions"], 9),
    (&["tn", "trn", "trillion", "trillions"], 12),
];

/// Whether a fund can be of this size, as the API has it: an amount above 0, and three capital letters.
pub(super) fn is_possible(size: &FundSize) -> bool {
    let is_code = size.currency.len() == 3 && size.currency.bytes().all(|letter| letter.is_ascii_uppercase());
    size.amount > 0.0 && size.amount <= MOST && is_code
}

/// The size in `text`; `None` where nothing is typed. An amount without a currency is of [`NO_CURRENCY`].
///
/// ```
/// use foliocast_app::pages::workbench::fund_size;
/// let size = fund_size("€50 million").unwrap().unwrap();
/// assert_eq!((size.amount, size.currency.as_str()), (5e7, "EUR"));
/// assert!(fund_size("fifty").is_err());
/// ```
///
/// # Errors
/// What was seen, what is allowed, and what to write.
pub fn fund_size(text: &str) -> Result<Option<FundSize>, String> {
    fund_size_in(NumberStyle::current(), text)
}

/// As [`fund_size`], in a style of one's own.
pub(super) fn fund_size_in(style: NumberStyle, text: &str) -> Result<Option<FundSize>, String> {
    let text = text.trim().replace("US$", "$");
    let text = text.as_str();
    if text.is_empty() {
        return Ok(None);
    }
    let shown: String = text.chars().take(40).collect();
    let unclear = || {
        format!(
            "“{shown}” is no fund size: write an amount and a currency, as in 50m USD, €50 million or {}",
            style.written("50000000")
        )
    };
    let is_digit = |c: char| c.is_ascii_digit();
    let (Some(start), Some(end)) = (text.find(is_digit), text.rfind(is_digit)) else { return Err(unclear()) };
    let (before, digits, behind) = (&text[..start], &text[start..=end], &text[end + 1..]);
    let amount = number_in(style, digits, Unit::Plain).ok_or_else(unclear)?;
    let mut places = None;
    let mut currency = None;
    for (word, may_be_magnitude) in
        words(before).map(|word| (word, false)).chain(words(behind).map(|word| (word, true)))
    {
        let magnitude = MAGNITUDES.iter().find(|(names, _)| names.contains(&word.to_lowercase().as_str()));
        let slot = match (magnitude, currency_of(word)) {
            (Some(&(_, ten)), _) if may_be_magnitude && places.is_none() => {
                places = Some(ten);
                continue;
            }
            (_, Some(code)) if currency.is_none() => code,
            _ => return Err(unclear()),
        };
        currency = Some(slot);
    }
    let amount = amount * 10_f64.powi(places.unwrap_or(0));
    if !(amount > 0.0 && amount <= MOST) {
        return Err(format!(
            "“{shown}” is outside what a fund can hold: more than 0 and at most {} million",
            style.written("1000000000")
        ));
    }
    Ok(Some(FundSize { amount, currency: currency.unwrap_or_else(|| NO_CURRENCY.into()) }))
}

/// The text that a person would have typed to get `size`; [`fund_size`] leads back to it.
pub fn fund_size_text(size: &FundSize) -> String {
    let code = if size.currency == NO_CURRENCY { "" } else { size.currency.as_str() };
    let style = NumberStyle::current();
    let millions = format!("{}m {code}", typed_in(style, size.amount / 1e6, Unit::Plain));
    let text = match fund_size_in(style, &millions) {
        Ok(Some(read)) if read == *size => millions,
        _ => format!("{} {code}", style.ungrouped(&size.amount.to_string())),
    };
    text.trim_end().to_owned()
}

/// Words and signs, apart.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_sign = |c: char| SIGNS.iter().any(|sign| sign.0 == c);
    text.split(char::is_whitespace)
        .flat_map(move |part| {
            part.split_inclusive(is_sign).flat_map(move |part| {
                let sign = part.char_indices().last().filter(|&(_, c)| is_sign(c)).map_or(part.len(), |(at, _)| at);
                [&part[..sign], &part[sign..]]
            })
        })
        .filter(|part| !part.is_empty())
}

fn currency_of(word: &str) -> Option<String> {
    let sign = SIGNS.iter().find(|sign| word.chars().eq([sign.0]));
    let is_code = word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    sign.map(|sign| sign.1.to_owned()).or_else(|| is_code.then(|| word.to_ascii_uppercase()))
}
