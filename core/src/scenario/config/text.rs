//! Strings of a configuration in canonical form.

use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};

/// `text` without White_Space at its ends, in normalisation form C.
pub(super) fn canonical(text: &str) -> String {
    normalisation_form_c(text.trim())
}

/// Normalisation form C, by the steps of Unicode Standard Annex 15: decompose, order, compose.
///
/// The library's own iterator serves the compatibility forms too and brings their tables along, which are larger than the
/// canonical ones and would be most of what a page loads for this; its three canonical functions do not.
fn normalisation_form_c(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut decomposed = Vec::with_capacity(text.len());
    for c in text.chars() {
        decompose_canonical(c, |part| decomposed.push(part));
    }
    // Marks behind a starter (class 0) go by their classes, equal ones in their order.
    for marks in decomposed.chunk_by_mut(|_, &next| canonical_combining_class(next) != 0) {
        marks.sort_by_key(|&mark| canonical_combining_class(mark));
    }
    let mut composed: Vec<char> = Vec::with_capacity(decomposed.len());
    let mut starter = None;
    let mut last_class = 0;
    for c in decomposed {
        let class = canonical_combining_class(c);
        if let Some(starter) = starter {
            // What stands between bars the way unless its class is lower.
            let is_free = composed.len() == starter + 1 || last_class < class;
            if let Some(whole) = compose(composed[starter], c).filter(|_| is_free) {
                composed[starter] = whole;
                continue;
            }
        }
        if class == 0 {
            starter = Some(composed.len());
        }
        last_class = class;
        composed.push(c);
    }
    composed.into_iter().collect()
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::normalisation_form_c;

    /// Letters, marks of many classes, and syllables that come apart: what normalisation is about.
    const INTERESTING: [char; 26] = [
        'a', 'A', 's', 'ẛ', 'é', 'Å', 'Å', 'q', '\u{301}', '\u{323}', '\u{307}', '\u{327}', '\u{345}', '\u{338}',
        '\u{3099}', '\u{1100}', '\u{1161}', '\u{11a8}', '각', '가', 'が', 'ڀ', '\u{64b}', '\u{651}', '\u{0f71}',
        '\u{0f72}',
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn normalisation_is_the_library_s(text in prop_oneof![
            any::<String>(),
            prop::collection::vec(prop::sample::select(&INTERESTING[..]), 0..12).prop_map(|chars| chars.into_iter().collect()),
        ]) {
            prop_assert_eq!(normalisation_form_c(&text), text.nfc().collect::<String>());
        }
    }

    #[test]
    fn every_character_is_normalised_as_the_library_does() {
        for c in '\0'..=char::MAX {
            for text in [c.to_string(), format!("a{c}\u{323}"), format!("{c}\u{301}\u{327}")] {
                assert_eq!(normalisation_form_c(&text), text.nfc().collect::<String>(), "{c:?}");
            }
        }
    }
}
