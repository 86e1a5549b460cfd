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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Members(Vec<(Span, Span)>);

impl Members {
    /// The members of a canonical object of `length` bytes.
    pub(super) fn of_sorted(members: &[Member], length: usize) -> Self {
        let next_starts = members.iter().skip(1).map(|member| member.start.get()).chain([length]);
        let spans = members.iter().zip(next_starts).map(|(member, next)| {
            let name = Span { start: member.start.get() + 1, end: member.name_end.get() - 1 };
            (name, Span { start: member.name_end.get() + 1, end: next - 1 })
        });
        Self(spans.collect())
    }

    /// The members of a canonical object of `length` bytes, whose names without their quotes are at `names`.
    pub(super) fn of_names(names: &[Span], length: usize) -> Self {
        // Behind a value come its comma or brace and the next name's quote.
        let next_starts = names.iter().skip(1).map(|name| name.start).chain([length + 1]);
        let spans =
            names.iter().zip(next_starts).map(|(&name, next)| (name, Span { start: name.end + 2, end: next - 2 }));
        Self(spans.collect())
    }

    /// The members of a valid JSON text, or `None` if it is not an object.
    pub(crate) fn scan(json: &[u8]) -> Option<Self> {
        let mut at = skip_space(json, 0);
        if json.get(at) != Some(&b'{') {
            return None;
        }
        let mut members = Vec::new();
        loop {
            // Behind the brace or a comma.
            at = skip_space(json, at + 1);
            if json.get(at) != Some(&b'"') {
                return Some(Self(members));
            }
            let name = Span { start: at + 1, end: string_end(json, at) - 1 };
            let colon = skip_space(json, name.end + 1);
            let start = skip_space(json, colon + 1);
            let end = value_end(json, start);
            members.push((name, Span { start, end }));
            at = skip_space(json, end);
        }
    }

    /// The value of the last member called `name`; `json` is the text that was scanned.
    pub(crate) fn get<'a>(&self, json: &'a [u8], name: &str) -> Option<Value<'a>> {
        self.find(json, name).map(|span| Value::of(span.of(json)))
    }

    /// The text of the last member called `name`.
    pub(crate) fn text<'a>(&self, json: &'a [u8], name: &str) -> Option<&'a [u8]> {
        self.find(json, name).map(|span| span.of(json))
    }

    fn find(&self, json: &[u8], name: &str) -> Option<Span> {
        let is_named = |span: &Span| {
            let written = span.of(json);
            // Most names have no escape; then the written form is the decoded one.
            written == name.as_bytes() || (written.contains(&b'\\') && string::decode(written) == name)
        };
        self.0.iter().rev().find(|(span, _)| is_named(span)).map(|&(_, value)| value)
    }

    /// Where the names, without their quotes, and the values stand, in the order in which they are written.
    pub(crate) fn spans(&self) -> &[(Span, Span)] {
        &self.0
    }

    /// The decoded names, as often and in the order in which they are written.
    pub(crate) fn names<'a>(&'a self, json: &'a [u8]) -> impl Iterator<Item = Cow<'a, str>> {
        self.0.iter().map(|(name, _)| string::decode(name.of(json)))
    }
}

impl From<Vec<(Span, Span)>> for Members {
    fn from(spans: Vec<(Span, Span)>) -> Self {
        Self(spans)
    }
}

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
