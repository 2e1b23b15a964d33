//! How numbers are written where the reader lives: which mark parts decimals, which parts thousands, and where.
//!
//! The server takes it from what the browser asks for and writes it into the document, so that the first page and all
//! that comes after write numbers in one way. Configurations, addresses, files and the API have the point alone.

use leptos::prelude::*;

/// The document's attribute that carries the style to the browser, as [`NumberStyle::to_attribute`] writes it.
#[cfg(feature = "hydrate")]
const ATTRIBUTE: &str = "data-numbers";

/// Marks and places of numbers for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberStyle {
    /// Stands before the decimals.
    decimal_mark: char,
    /// Stands between groups of digits.
    group_mark: char,
    /// Digits of every group before the last, which has three: 3, or 2 where one counts in lakhs and crores.
    group_digits: u8,
    /// From how many digits on there are groups.
    grouped_from: u8,
}

impl NumberStyle {
    /// The number whose text shows a style: long enough for two marks between thousands, with a decimal.
    pub const SAMPLE: &str = "1234567.5";

    /// The number whose text shows whether four digits have groups.
    pub const SHORT_SAMPLE: &str = "1234";

    /// `1,234,567.5`: what is written for nobody in particular.
    pub const ENGLISH: Self = Self { decimal_mark: '.', group_mark: ',', group_digits: 3, grouped_from: 4 };

    /// The style in which [`Self::SAMPLE`] and [`Self::SHORT_SAMPLE`] are written like this; `None` where that is no way that a
    /// person here could type back: other digits, no marks, or the same mark for both.
    ///
    /// ```
    /// use foliocast_app::NumberStyle;
    /// let german = NumberStyle::of_samples("1.234.567,5", "1.234").unwrap();
    /// assert_eq!(german.written("12345.25"), "12.345,25");
    /// assert_eq!(NumberStyle::of_samples("1234567.5", "1234"), None);
    /// ```
    pub fn of_samples(sample: &str, short: &str) -> Option<Self> {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        if digits(sample) != "12345675" || digits(short) != Self::SHORT_SAMPLE {
            return None;
        }
        let whole = sample.strip_suffix('5')?;
        let decimal_mark = whole.chars().last().filter(|&mark| is_mark(mark))?;
        let whole = whole.strip_suffix(decimal_mark)?;
        let group_mark = whole.chars().find(|c| !c.is_ascii_digit()).filter(|&mark| is_mark(mark))?;
        let group_digits = match whole.split(group_mark).map(str::len).collect::<Vec<_>>()[..] {
            [1, 3, 3] => 3,
            [2, 2, 3] => 2,
            _ => return None,
        };
        let grouped_from = if short.len() > Self::SHORT_SAMPLE.len() { 4 } else { 5 };
        (decimal_mark != group_mark).then_some(Self { decimal_mark, group_mark, group_digits, grouped_from })
    }

    /// The style of the page that is being written, on the server and in the browser; English where there is none.
    pub fn current() -> Self {
        Self::of_page().unwrap_or(Self::ENGLISH)
    }

    #[cfg(feature = "hydrate")]
    fn of_page() -> Option<Self> {
        std::thread_local! {
            static STYLE: Option<NumberStyle> = document()
                .document_element()
                .and_then(|root| root.get_attribute(ATTRIBUTE))
                .and_then(|samples| NumberStyle::of_attribute(&samples));
        }
        STYLE.with(|style| *style)
    }

    #[cfg(not(feature = "hydrate"))]
    fn of_page() -> Option<Self> {
        use_context()
    }

    /// As the attribute of the document that carries it to the browser.
    pub(crate) fn to_attribute(self) -> String {
        format!("{}|{}", self.written(Self::SAMPLE), self.written(Self::SHORT_SAMPLE))
    }

    /// Reads what [`Self::to_attribute`] wrote.
    pub(crate) fn of_attribute(samples: &str) -> Option<Self> {
        let (sample, short) = samples.split_once('|')?;
        Self::of_samples(sample, short)
    }

    /// What stands before the decimals.
    pub fn decimal_mark(self) -> char {
        self.decimal_mark
    }

    /// An unsigned number, given with a decimal point and no groups, as it is written here.
    pub fn written(self, number: &str) -> String {
        self.written_from(number, self.grouped_from.into())
    }

    /// A number, given with a decimal point, with this style's mark and no groups; a sign stays.
    pub fn ungrouped(self, number: &str) -> String {
        self.written_from(number, usize::MAX)
    }

    /// As [`Self::written`], with groups from so many digits on.
    pub fn written_from(self, number: &str, grouped_from: usize) -> String {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let mut text = String::with_capacity(number.len() + number.len() / 2);
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && whole.len() >= grouped_from && self.parts_before(whole.len() - index) {
                text.push(self.group_mark);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(self.decimal_mark);
            text.push_str(fraction);
        }
        text
    }

    /// Whether a mark stands before the last `rest` digits.
    fn parts_before(self, rest: usize) -> bool {
        rest == 3 || rest > 3 && (rest - 3).is_multiple_of(self.group_digits.into())
    }

    /// A number as this style writes it, with a decimal point and no groups; `None` where a mark stands where none can
    /// be. Spaces and apostrophes part digits everywhere. A sign and an exponent stay.
    pub fn read(self, text: &str) -> Option<String> {
        let text: String = text.chars().filter(|&c| !is_spacing(c)).collect();
        if text.is_empty() || text.contains(|c: char| c.is_alphabetic() && c != 'e' && c != 'E') {
            return None;
        }
        let is_decimal_mark = |c: char| c == self.decimal_mark;
        let whole_end = text.find(|c| is_decimal_mark(c) || c == 'e' || c == 'E').unwrap_or(text.len());
        let (whole, rest) = text.split_at(whole_end);
        let groups: Vec<&str> = whole.split(self.group_mark).collect();
        if let [first, between @ .., last] = groups.as_slice() {
            let first = first.trim_start_matches(['+', '-']).len();
            let is_parted_by = |digits: usize| {
                (1..=digits).contains(&first) && between.iter().all(|group| group.len() == digits) && last.len() == 3
            };
            if groups.len() > 1 && !is_parted_by(3) && !is_parted_by(self.group_digits.into()) {
                return None;
            }
        }
        let rest = match rest.strip_prefix(is_decimal_mark) {
            Some(fraction) if fraction.contains(['.', ',']) => return None,
            Some(fraction) => format!(".{fraction}"),
            None => rest.to_owned(),
        };
        let digits = groups.concat() + &rest;
        (!digits.contains(',')).then_some(digits)
    }
}

/// What can stand in a number and be typed back.
fn is_mark(mark: char) -> bool {
    matches!(mark, '.' | ',') || is_spacing(mark)
}

/// What parts digits and nothing else.
fn is_spacing(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\'' | '’' | '_')
}
