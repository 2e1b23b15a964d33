//! Strings of a configuration in canonical form.

use super::normalisation::normalisation_form_c;

/// `text` without White_Space at its ends, in normalisation form C.
pub(super) fn canonical(text: &str) -> String {
    normalisation_form_c(text.trim())
}

/// `text` in quotes for a message, with escapes, cut after a few dozen characters.
pub(super) fn quoted(text: &str) -> String {
    const MAX_SHOWN: usize = 40;
    match text.char_indices().nth(MAX_SHOWN) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}… ({} bytes)", &text[..end], text.len()),
    }
}

/// The name among `known` that `name` is most probably meant to be, if any is near.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    const MAX_LENGTH: usize = 40;
    if name.len() > MAX_LENGTH {
        return None;
    }
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let name = plain(name);
    let (distance, candidate) =
        known.iter().map(|&candidate| (edit_distance(&name, &plain(candidate)), candidate)).min()?;
    (distance <= candidate.len() / 3).then_some(candidate)
}

/// Levenshtein distance.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substitution = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = substitution.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
