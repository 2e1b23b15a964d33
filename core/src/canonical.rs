//! JSON text in canonical form (RFC 8785): members in order, numbers as JavaScript writes them.
//!
//! All JSON that the engine writes is canonical, whether or not it is hashed, so that a page loads one writer and not two.
//! Tests compare it with `serde_json_canonicalizer`, which would bring a second reader along.

use std::cell::RefCell;
use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

/// `value` as canonical JSON text; NaN and infinities are `null`.
///
/// # Panics
/// Where members are named by something that is no string.
pub(crate) fn to_string(value: &impl Serialize) -> String {
    let text = RefCell::default();
    let canonical = Canonical { text: &text, objects: Vec::new(), name: None };
    let written = value.serialize(&mut Serializer::with_formatter(Text(&text), canonical)).is_ok();
    assert!(written, "members are named by strings");
    String::from_utf8(text.into_inner()).unwrap_or_default()
}

/// The text so far: one hand writes, the other puts members in order.
struct Text<'a>(&'a RefCell<Vec<u8>>);

impl io::Write for Text<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes what is not canonical by itself. Integers are: none here is beyond 2⁵³.
struct Canonical<'a> {
    text: &'a RefCell<Vec<u8>>,
    /// The objects that have begun, outermost first.
    objects: Vec<Object>,
    /// The name that is being written.
    name: Option<Vec<u16>>,
}

/// An object whose members are not all there.
struct Object {
    /// Where its members begin in the text. Each is taken out of it once it is complete.
    start: usize,
    /// Name of the member that is being written.
    name: Vec<u16>,
    /// Names and texts, in the order of names as UTF-16.
    members: Vec<(Vec<u16>, Vec<u8>)>,
}

impl Formatter for Canonical<'_> {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(ryu_js::Buffer::new().format_finite(value).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if let Some(name) = &mut self.name {
            name.extend(fragment.encode_utf16());
        }
        writer.write_all(fragment.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        if let Some(name) = &mut self.name {
            name.push(u16::from(match escape {
                CharEscape::Quote => b'"',
                CharEscape::ReverseSolidus => b'\\',
                CharEscape::Solidus => b'/',
                CharEscape::Backspace => 0x08,
                CharEscape::FormFeed => 0x0c,
                CharEscape::LineFeed => b'\n',
                CharEscape::CarriageReturn => b'\r',
                CharEscape::Tab => b'\t',
                CharEscape::AsciiControl(byte) => byte,
            }));
        }
        CompactFormatter.write_char_escape(writer, escape)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"{")?;
        self.objects.push(Object { start: self.text.borrow().len(), name: Vec::new(), members: Vec::new() });
        Ok(())
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, _writer: &mut W, _first: bool) -> io::Result<()> {
        self.name = Some(Vec::new());
        Ok(())
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if let (Some(object), Some(name)) = (self.objects.last_mut(), self.name.take()) {
            object.name = name;
        }
        writer.write_all(b":")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        if let Some(Object { start, name, members }) = self.objects.last_mut() {
            let at = members.partition_point(|(other, _)| other < name);
            members.insert(at, (core::mem::take(name), self.text.borrow_mut().split_off(*start)));
        }
        Ok(())
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let members = self.objects.pop().map_or_else(Vec::new, |object| object.members);
        for (index, (_, member)) in members.into_iter().enumerate() {
            if index > 0 {
                writer.write_all(b",")?;
            }
            writer.write_all(&member)?;
        }
        writer.write_all(b"}")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::to_string;

    /// Any JSON value without numbers beyond 2⁵³, a few levels deep.
    pub(crate) fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-(1_i64 << 53)..=1 << 53).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map(name(), inner, 0..8)
                    .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    /// Names whose order as UTF-8, UTF-16 and escaped text differs.
    fn name() -> impl Strategy<Value = String> {
        let chars =
            prop::sample::select(&['a', 'Z', '"', '\\', '\n', '\u{1}', '\u{7f}', 'é', '\u{ffff}', '\u{10000}'][..]);
        prop_oneof![any::<String>(), prop::collection::vec(chars, 0..4).prop_map(|chars| chars.into_iter().collect())]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn the_text_is_the_canonicalizer_s(value in value()) {
            prop_assert_eq!(to_string(&value), serde_json_canonicalizer::to_string(&value).unwrap());
        }
    }

    #[test]
    fn numbers_without_a_spelling_are_null() {
        assert_eq!(to_string(&[f64::NAN, f64::INFINITY, -0.0]), "[null,null,0]");
    }

    #[test]
    #[should_panic(expected = "members are named by strings")]
    fn members_are_named_by_strings() {
        to_string(&BTreeMap::from([([1], 2)]));
    }
}
