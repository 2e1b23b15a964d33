//! A configuration in the address: `#c1.<base64url of the request's JSON>`, and where the fund's size is known
//! `.<amount><currency>` behind it.
//!
//! A fragment never reaches a server, survives reloads and needs no store; `c1` is the version of this encoding.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use foliocast_core::Errors;

use super::draft::Draft;
use super::fund_size::{fund_size, fund_size_text, is_possible};
use crate::api::FundSize;

const PREFIX: &str = "c1.";

/// Longer fragments are refused unread; the largest configuration (50 buckets of 20 bands) stays below.
const MAX_LENGTH: usize = 200_000;

/// What is wrong with a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FragmentError {
    /// The fragment does not begin with a version this page knows.
    UnknownVersion,
    /// The fragment is too long for any configuration.
    TooLong,
    /// The fragment's letters are no base64url of UTF-8 text; probably a part is missing.
    Damaged,
    /// The configuration inside is not valid.
    Invalid(Errors),
}

impl core::fmt::Display for FragmentError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::UnknownVersion => f.write_str(
                "The part of the link behind # does not begin with “c1.”: it was made for another page or a newer Foliocast.",
            ),
            Self::TooLong => write!(f, "The part of the link behind # is longer than {MAX_LENGTH} characters, more than any configuration."),
            Self::Damaged => {
                f.write_str("The part of the link behind # is damaged; perhaps its end was cut off on the way. Ask for the link again.")
            }
            Self::Invalid(errors) => write!(f, "The link carries a configuration that is not valid. {errors}"),
        }
    }
}

/// The fragment that carries `draft`, without `#`.
pub fn write(draft: &Draft) -> String {
    let configuration = URL_SAFE_NO_PAD.encode(draft.request_json());
    // A size that is not valid is left out: nothing on the page is made of it.
    match fund_size(&draft.fund_size) {
        Ok(Some(size)) => format!("{PREFIX}{configuration}.{}{}", size.amount, size.currency),
        _ => format!("{PREFIX}{configuration}"),
    }
}

/// Reads a fragment, with or without `#`; `None` if there is none, or only the name of a place in the page.
///
/// # Errors
/// Why the link cannot be used.
pub fn read(fragment: &str) -> Option<Result<Draft, FragmentError>> {
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    let is_place = fragment.len() <= 40 && fragment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (!is_place).then(|| read_version(fragment))
}

fn read_version(fragment: &str) -> Result<Draft, FragmentError> {
    if fragment.len() > MAX_LENGTH {
        return Err(FragmentError::TooLong);
    }
    let encoded = fragment.strip_prefix(PREFIX).ok_or(FragmentError::UnknownVersion)?;
    let (encoded, size) = encoded.split_once('.').unwrap_or((encoded, ""));
    let size = match size {
        "" => None,
        text => Some(read_size(text).ok_or(FragmentError::Damaged)?),
    };
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| FragmentError::Damaged)?;
    let text = String::from_utf8(bytes).map_err(|_| FragmentError::Damaged)?;
    if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() {
        return Err(FragmentError::Damaged);
    }
    let mut draft = Draft::from_json(&text).map_err(FragmentError::Invalid)?;
    draft.fund_size = size.as_ref().map_or_else(String::new, fund_size_text);
    Ok(draft)
}

/// `50000000USD`, as [`write()`] has it.
fn read_size(text: &str) -> Option<FundSize> {
    let (amount, currency) = text.split_at_checked(text.find(|c: char| c.is_ascii_uppercase())?)?;
    let size = FundSize { amount: amount.parse().ok()?, currency: currency.to_owned() };
    is_possible(&size).then_some(size)
}
