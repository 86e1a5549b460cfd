//! The top-level members of a JSON object, found without building a tree.

use std::borrow::Cow;

use super::order::Member;
use super::string;

/// A range of bytes; unlike `Range` it can be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    fn of(self, json: &[u8]) -> &[u8] {
        json.get(self.start..self.end).unwrap_or_default()
    }
}

/// Where the names and values of an object's members stand in its text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members {
    /// Without their quotes, in the order in which they are written.
    names: Vec<Span>,
    values: Values,
}

/// Where the values of members stand.
#[derive(Debug, Clone)]
enum Values {
    /// Each between its name's colon and the comma before the next name, in a canonical object of this length.
    Between(usize),
    Found(Vec<Span>),
}

impl Default for Values {
    fn default() -> Self {
        Self::Found(Vec::new())
    }
}

impl Members {
    /// The members of a canonical object of `length` bytes.
    pub(super) fn of_sorted(members: &[Member], length: usize) -> Self {
        let name = |member: &Member| Span { start: member.start.get() + 1, end: member.name_end.get() - 1 };
        Self::of_names(members.iter().map(name).collect(), length)
    }

    /// The members of a canonical object of `length` bytes, whose names without their quotes are at `names`.
    pub(super) fn of_names(names: Vec<Span>, length: usize) -> Self {
        Self { names, values: Values::Between(length) }
    }

    /// The members of a valid JSON text, or `None` if it is not an object.
    pub(crate) fn scan(json: &[u8]) -> Option<Self> {
        let mut at = skip_space(json, 0);
        if json.get(at) != Some(&b'{') {
            return None;
        }
        let (mut names, mut values) = (Vec::new(), Vec::new());
        loop {
            // Behind the brace or a comma.
            at = skip_space(json, at + 1);
            if json.get(at) != Some(&b'"') {
                return Some(Self { names, values: Values::Found(values) });
            }
            let name = Span { start: at + 1, end: string_end(json, at) - 1 };
            let colon = skip_space(json, name.end + 1);
            let start = skip_space(json, colon + 1);
            let end = value_end(json, start);
            names.push(name);
            values.push(Span { start, end });
            at = skip_space(json, end);
        }
    }

    /// The value of the last member called `name`; `json` is the text that was scanned.
    pub(crate) fn get<'a>(&self, json: &'a [u8], name: &str) -> Option<Value<'a>> {
        self.text(json, name).map(Value::of)
    }

    /// The text of the last member called `name`.
    pub(crate) fn text<'a>(&self, json: &'a [u8], name: &str) -> Option<&'a [u8]> {
        let place = self.plain_place(json, name).or_else(|| self.place(json, name))?;
        Some(self.value(place)?.of(json))
    }

    /// The place of the member called `name`, if it is certain that no other has that name, and its own is written
    /// without escapes: in canonical text each name is there once, and most have no escape.
    fn plain_place(&self, json: &[u8], name: &str) -> Option<usize> {
        let name = name.as_bytes();
        let is_named = |span: &Span| span.end.wrapping_sub(span.start) == name.len() && span.of(json) == name;
        match self.values {
            // What has a backslash is spelled otherwise.
            Values::Between(_) if !name.contains(&b'\\') => self.names.iter().rposition(is_named),
            _ => None,
        }
    }

    /// The place of the last member called `name`.
    fn place(&self, json: &[u8], name: &str) -> Option<usize> {
        self.names.iter().rposition(|span| {
            let written = span.of(json);
            if written.contains(&b'\\') { string::decode(written) == name } else { written == name.as_bytes() }
        })
    }

    /// Where the value of the member in that place stands.
    fn value(&self, place: usize) -> Option<Span> {
        match &self.values {
            Values::Found(values) => values.get(place).copied(),
            Values::Between(length) => {
                // Behind a value come its comma or brace and the next name's quote.
                let next = self.names.get(place + 1).map_or(length + 1, |name| name.start);
                Some(Span { start: self.names.get(place)?.end + 2, end: next - 2 })
            }
        }
    }

    /// Where the names, without their quotes, and the values stand, in the order in which they are written.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (Span, Span)> {
        self.names.iter().enumerate().filter_map(|(place, &name)| Some((name, self.value(place)?)))
    }

    /// The decoded names, as often and in the order in which they are written.
    pub(crate) fn names<'a>(&'a self, json: &'a [u8]) -> impl Iterator<Item = Cow<'a, str>> {
        self.names.iter().map(|name| string::decode(name.of(json)))
    }
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.spans().eq(other.spans())
    }
}

impl Eq for Members {}

/// A member's value; containers stay JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written.
    Number(&'a str),
    /// A string, decoded.
    String(Cow<'a, str>),
    /// The JSON text of an array.
    Array(&'a [u8]),
    /// The JSON text of an object.
    Object(&'a [u8]),
}

impl<'a> Value<'a> {
    /// Reads one valid JSON value without white space around it.
    fn of(json: &'a [u8]) -> Self {
        match json {
            b"null" => Self::Null,
            b"true" => Self::Bool(true),
            b"false" => Self::Bool(false),
            [b'"', inside @ .., b'"'] => Self::String(string::decode(inside)),
            [b'[', ..] => Self::Array(json),
            [b'{', ..] => Self::Object(json),
            number => Self::Number(str::from_utf8(number).unwrap_or_default()),
        }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

fn skip_space(json: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\t' | b'\r') = json.get(at) {
        at += 1;
    }
    at
}

/// Behind the string whose opening quote stands at `start`.
fn string_end(json: &[u8], start: usize) -> usize {
    let mut at = string::skip_plain(json, start + 1);
    while json.get(at) == Some(&b'\\') {
        at = string::skip_plain(json, at + 2);
    }
    at + 1
}

/// Behind the value that starts at `start`.
fn value_end(json: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut depth = 0_usize;
    loop {
        match json.get(at) {
            Some(b'"') => at = string_end(json, at),
            Some(b'{' | b'[') => {
                depth += 1;
                at += 1;
            }
            Some(b'}' | b']') if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            // The end of a number, word or string at the top level.
            None | Some(b'}' | b']') => return at,
            Some(b',' | b' ' | b'\n' | b'\t' | b'\r') if depth == 0 => return at,
            Some(_) => at += 1,
        }
        if depth == 0 && matches!(json.get(at.wrapping_sub(1)), Some(b'"' | b'}' | b']')) {
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Members, Value};
    use crate::canonicalize;

    #[test]
    fn a_name_is_compared_as_it_is_decoded_not_as_it_is_written() {
        let written = br#"{"a\nb":1,"c\\d":2,"e\"f":3,"plain":4,"z":{"y":5}}"#;
        let canonical = canonicalize(written).expect("valid");
        let scanned = Members::scan(written).expect("an object");
        let members = canonical.members().expect("an object");
        assert_eq!(*members, scanned);
        for members in [members, &scanned] {
            let number = |name: &str| members.get(written, name);
            for (name, value) in [("a\nb", "1"), ("c\\d", "2"), ("e\"f", "3"), ("plain", "4")] {
                assert_eq!(number(name), Some(Value::Number(value)), "{name:?}");
            }
            for name in ["a\\nb", "c\\\\d", "e\\\"f", "plai", "plain1", "y", ""] {
                assert_eq!(number(name), None, "{name:?}");
            }
            assert_eq!(members.get(written, "z"), Some(Value::Object(br#"{"y":5}"#)));
        }
    }

    #[test]
    fn of_members_with_one_name_the_last_one_counts() {
        let written = br#"{"a" : 1 , "\u0061": [2] ,"b":3}"#;
        let members = Members::scan(written).expect("an object");
        assert_eq!(members.text(written, "a"), Some(&b"[2]"[..]));
        let canonical = canonicalize(written).expect("valid");
        let members = canonical.members().expect("an object");
        assert_eq!(members.text(canonical.as_bytes(), "a"), Some(&b"[2]"[..]));
        assert_eq!(members.spans().count(), 2);
    }
}
