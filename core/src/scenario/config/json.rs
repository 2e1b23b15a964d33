//! JSON text as a tree that keeps what a map would lose: duplicate members, their order, whether a number is whole.
//!
//! Texts are judged, and faults told, as `serde_json` does it, with which the tests compare: what it brings along to read
//! anything into anything is more than a page should load for this.

use super::decimal;
use crate::{ErrorCode, Errors};

/// Elements of an array that are kept; the rest are read, and only counted. No array of a valid
/// configuration is longer.
const MAX_KEPT_ELEMENTS: usize = 64;

/// Values in the whole text that are kept. The largest valid configuration (50 buckets of 20 bands) has about 3,700,
/// so that memory is bounded whatever the text.
const MAX_VALUES: usize = 20_000;

/// Arrays and objects within each other, at most: each has its frame on the stack.
const MAX_DEPTH: usize = 127;

/// The largest whole number that f64 carries without a gap, 2⁵³ − 1.
pub(super) const MAX_WHOLE: i128 = (1 << 53) - 1;

/// A value and its place in the text.
#[derive(Debug, PartialEq)]
pub(super) struct Node {
    /// How many values begin before this one: orders faults as the text does.
    pub at: usize,
    /// The value.
    pub value: Value,
}

/// A JSON value.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number with an integral value, however it is spelled (`1e4`, `10000.0`, `-0`); exact within the 64 bits of
    /// an integer, and within ±(2⁵³ − 1) otherwise.
    Whole(i128),
    /// Any other number: the nearest f64.
    Real(f64),
    /// A string.
    Text(String),
    /// An array: its first elements, and how many there are.
    Array(Vec<Node>, usize),
    /// An object: its members in the order of the text, duplicates included.
    Object(Vec<(String, Node)>),
}

/// Reads one JSON text.
pub(super) fn read(text: &str) -> Result<Node, Errors> {
    let mut reader = Reader { text: text.as_bytes(), next: 0, values: 0, depth: 0 };
    reader.document().map_err(|fault| fault.told(text.as_bytes()))
}

/// Whether `text` is a number and nothing else.
pub(super) fn is_number(text: &str) -> bool {
    read(text).is_ok_and(|node| matches!(node.value, Value::Whole(_) | Value::Real(_)))
}

const TOO_MANY_VALUES: &str = "too many values";
const UNFINISHED_VALUE: &str = "EOF while parsing a value";
const UNFINISHED_OBJECT: &str = "EOF while parsing an object";
const UNFINISHED_STRING: &str = "EOF while parsing a string";
const TRAILING_COMMA: &str = "trailing comma";
const NO_NAME: &str = "key must be a string";
const INVALID_NUMBER: &str = "invalid number";
const OUT_OF_RANGE: &str = "number out of range";
const LONE_SURROGATE: &str = "lone leading surrogate in hex escape";
const HALF_SURROGATE: &str = "unexpected end of hex escape";

/// What is wrong, and how far the text was read: up to the byte that is wrong, and with it.
struct Fault {
    what: &'static str,
    end: usize,
}

impl Fault {
    fn told(&self, text: &[u8]) -> Errors {
        let what = self.what;
        if what == TOO_MANY_VALUES {
            let message =
                format!("the text holds more than {MAX_VALUES} values, far more than any configuration needs");
            return Errors::one("", ErrorCode::TooLarge, message);
        }
        let hint = match what {
            OUT_OF_RANGE => " (no number is beyond 1.8e308; write long ids and seeds as strings)",
            LONE_SURROGATE | HALF_SURROGATE => " (surrogates come in pairs: \\ud83d\\ude00)",
            _ => "",
        };
        let before = text.get(..self.end).unwrap_or(text);
        let (line, column) = before.iter().fold((1, 0), |(line, column), byte| match byte {
            b'\n' => (line + 1, 0),
            _ => (line, column + 1),
        });
        let message = format!("not JSON that can be read: {what} at line {line} column {column}{hint}");
        Errors::one("", ErrorCode::Syntax, message)
    }
}

/// Reads a text from its beginning to its end.
struct Reader<'a> {
    text: &'a [u8],
    /// The place of the next byte.
    next: usize,
    /// Values that have begun.
    values: usize,
    /// Arrays and objects that have not ended.
    depth: usize,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Node, Fault> {
        let root = self.node()?;
        match self.peek_behind_space() {
            None => Ok(root),
            Some(_) => Err(self.fault_ahead("trailing characters")),
        }
    }

    fn node(&mut self) -> Result<Node, Fault> {
        let at = self.values;
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(self.fault(TOO_MANY_VALUES));
        }
        Ok(Node { at, value: self.value()? })
    }

    fn value(&mut self) -> Result<Value, Fault> {
        match self.peek_behind_space() {
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'"') => self.string().map(Value::Text),
            Some(first @ (b'[' | b'{')) => {
                if self.depth == MAX_DEPTH {
                    return Err(self.fault_ahead("recursion limit exceeded"));
                }
                self.depth += 1;
                self.next += 1;
                let value = if first == b'[' { self.array() } else { self.object() }?;
                self.depth -= 1;
                Ok(value)
            }
            Some(_) => Err(self.fault_ahead("expected value")),
            None => Err(self.fault(UNFINISHED_VALUE)),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Fault> {
        for expected in word.bytes() {
            match self.take() {
                Some(byte) if byte == expected => {}
                Some(_) => return Err(self.fault("expected ident")),
                None => return Err(self.fault(UNFINISHED_VALUE)),
            }
        }
        Ok(value)
    }

    /// The rest of an array.
    fn array(&mut self) -> Result<Value, Fault> {
        let (mut elements, mut len) = (Vec::new(), 0);
        loop {
            match self.peek_behind_space() {
                Some(b']') => {
                    self.next += 1;
                    return Ok(Value::Array(elements, len));
                }
                Some(b',') if len > 0 => {
                    self.next += 1;
                    match self.peek_behind_space() {
                        Some(b']') => return Err(self.fault_ahead(TRAILING_COMMA)),
                        Some(_) => {}
                        None => return Err(self.fault(UNFINISHED_VALUE)),
                    }
                }
                Some(_) if len > 0 => return Err(self.fault_ahead("expected `,` or `]`")),
                Some(_) => {}
                None => return Err(self.fault("EOF while parsing a list")),
            }
            // What is not kept is read all the same: it must be JSON, and counts among the values.
            let element = self.node()?;
            len += 1;
            if elements.len() < MAX_KEPT_ELEMENTS {
                elements.push(element);
            }
        }
    }

    /// The rest of an object.
    fn object(&mut self) -> Result<Value, Fault> {
        let mut members = Vec::new();
        loop {
            match self.peek_behind_space() {
                Some(b'}') => {
                    self.next += 1;
                    return Ok(Value::Object(members));
                }
                Some(b',') if !members.is_empty() => {
                    self.next += 1;
                    match self.peek_behind_space() {
                        Some(b'"') => {}
                        Some(b'}') => return Err(self.fault_ahead(TRAILING_COMMA)),
                        Some(_) => return Err(self.fault_ahead(NO_NAME)),
                        None => return Err(self.fault(UNFINISHED_VALUE)),
                    }
                }
                Some(_) if !members.is_empty() => return Err(self.fault_ahead("expected `,` or `}`")),
                Some(b'"') => {}
                Some(_) => return Err(self.fault_ahead(NO_NAME)),
                None => return Err(self.fault(UNFINISHED_OBJECT)),
            }
            let name = self.string()?;
            match self.peek_behind_space() {
                Some(b':') => self.next += 1,
                Some(_) => return Err(self.fault_ahead("expected `:`")),
                None => return Err(self.fault(UNFINISHED_OBJECT)),
            }
            members.push((name, self.node()?));
        }
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let is_negative = self.peek() == Some(b'-');
        self.next += usize::from(is_negative);
        let mut digits = Vec::new();
        match self.take() {
            Some(b'0') if matches!(self.peek(), Some(b'0'..=b'9')) => return Err(self.fault_ahead(INVALID_NUMBER)),
            Some(digit @ b'0'..=b'9') => digits.push(digit),
            Some(_) => return Err(self.fault(INVALID_NUMBER)),
            None => return Err(self.fault(UNFINISHED_VALUE)),
        }
        self.digits(&mut digits);
        let whole_digits = digits.len();
        if self.peek() == Some(b'.') {
            self.next += 1;
            self.digits(&mut digits);
            if digits.len() == whole_digits {
                return Err(match self.peek() {
                    Some(_) => self.fault_ahead(INVALID_NUMBER),
                    None => self.fault(UNFINISHED_VALUE),
                });
            }
        }
        let decimals = digits.len() - whole_digits;
        let exponent = match self.peek() {
            Some(b'e' | b'E') => Some(self.exponent(digits.iter().all(|&digit| digit == b'0'))?),
            _ => None,
        };
        let magnitude = match (decimals, exponent) {
            (0, None) => {
                digits.iter().try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add((digit - b'0').into()))
            }
            _ => None,
        };
        if let Some(magnitude) = magnitude.map(i128::from)
            && (!is_negative || magnitude <= 1 << 63)
        {
            return Ok(Value::Whole(if is_negative { -magnitude } else { magnitude }));
        }
        let magnitude = decimal::nearest(&digits, exponent.unwrap_or(0) - decimals as i64);
        if magnitude.is_infinite() {
            return Err(self.fault(OUT_OF_RANGE));
        }
        let value = if is_negative { -magnitude } else { magnitude };
        // The cast saturates and drops the fraction, so the way back tells whether there was one.
        let whole = value as i64;
        let is_whole = whole as f64 == value && i128::from(whole).abs() <= MAX_WHOLE;
        Ok(if is_whole { Value::Whole(whole.into()) } else { Value::Real(value) })
    }

    /// Takes digits as far as there are.
    fn digits(&mut self, digits: &mut Vec<u8>) {
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            digits.push(digit);
            self.next += 1;
        }
    }

    fn exponent(&mut self, of_zero: bool) -> Result<i64, Fault> {
        self.next += 1;
        let is_negative = self.peek() == Some(b'-');
        self.next += usize::from(is_negative || self.peek() == Some(b'+'));
        let mut exponent = match self.take() {
            Some(digit @ b'0'..=b'9') => i64::from(digit - b'0'),
            Some(_) => return Err(self.fault(INVALID_NUMBER)),
            None => return Err(self.fault(UNFINISHED_VALUE)),
        };
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            self.next += 1;
            exponent = exponent * 10 + i64::from(digit - b'0');
            if exponent > i32::MAX.into() {
                if !is_negative && !of_zero {
                    return Err(self.fault(OUT_OF_RANGE));
                }
                exponent = i32::MAX.into();
            }
        }
        Ok(if is_negative { -exponent } else { exponent })
    }

    /// A string, the next byte being its quote.
    fn string(&mut self) -> Result<String, Fault> {
        self.next += 1;
        let mut bytes = Vec::new();
        loop {
            match self.take() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let c = self.escape()?;
                    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Some(0..0x20) => {
                    return Err(self.fault("control character (\\u0000-\\u001F) found while parsing a string"));
                }
                Some(byte) => bytes.push(byte),
                None => return Err(self.fault(UNFINISHED_STRING)),
            }
        }
        // The text is UTF-8, and what was taken out of it ends at ASCII.
        Ok(String::from_utf8(bytes).unwrap_or_default())
    }

    /// What an escape stands for, behind its backslash.
    fn escape(&mut self) -> Result<char, Fault> {
        Ok(match self.take() {
            Some(c @ (b'"' | b'\\' | b'/')) => c.into(),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            Some(_) => return Err(self.fault("invalid escape")),
            None => return Err(self.fault(UNFINISHED_STRING)),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, Fault> {
        let first = self.four_digits()?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        if first >= 0xdc00 {
            return Err(self.fault(LONE_SURROGATE));
        }
        for expected in *b"\\u" {
            match self.take() {
                Some(byte) if byte == expected => {}
                Some(_) => return Err(self.fault(HALF_SURROGATE)),
                None => return Err(self.fault(UNFINISHED_STRING)),
            }
        }
        let second = self.four_digits()?;
        let pair = (0xdc00..0xe000).contains(&second).then(|| 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
        pair.and_then(char::from_u32).ok_or_else(|| self.fault(LONE_SURROGATE))
    }

    fn four_digits(&mut self) -> Result<u32, Fault> {
        let Some(digits) = self.text.get(self.next..self.next + 4) else {
            self.next = self.text.len();
            return Err(self.fault(UNFINISHED_STRING));
        };
        self.next += 4;
        let number = digits.iter().try_fold(0, |sum, &digit| Some(sum << 4 | char::from(digit).to_digit(16)?));
        number.ok_or_else(|| self.fault("invalid escape"))
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.next).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.next += 1;
        Some(byte)
    }

    fn peek_behind_space(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.next += 1;
        }
        self.peek()
    }

    /// What is wrong with the byte that was taken last, or with the end.
    fn fault(&self, what: &'static str) -> Fault {
        Fault { what, end: self.next }
    }

    /// What is wrong with the next byte.
    fn fault_ahead(&self, what: &'static str) -> Fault {
        Fault { what, end: self.next + 1 }
    }
}

#[cfg(test)]
mod tests {
    use core::fmt;

    use proptest::prelude::*;
    use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

    use super::{MAX_KEPT_ELEMENTS, MAX_WHOLE, Node, Value, read};

    /// What `serde_json` makes of a text: the same tree, or the same words.
    fn oracle(text: &str) -> Result<Node, String> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let root = NodeSeed { values: &mut 0 }.deserialize(&mut deserializer);
        root.and_then(|root| deserializer.end().map(|()| root)).map_err(|error| error.to_string())
    }

    struct NodeSeed<'a> {
        values: &'a mut usize,
    }

    impl<'de> DeserializeSeed<'de> for NodeSeed<'_> {
        type Value = Node;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
            let at = *self.values;
            *self.values += 1;
            deserializer.deserialize_any(self).map(|value| Node { at, value })
        }
    }

    impl<'de> Visitor<'de> for NodeSeed<'_> {
        type Value = Value;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON value")
        }
        fn visit_unit<E>(self) -> Result<Value, E> {
            Ok(Value::Null)
        }
        fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
            Ok(Value::Bool(value))
        }
        fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
            Ok(Value::Whole(value.into()))
        }
        fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
            Ok(Value::Whole(value.into()))
        }
        fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
            let is_whole = value.trunc() == value && value.abs() <= MAX_WHOLE as f64;
            Ok(if is_whole { Value::Whole(value as i128) } else { Value::Real(value) })
        }
        fn visit_str<E>(self, value: &str) -> Result<Value, E> {
            Ok(Value::Text(value.to_owned()))
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Value, A::Error> {
            let (mut elements, mut len) = (Vec::new(), 0);
            while let Some(element) = array.next_element_seed(NodeSeed { values: self.values })? {
                len += 1;
                if elements.len() < MAX_KEPT_ELEMENTS {
                    elements.push(element);
                }
            }
            Ok(Value::Array(elements, len))
        }
        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
            let mut members = Vec::new();
            while let Some(name) = object.next_key::<String>()? {
                members.push((name, object.next_value_seed(NodeSeed { values: self.values })?));
            }
            Ok(Value::Object(members))
        }
    }

    fn check(text: &str) {
        match (read(text), oracle(text)) {
            (Ok(read), Ok(expected)) => assert_eq!(read, expected, "{text:?}"),
            (Err(read), Err(expected)) => {
                let read = read.iter().next().unwrap().message.clone();
                let words = read.strip_prefix("not JSON that can be read: ").unwrap();
                assert_eq!(words.split(" (no ").next().unwrap().split(" (surr").next().unwrap(), expected, "{text:?}");
            }
            (read, expected) => panic!("{text:?}: {read:?}, but {expected:?}"),
        }
    }

    /// What texts are made of, whole and broken.
    const PIECES: [&str; 56] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\"a\"",
        "\"a\":",
        "\"\\n\"",
        "\\",
        "\\u",
        "\\u00e9",
        "\\ud83d",
        "\\ude00",
        "\\x",
        "d8",
        "é",
        "\u{1}",
        "\u{1f600}",
        " ",
        "\n",
        "\t",
        "null",
        "tru",
        "true",
        "false",
        "nul",
        "-",
        "+",
        ".",
        "e",
        "E",
        "0",
        "00",
        "1",
        "7",
        "-1",
        "-0",
        "0.5",
        "1.50",
        "1e4",
        "1e-2",
        "2E+3",
        "1e308",
        "1e309",
        "1e-400",
        "0e99999999999",
        "1e99999999999",
        "1e-99999999999",
        "9007199254740993",
        "9223372036854775808",
        "-9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "0.30000000000000004440892098500626161694526672363281250",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(65_536))]

        #[test]
        fn texts_are_read_and_refused_as_serde_json_does_it(
            pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12),
            opening in prop::sample::select(&["", "[", "{\"a\":", "\"", "[1,", "{\"a\":1,"][..]),
            closing in prop::sample::select(&["", "]", "}", "\"", ",2]", ",\"b\":[]}"][..]),
        ) {
            let inside = pieces.concat();
            check(&format!("{opening}{inside}{closing}"));
        }
    }

    proptest! {
        #[test]
        fn any_json_cut_short_or_with_one_character_changed(
            value in crate::canonical::tests::value(),
            at in any::<prop::sample::Index>(),
            other in prop::sample::select(&PIECES[..]),
        ) {
            let text = serde_json::to_string_pretty(&value).unwrap();
            check(&text);
            let places: Vec<_> = text.char_indices().collect();
            let (start, c) = places[at.index(places.len())];
            check(&text[..start]);
            check(&format!("{}{other}{}", &text[..start], &text[start + c.len_utf8()..]));
        }
    }

    #[test]
    fn as_deep_as_serde_json() {
        for depth in [126, 127, 128, 129] {
            check(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
            check(&format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)));
        }
    }
}
