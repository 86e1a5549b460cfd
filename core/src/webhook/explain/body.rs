//! What happens to the bytes of a body on their way, undone.

use super::Cause;
use super::encoding::base64_decode;
use super::tree::Tree;
use crate::{Code, canonicalize};

/// The bodies that this one may have been, each with what happened to it.
pub(super) fn repaired(body: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    let mut bodies: Vec<(Cause, Vec<u8>)> = Vec::new();
    let mut add = |cause, candidate: Option<Vec<u8>>| {
        bodies.extend(candidate.filter(|candidate| candidate != body).map(|candidate| (cause, candidate)));
    };
    add(Cause::BodyBom, without_mark(body).map(<[u8]>::to_vec));
    add(Cause::BodyNewline, Some(body.trim_ascii().to_vec()));
    add(Cause::BodyNewline, Some([body, b"\n"].concat()));
    add(Cause::BodyLineEnds, body.contains(&b'\r').then(|| without_returns(body)));
    add(Cause::BodyLineEnds, body.contains(&b'\n').then(|| with_returns(body)));
    add(Cause::BodyUtf16, from_utf16(body));
    add(Cause::BodyQuoted, unquoted(body));
    add(Cause::BodyBase64, base64_decode(body).filter(|body| looks_like_object(body)));
    for table in [Table::Windows1252, Table::Latin1] {
        add(Cause::BodyMojibake, table.encode(body));
        add(Cause::BodyLatin1, table.decode(body));
    }
    add(Cause::BodyTruncated, completed(body));
    // A mark and a newline come together when a file was written as text.
    add(Cause::BodyBom, without_mark(body).map(|body| body.trim_ascii().to_vec()));
    bodies
}

/// What can be seen of a body without any MAC.
pub(super) fn visible(body: &[u8], content_length: Option<usize>) -> Option<Cause> {
    if body.starts_with(b"\xef\xbb\xbf") {
        return Some(Cause::BodyBom);
    }
    if from_utf16(body).is_some() {
        return Some(Cause::BodyUtf16);
    }
    if unquoted(body).is_some_and(|body| looks_like_object(&body)) {
        return Some(Cause::BodyQuoted);
    }
    if base64_decode(body).is_some_and(|body| looks_like_object(&body)) {
        return Some(Cause::BodyBase64);
    }
    // Names in single quotes; a dict that is printed never begins otherwise.
    if matches!(body.trim_ascii_start(), [b'{', b'\'', ..]) && body.trim_ascii_end().ends_with(b"}") {
        return Some(Cause::BodyPython);
    }
    let ends_early = || {
        let at_end = canonicalize(body)
            .is_err_and(|error| error.code() == Code::Syntax && error.position() == Some(body.trim_ascii_end().len()));
        at_end && !body.ends_with(b"}")
    };
    if looks_like_object(body) && (content_length.is_some_and(|length| length > body.len()) || ends_early()) {
        return Some(Cause::BodyTruncated);
    }
    body.windows(3).any(|bytes| bytes == "\u{fffd}".as_bytes()).then_some(Cause::BodyReplaced)
}

/// Whether the bytes begin as gzip, zlib or zstandard does.
pub(super) fn is_compressed(body: &[u8]) -> bool {
    matches!(body, [0x1f, 0x8b, 8, ..] | [0x78, 0x01 | 0x9c | 0xda, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..])
}

fn looks_like_object(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start(), [b'{', rest @ ..] if matches!(rest.trim_ascii_start(), [b'"' | b'}', ..]))
}

fn without_mark(body: &[u8]) -> Option<&[u8]> {
    body.strip_prefix(b"\xef\xbb\xbf")
}

/// The text with line ends of one character.
pub(super) fn without_returns(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(body.len());
    for (at, byte) in body.iter().enumerate() {
        if *byte != b'\r' || body.get(at + 1) != Some(&b'\n') {
            text.push(*byte);
        }
    }
    text
}

fn with_returns(body: &[u8]) -> Vec<u8> {
    without_returns(body).split(|byte| *byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..])
}

/// The text as UTF-8, from either order of bytes, with a mark or without.
fn from_utf16(body: &[u8]) -> Option<Vec<u8>> {
    let (big_endian, text) = match body {
        [0xfe, 0xff, text @ ..] => (true, text),
        [0xff, 0xfe, text @ ..] => (false, text),
        [0, b'{', ..] => (true, body),
        [b'{', 0, ..] => (false, body),
        _ => return None,
    };
    let unit = |pair: &[u8]| match (pair, big_endian) {
        ([high, low], true) | ([low, high], false) => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    };
    let units: Option<Vec<u16>> = text.chunks(2).map(unit).collect();
    String::from_utf16(&units?).ok().map(String::into_bytes)
}

/// The text in a JSON string.
fn unquoted(body: &[u8]) -> Option<Vec<u8>> {
    if !body.trim_ascii_start().starts_with(b"\"") || canonicalize(body).is_err() {
        return None;
    }
    Tree::of(body).root_string().map(String::into_bytes)
}

/// The body with its open string and containers closed, if it lacks no more than that.
fn completed(body: &[u8]) -> Option<Vec<u8>> {
    let mut open = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' => drop(open.pop()),
            _ => {}
        }
    }
    if open.is_empty() || escaped {
        return None;
    }
    let mut whole = body.to_vec();
    whole.extend(in_string.then_some(b'"'));
    whole.extend(open.iter().rev());
    Some(whole)
}

/// A character set of one byte a character.
#[derive(Clone, Copy)]
enum Table {
    Latin1,
    Windows1252,
}

/// Windows-1252 from 0x80 to 0x9f; its five gaps are control characters, as browsers have it.
const WINDOWS: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2c6}', '\u{2030}',
    '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}',
    '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}',
    '\u{17e}', '\u{178}',
];

impl Table {
    /// The UTF-8 that was read in this character set and is now UTF-8 of that.
    fn encode(self, body: &[u8]) -> Option<Vec<u8>> {
        let text = str::from_utf8(body).ok().filter(|text| !text.is_ascii())?;
        let byte = |character: char| {
            let windows = || WINDOWS.iter().position(|known| *known == character).map(|place| place + 0x80);
            match self {
                Self::Windows1252
                    if !character.is_ascii() && u32::from(character) < 0xa0 || u32::from(character) > 0xff =>
                {
                    windows().and_then(|byte| u8::try_from(byte).ok())
                }
                _ => u8::try_from(u32::from(character)).ok(),
            }
        };
        let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
        bytes.filter(|bytes| str::from_utf8(bytes).is_ok())
    }

    /// The text that was written in this character set.
    fn decode(self, body: &[u8]) -> Option<Vec<u8>> {
        if str::from_utf8(body).is_ok() {
            return None;
        }
        let character = |byte: &u8| match (self, byte) {
            (Self::Windows1252, 0x80..=0x9f) => WINDOWS.get(usize::from(byte - 0x80)).copied().unwrap_or_default(),
            _ => char::from(*byte),
        };
        Some(body.iter().map(character).collect::<String>().into_bytes())
    }
}
