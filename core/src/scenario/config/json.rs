//! JSON text as a tree that keeps what a map would lose: duplicate members, their order, whether a number is whole.

use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::{ErrorCode, Errors};

/// Elements of an array that are kept; the rest are read, and only counted. No array of a valid
/// configuration is longer.
const MAX_KEPT_ELEMENTS: usize = 64;

/// Values in the whole text that are kept. The largest valid configuration (50 buckets of 20 bands) has about 3,700,
/// so that memory is bounded whatever the text.
const MAX_VALUES: usize = 20_000;

/// The largest whole number that f64 carries without a gap, 2⁵³ − 1.
pub(super) const MAX_WHOLE: i128 = (1 << 53) - 1;

/// A value and its place in the text.
#[derive(Debug)]
pub(super) struct Node {
    /// How many values begin before this one: orders faults as the text does.
    pub at: usize,
    /// The value.
    pub value: Value,
}

/// A JSON value.
#[derive(Debug)]
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
    let mut values = 0;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let root = NodeSeed { values: &mut values }.deserialize(&mut deserializer);
    match root.and_then(|root| deserializer.end().map(|()| root)) {
        Ok(root) => Ok(root),
        Err(_) if values > MAX_VALUES => Err(Errors::one(
            "",
            ErrorCode::TooLarge,
            format!("the text holds more than {MAX_VALUES} values, far more than any configuration needs"),
        )),
        Err(error) => {
            let error = error.to_string();
            let hint = if error.contains("number out of range") {
                " (no number is beyond 1.8e308; write long ids and seeds as strings)"
            } else if error.contains("hex escape") {
                " (surrogates come in pairs: \\ud83d\\ude00)"
            } else {
                ""
            };
            Err(Errors::one("", ErrorCode::Syntax, format!("not JSON that can be read: {error}{hint}")))
        }
    }
}

/// Whether `text` is a number and nothing else.
pub(super) fn is_number(text: &str) -> bool {
    read(text).is_ok_and(|node| matches!(node.value, Value::Whole(_) | Value::Real(_)))
}

struct NodeSeed<'a> {
    values: &'a mut usize,
}

impl<'de> DeserializeSeed<'de> for NodeSeed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let at = *self.values;
        *self.values += 1;
        if *self.values > MAX_VALUES {
            return Err(D::Error::custom("too many values"));
        }
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
        // The cast saturates and drops the fraction, so the way back tells whether there was one.
        let whole = value as i64;
        let is_whole = whole as f64 == value && i128::from(whole).abs() <= MAX_WHOLE;
        Ok(if is_whole { Value::Whole(whole.into()) } else { Value::Real(value) })
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Value, A::Error> {
        let (mut elements, mut len) = (Vec::new(), 0);
        // What is not kept is read all the same: it must be JSON, and counts among the values.
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
