//! Normalisation form C, by the steps of Unicode Standard Annex 15: decompose, order, compose.
//!
//! The tables of libraries are made to be looked up fast and were most of what a page loaded for this. Here they are 5 KB
//! and unpacked once, by the first text that is not ASCII.

use std::sync::LazyLock;

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::unpack(include_bytes!("normalisation.bin")));

/// The syllables of Hangul come apart, and together, by arithmetic.
const SYLLABLES: u32 = 0xac00;
const LEADING: u32 = 0x1100;
const VOWELS: u32 = 0x1161;
/// One before the first: a syllable may have no trailing consonant.
const TRAILING: u32 = 0x11a7;
const NUM_LEADING: u32 = 19;
const NUM_VOWELS: u32 = 21;
const NUM_TRAILING: u32 = 28;

/// Combining classes are numbers up to this.
const LAST_CLASS: u32 = 254;

/// `text` in normalisation form C.
pub(super) fn normalisation_form_c(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let tables = &*TABLES;
    let mut decomposed = Vec::with_capacity(text.len());
    for c in text.chars() {
        tables.decompose(c.into(), &mut decomposed);
    }
    tables.order(&mut decomposed);
    tables.compose(decomposed).into_iter().filter_map(char::from_u32).collect()
}

/// What Unicode says of characters, in the order of their numbers.
#[derive(Debug, PartialEq)]
struct Tables {
    /// First and last of characters that follow each other, and their combining class where it is not 0.
    classes: Vec<[u32; 3]>,
    /// A character and the two that it comes apart into and is composed of.
    pairs: Vec<[u32; 3]>,
    /// A character and the one or two (0 is none) that it comes apart into and is never composed of.
    partings: Vec<[u32; 3]>,
}

impl Tables {
    fn unpack(mut bytes: &[u8]) -> Self {
        let [classes, pairs, partings] = core::array::from_fn(|_| unpack_rows(&mut bytes));
        Self { classes, pairs, partings }
    }

    fn class(&self, c: u32) -> u32 {
        let next = self.classes.partition_point(|&[_, last, _]| last < c);
        self.classes.get(next).map_or(0, |&[first, _, class]| if first <= c { class } else { 0 })
    }

    /// Adds the full decomposition of `c` to `to`.
    fn decompose(&self, c: u32, to: &mut Vec<u32>) {
        let syllable = c.wrapping_sub(SYLLABLES);
        if syllable < NUM_LEADING * NUM_VOWELS * NUM_TRAILING {
            let (rest, trailing) = (syllable / NUM_TRAILING, syllable % NUM_TRAILING);
            to.extend([LEADING + rest / NUM_VOWELS, VOWELS + rest % NUM_VOWELS]);
            to.extend((trailing > 0).then_some(TRAILING + trailing));
            return;
        }
        let found = [&self.pairs, &self.partings].into_iter().find_map(|rows| {
            let row = rows.binary_search_by_key(&c, |row| row[0]).ok()?;
            rows.get(row)
        });
        match found {
            Some(&[_, first, second]) => {
                self.decompose(first, to);
                to.extend((second > 0).then_some(second));
            }
            None => to.push(c),
        }
    }

    /// Marks behind a starter (class 0) go by their classes, equal ones in their order.
    fn order(&self, text: &mut [u32]) {
        for marks in text.chunk_by_mut(|_, &next| self.class(next) != 0) {
            let classes: Vec<u32> = marks.iter().map(|&mark| self.class(mark)).collect();
            if !classes.is_sorted() {
                // Class by class: they are few, and a text may be nothing but marks.
                let classed: Vec<_> = classes.into_iter().zip(marks.iter().copied()).collect();
                let ordered = (0..=LAST_CLASS).flat_map(|class| classed.iter().filter(move |&&(of, _)| of == class));
                for (mark, &(_, next)) in marks.iter_mut().zip(ordered) {
                    *mark = next;
                }
            }
        }
    }

    fn compose(&self, decomposed: Vec<u32>) -> Vec<u32> {
        let mut composed: Vec<u32> = Vec::with_capacity(decomposed.len());
        let mut starter = None;
        let mut last_class = 0;
        for c in decomposed {
            let class = self.class(c);
            if let Some(starter) = starter {
                // What stands between bars the way unless its class is lower.
                let is_free = composed.len() == starter + 1 || last_class < class;
                if let Some(whole) = self.whole(composed[starter], c).filter(|_| is_free) {
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
        composed
    }

    /// The character that is composed of these two.
    fn whole(&self, first: u32, second: u32) -> Option<u32> {
        let (leading, vowel) = (first.wrapping_sub(LEADING), second.wrapping_sub(VOWELS));
        if leading < NUM_LEADING && vowel < NUM_VOWELS {
            return Some(SYLLABLES + (leading * NUM_VOWELS + vowel) * NUM_TRAILING);
        }
        let (syllable, trailing) = (first.wrapping_sub(SYLLABLES), second.wrapping_sub(TRAILING));
        if syllable < NUM_LEADING * NUM_VOWELS * NUM_TRAILING
            && syllable.is_multiple_of(NUM_TRAILING)
            && (1..NUM_TRAILING).contains(&trailing)
        {
            return Some(first + trailing);
        }
        let row = self.pairs.iter().find(|row| row[1..] == [first, second])?;
        Some(row[0])
    }
}

/// Takes rows off the front of `bytes`: their number, then column by column each value's difference from the one above,
/// its sign in the lowest bit. Numbers have seven bits in a byte, low ones first, and the eighth where more follow.
fn unpack_rows(bytes: &mut &[u8]) -> Vec<[u32; 3]> {
    let mut number = || {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let Some((&byte, rest)) = bytes.split_first() else { break };
            *bytes = rest;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        number
    };
    let mut rows = vec![[0; 3]; number() as usize];
    for column in 0..3 {
        let mut value = 0_u32;
        for row in &mut rows {
            let step = number();
            value = value.wrapping_add((step >> 1) ^ (step & 1).wrapping_neg());
            row[column] = value;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::{
        UnicodeNormalization,
        char::{canonical_combining_class, compose, decompose_canonical},
    };

    use super::{Tables, normalisation_form_c};

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

    /// With `WRITE_TABLES=1` in the environment, writes the packed tables instead.
    #[test]
    fn the_packed_tables_are_the_library_s() {
        let tables = tables();
        let packed = [&tables.classes, &tables.pairs, &tables.partings].map(|rows| pack(rows)).concat();
        if std::env::var_os("WRITE_TABLES").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/scenario/config/normalisation.bin");
            std::fs::write(path, &packed).unwrap();
            return;
        }
        assert_eq!(packed, include_bytes!("normalisation.bin"));
        assert_eq!(Tables::unpack(&packed), tables);
    }

    fn decomposition(c: char) -> Vec<char> {
        let mut parts = Vec::new();
        decompose_canonical(c, |part| parts.push(part));
        parts
    }

    fn tables() -> Tables {
        let mut tables = Tables { classes: Vec::new(), pairs: Vec::new(), partings: Vec::new() };
        let coming_apart: Vec<(char, Vec<char>)> = ('\0'..=char::MAX)
            .filter(|c| !('\u{ac00}'..='\u{d7a3}').contains(c))
            .map(|c| (c, decomposition(c)))
            .filter(|(c, parts)| parts[..] != [*c])
            .collect();
        for c in '\0'..=char::MAX {
            let (number, class) = (u32::from(c), u32::from(canonical_combining_class(c)));
            match tables.classes.last_mut() {
                Some([_, last, of]) if *of == class && *last + 1 == number => *last = number,
                _ if class > 0 => tables.classes.push([number, number, class]),
                _ => {}
            }
        }
        for (c, parts) in &coming_apart {
            let whole = u32::from(*c);
            let [before @ .., second] = &parts[..] else { unreachable!("{c:?} comes apart into nothing") };
            // The last of the parts, and what the others are together: one of them, or what comes apart into them.
            let firsts = before
                .iter()
                .filter(|_| before.len() == 1)
                .chain(coming_apart.iter().filter(|(_, parts)| parts == before).map(|(first, _)| first));
            let firsts: Vec<char> = firsts.copied().collect();
            match firsts.iter().find(|&&first| compose(first, *second) == Some(*c)) {
                Some(&first) => tables.pairs.push([whole, first.into(), (*second).into()]),
                None => match firsts.first() {
                    Some(&first) => tables.partings.push([whole, first.into(), (*second).into()]),
                    None => tables.partings.push([whole, (*second).into(), 0]),
                },
            }
        }
        tables
    }

    /// The opposite of [`super::unpack_rows`].
    fn pack(rows: &[[u32; 3]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut number = |mut number: u32| {
            while number >= 0x80 {
                bytes.push(number as u8 | 0x80);
                number >>= 7;
            }
            bytes.push(number as u8);
        };
        number(rows.len() as u32);
        for column in 0..3 {
            let mut above = 0;
            for row in rows {
                let step = row[column].cast_signed() - above;
                number((step << 1 ^ step >> 31).cast_unsigned());
                above = row[column].cast_signed();
            }
        }
        bytes
    }
}
