//! Reading the tree member by member, noting every fault with its path instead of stopping at the first.

use core::ops::RangeInclusive;

use super::{
    json::{self, MAX_WHOLE, Node, Value},
    micros::Micros,
    text::{canonical, nearest, quoted},
};
use crate::{Error, ErrorCode, Errors, scenario::number::number};

/// Faults that are listed; of the rest only the number is told.
const MAX_LISTED: usize = 100;

/// What is wrong with the text so far, in its order, each fault with its place.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(usize, Error)>);

impl Faults {
    /// Notes a fault of the value at `at`.
    pub fn note(&mut self, at: usize, path: &str, code: ErrorCode, message: impl Into<String>) {
        self.insert(at, path, code, message.into());
    }

    #[inline(never)]
    fn insert(&mut self, at: usize, path: &str, code: ErrorCode, message: String) {
        let error = Error { path: path.to_owned(), code, message };
        let place = self.0.partition_point(|&(other, _)| other <= at);
        self.0.insert(place, (at, error));
    }

    /// `Ok(value)` if there were none, else all of them in the order of the text.
    pub fn check<T>(self, value: Option<T>) -> Result<T, Errors> {
        let more = self.0.len().saturating_sub(MAX_LISTED);
        let code = self.0.get(MAX_LISTED).map(|(_, error)| error.code);
        let mut errors: Vec<Error> = self.0.into_iter().take(MAX_LISTED).map(|(_, error)| error).collect();
        if let Some(code) = code {
            errors.push(Error { path: String::new(), code, message: format!("and {more} more") });
        }
        match value {
            Some(value) => Errors::check(errors, || value),
            None => Err(Errors::check(errors, || ())
                .err()
                .unwrap_or_else(|| Errors::one("", ErrorCode::Conflict, "the configuration cannot be read"))),
        }
    }
}

/// A member's value and its path.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    /// The value.
    pub node: &'a Node,
    /// Where, in the words of the request.
    pub path: String,
}

/// An object's known members, in the order of `known`; `None` where the value is no object.
pub(super) fn members<'a, const N: usize>(
    of: &Member<'a>,
    known: [&str; N],
    faults: &mut Faults,
) -> Option<Object<'a, N>> {
    let mut members = [const { None }; N];
    find_members(of, &known, &mut members, faults)?;
    Some(Object { at: of.node.at, path: of.path.clone(), members })
}

/// [`members`] for any number of them: one text.
#[inline(never)]
fn find_members<'a>(
    of: &Member<'a>,
    known: &[&str],
    found: &mut [Option<Member<'a>>],
    faults: &mut Faults,
) -> Option<()> {
    let Value::Object(entries) = &of.node.value else {
        let message = format!("{} where an object {{…}} belongs", seen(&of.node.value));
        faults.note(of.node.at, &of.path, ErrorCode::Type, message);
        return None;
    };
    for (name, node) in entries {
        let path = join(&of.path, name);
        match known.iter().position(|known| known == name) {
            Some(slot) if found[slot].is_none() => found[slot] = Some(Member { node, path }),
            Some(_) => faults.note(node.at, &path, ErrorCode::Duplicate, "this member occurs more than once; keep one"),
            None => {
                let message = match nearest(name, known) {
                    Some(candidate) => format!("unknown member; did you mean {candidate}?"),
                    None => format!("unknown member; known here are {}", known.join(", ")),
                };
                faults.note(node.at, &path, ErrorCode::Unknown, message);
            }
        }
    }
    Some(())
}

/// An object's known members.
#[derive(Debug)]
pub(super) struct Object<'a, const N: usize> {
    /// Place of the object in the text.
    pub at: usize,
    /// Path of the object.
    pub path: String,
    /// The members, in the order they were asked for.
    pub members: [Option<Member<'a>>; N],
}

impl<const N: usize> Object<'_, N> {
    /// Notes that a required member is missing.
    pub fn missing(&self, name: &str, allowed: &str, faults: &mut Faults) {
        missing(self.at, &self.path, name, allowed, faults);
    }
}

/// [`Object::missing`] for any number of members: one text.
#[inline(never)]
fn missing(at: usize, path: &str, name: &str, allowed: &str, faults: &mut Faults) {
    let message = format!("this member is required: {allowed}");
    faults.note(at, &join(path, name), ErrorCode::Missing, message);
}

/// The path of member `name` of the object at `path`.
pub(super) fn join(path: &str, name: &str) -> String {
    let is_plain =
        (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match (is_plain, path) {
        (true, "") => name.to_owned(),
        (true, _) => format!("{path}.{name}"),
        (false, _) => format!("{path}[{}]", quoted(name)),
    }
}

/// A value as a message shows it.
pub(super) fn seen(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Whole(value) => value.to_string(),
        Value::Real(value) => number(*value),
        Value::Text(value) => format!("the string {}", quoted(value)),
        Value::Array(_, len) => format!("an array (of {len})"),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// Bounds of a real number, both included, and the same in words.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    /// In millionths.
    pub range: RangeInclusive<i64>,
    /// For people: `a number from 0 to 100`.
    pub allowed: &'static str,
}

impl Member<'_> {
    /// Notes a fault of this value.
    pub fn fault(&self, code: ErrorCode, message: impl Into<String>, faults: &mut Faults) {
        faults.note(self.node.at, &self.path, code, message);
    }

    /// Notes that the value's type is wrong.
    fn wrong_type(&self, allowed: &str, faults: &mut Faults) {
        let is_number_allowed = ["a number", "a whole number"].iter().any(|number| allowed.starts_with(number));
        let hint = match &self.node.value {
            Value::Text(text) if is_number_allowed && json::is_number(text.trim()) => " (without quotes)",
            _ => "",
        };
        self.fault(ErrorCode::Type, format!("{} where {allowed} belongs{hint}", seen(&self.node.value)), faults);
    }

    /// A real number in millionths, within `bounds`.
    #[inline(never)]
    pub fn real(&self, bounds: &Bounds, faults: &mut Faults) -> Option<Micros> {
        let value = match self.node.value {
            Value::Whole(value) => value as f64,
            Value::Real(value) => value,
            _ => {
                self.wrong_type(bounds.allowed, faults);
                return None;
            }
        };
        let rounded = Micros::round(value);
        if bounds.range.contains(&rounded.0) {
            return Some(rounded);
        }
        let message = format!("{} is out of range: {} belongs here", seen(&self.node.value), bounds.allowed);
        self.fault(ErrorCode::Range, message, faults);
        None
    }

    /// A whole number within `range`, which `allowed` says in words.
    #[inline(never)]
    pub fn whole(&self, range: RangeInclusive<u32>, allowed: &str, faults: &mut Faults) -> Option<u32> {
        let out_of_range = |faults: &mut Faults| {
            let message = format!("{} is out of range: {allowed} belongs here", seen(&self.node.value));
            self.fault(ErrorCode::Range, message, faults);
            None
        };
        match self.node.value {
            Value::Whole(value) => match u32::try_from(value) {
                Ok(value) if range.contains(&value) => Some(value),
                _ => out_of_range(faults),
            },
            // Too large to have a fraction.
            Value::Real(value) if value.abs() > MAX_WHOLE as f64 => out_of_range(faults),
            Value::Real(value) => {
                let message = format!("{} is not whole: {allowed} belongs here", number(value));
                self.fault(ErrorCode::Range, message, faults);
                None
            }
            _ => {
                self.wrong_type(allowed, faults);
                None
            }
        }
    }

    /// A string in canonical form, of 1 to `max_length` scalar values.
    #[inline(never)]
    pub fn text(&self, max_length: usize, allowed: &str, faults: &mut Faults) -> Option<String> {
        match &self.node.value {
            Value::Text(text) => {
                let checked = checked_text(text, max_length, allowed);
                checked.map_err(|(code, message)| self.fault(code, message, faults)).ok()
            }
            _ => {
                self.wrong_type(allowed, faults);
                None
            }
        }
    }

    /// A string in canonical form, or a whole number as its decimal text.
    #[inline(never)]
    pub fn text_or_whole(&self, max_length: usize, allowed: &str, faults: &mut Faults) -> Option<String> {
        match self.node.value {
            Value::Whole(value) if value.abs() <= MAX_WHOLE => Some(value.to_string()),
            Value::Whole(_) | Value::Real(_) => {
                let is_large = !matches!(self.node.value, Value::Real(value) if value.abs() <= MAX_WHOLE as f64);
                let problem = if is_large {
                    "is beyond ±9007199254740991, where numbers lose digits; write it as a string"
                } else {
                    "is not whole"
                };
                let message = format!("{} {problem}: {allowed} belongs here", seen(&self.node.value));
                self.fault(ErrorCode::Range, message, faults);
                None
            }
            _ => self.text(max_length, allowed, faults),
        }
    }

    /// `true` or `false`.
    pub fn bool(&self, faults: &mut Faults) -> Option<bool> {
        match self.node.value {
            Value::Bool(value) => Some(value),
            _ => {
                self.wrong_type("true or false", faults);
                None
            }
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.node.value, Value::Null)
    }

    /// An array of 1 to `max_length` elements: those that were kept, each with its path.
    pub fn elements(&self, max_length: usize, what: &str, faults: &mut Faults) -> Option<Vec<Self>> {
        let Value::Array(elements, len) = &self.node.value else {
            self.wrong_type(&format!("an array of {what}"), faults);
            return None;
        };
        if !(1..=max_length).contains(len) {
            self.fault(ErrorCode::Range, format!("{len} {what}; 1 to {max_length} are allowed"), faults);
        }
        let member = |(index, node)| Self { node, path: format!("{}[{index}]", self.path) };
        Some(elements.iter().take(max_length).enumerate().map(member).collect())
    }
}

/// `text` in canonical form, of 1 to `max_length` scalar values and without control characters.
pub(super) fn checked_text(text: &str, max_length: usize, allowed: &str) -> Result<String, (ErrorCode, String)> {
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        let code = u32::from(control);
        return Err((
            ErrorCode::Range,
            format!("{} holds the control character U+{code:04X}; {allowed} belongs here", quoted(text)),
        ));
    }
    let canonical = canonical(text);
    match canonical.chars().count() {
        0 => Err((ErrorCode::Range, format!("{} is empty; {allowed} belongs here", quoted(text)))),
        length if length > max_length => {
            Err((ErrorCode::Range, format!("{} has {length} characters; {allowed} belongs here", quoted(text))))
        }
        _ => Ok(canonical),
    }
}
