//! Two multiples typed as one range, as people say them: `0.5 to 3`.

use super::typed::{Unit, number, typed};

/// What may stand between the two ends, longest first.
const BETWEEN: [&str; 8] = [" to ", "...", "..", "…", "–", "—", "−", "-"];

/// Multiples that a configuration takes.
const ALLOWED: core::ops::RangeInclusive<f64> = 1e-6..=1e6;

/// The two ends of a range, each read by `read`; `None` where `text` is no range.
pub(super) fn ends(text: &str, read: fn(&str) -> Option<f64>) -> Option<(f64, f64)> {
    BETWEEN.iter().find_map(|between| {
        text.match_indices(between).find_map(|(at, _)| Some((read(&text[..at])?, read(&text[at + between.len()..])?)))
    })
}

/// Median and P90 from a typed range: `0.5 to 3`, `0.5–3`, `0.5 .. 3`, `0.5x to 3x`.
///
/// ```
/// use foliocast_app::pages::workbench::median_to_p90;
/// assert_eq!(median_to_p90("0.5x to 3x"), Ok((0.5, 3.0)));
/// assert!(median_to_p90("3 to 0.5").is_err());
/// ```
///
/// # Errors
/// What was seen, what is allowed, and what to write.
pub fn median_to_p90(text: &str) -> Result<(f64, f64), String> {
    let shown: String = text.trim().chars().take(40).collect();
    let multiple = |text: &str| number(text, Unit::Multiple);
    let Some((median, p90)) = ends(text, multiple) else {
        return Err(format!(
            "“{shown}” is no range: write two multiples, the median and what one deal in ten exceeds, as in 0.5 to 3"
        ));
    };
    let words = |multiple| typed(multiple, Unit::Multiple);
    match [median, p90].into_iter().find(|end| !ALLOWED.contains(end)) {
        Some(outside) => {
            Err(format!("{} is outside 0.000001 to 1000000, the multiples a deal can have", words(outside)))
        }
        None if p90 < median => Err(format!(
            "{} is below {}: the second number is what one deal in ten exceeds, at least the median",
            words(p90),
            words(median)
        )),
        None => Ok((median, p90)),
    }
}
