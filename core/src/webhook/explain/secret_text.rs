//! How configurations, consoles and shells write a secret, read back.

use std::collections::HashSet;

use super::Cause;
use super::charset::Table;
use super::encoding::{base64_decode, hex_decode, html_decode, percent_decode};
use super::placeholder::is_unseen;
use crate::canonical::decode;

/// What a given secret may stand for.
#[derive(Clone)]
pub(super) struct Reading {
    /// The most telling of the mistakes that lead from it to what was given; causes are in that order.
    pub(super) cause: Cause,
    pub(super) text: Vec<u8>,
    /// What the cause does not say.
    pub(super) note: &'static str,
}

impl Reading {
    pub(super) fn of(cause: Cause, text: impl Into<Vec<u8>>) -> Self {
        Self { cause, text: text.into(), note: "" }
    }

    fn noting(self, note: &'static str) -> Self {
        Self { note, ..self }
    }

    /// The same reading of what was itself read out of something.
    pub(super) fn after(self, cause: Cause) -> Self {
        Self { cause: self.cause.max(cause), ..self }
    }
}

/// What a secret may stand for if up to three things happened to it, those with the fewest first.
pub(super) fn readings(secret: &[u8]) -> Vec<Reading> {
    const MOST: usize = 64;
    const STEPS: usize = 3;
    let mut known = HashSet::from([secret.to_vec()]);
    let mut found: Vec<Reading> = Vec::new();
    let mut last = vec![Reading::of(Cause::Genuine, secret)];
    for _ in 0..STEPS {
        let mut next = Vec::new();
        for reading in &last {
            for step in steps(&reading.text) {
                if !step.text.is_empty() && known.len() <= MOST && known.insert(step.text.clone()) {
                    let note =
                        if step.note.is_empty() || step.cause < reading.cause { reading.note } else { step.note };
                    next.push(step.after(reading.cause).noting(note));
                }
            }
        }
        found.extend(next.iter().cloned());
        last = next;
    }
    found
}

/// What one thing that happened may have been.
fn steps(secret: &[u8]) -> Vec<Reading> {
    let Ok(text) = str::from_utf8(secret) else {
        let zero = |byte: &u8| *byte == 0;
        let end = secret.iter().rposition(|byte| !zero(byte)).map_or(0, |last| last + 1);
        let mut readings = vec![Reading::of(Cause::SecretWhitespace, secret.get(..end).unwrap_or_default())];
        readings.push(Reading::of(Cause::SecretWhitespace, secret.trim_ascii()));
        let decoded = Table::ALL.into_iter().filter_map(|table| table.decode(secret));
        readings.extend(decoded.map(|text| Reading::of(Cause::SecretMojibake, text)));
        return readings;
    };
    let mut readings = Vec::new();
    unseen(text, &mut readings);
    named(text.trim_matches(is_unseen), &mut readings);
    quoted(text.trim_matches(is_unseen), &mut readings);
    for prefix in ["whsec_", "Bearer ", "bearer "] {
        readings.extend(text.strip_prefix(prefix).map(|rest| Reading::of(Cause::SecretPrefixAdded, rest)));
    }
    joined(text.trim_matches(is_unseen), &mut readings);
    escaped(text, &mut readings);
    let encoded = Table::ALL.into_iter().filter_map(|table| table.encode(secret));
    readings.extend(encoded.map(|text| Reading::of(Cause::SecretMojibake, text)));
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    readings.extend(hex_decode(digits).map(|key| Reading::of(Cause::SecretHexEncoded, key)));
    readings.extend(base64_decode(secret).map(|key| Reading::of(Cause::SecretBase64Encoded, key)));
    readings
}

/// Without white space, and without what cannot be seen at all.
fn unseen(text: &str, readings: &mut Vec<Reading>) {
    const ENDS: [&str; 4] = ["\\n", "\\r", "\\t", "\\0"];
    const NOTE: &str = "there are characters in it that cannot be seen, as copying from a page leaves them";
    let mut add = |bare: &str, note| readings.push(Reading::of(Cause::SecretWhitespace, bare).noting(note));
    add(text.trim(), "");
    add(text.trim_matches(is_unseen), NOTE);
    add(&text.replace(is_unseen, ""), NOTE);
    let mut rest = text.trim_end();
    while let Some(shorter) = ENDS.iter().find_map(|end| rest.strip_suffix(end)) {
        rest = shorter;
    }
    add(rest, "it ends with a line end that is written as a backslash and a letter");
}

const QUOTES: [char; 15] = [
    '"', '\'', '`', '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{2018}', '\u{2019}', '\u{201a}', '\u{ab}',
    '\u{bb}', '\u{2039}', '\u{203a}', '\u{ff02}',
];

/// Without quotes, brackets and punctuation.
fn quoted(text: &str, readings: &mut Vec<Reading>) {
    let mut add = |inside: &str, note| readings.push(Reading::of(Cause::SecretQuoted, inside).noting(note));
    let mut inner = text.chars();
    if let (Some(first), Some(last)) = (inner.next(), inner.next_back())
        && first == last
        && QUOTES.contains(&first)
    {
        add(inner.as_str(), "");
        add(inner.as_str().trim(), "");
    }
    add(text.trim_end_matches([';', ',', '.']), "they are no quotes but punctuation behind it");
    // As Python prints bytes and old strings.
    let printed = text.strip_prefix(['b', 'B', 'u', 'r', 'f']).filter(|rest| rest.starts_with(['"', '\'']));
    let note = if printed.is_some() { "it was printed as a literal, with str() or repr()" } else { "" };
    let opens = |c: char| QUOTES.contains(&c) || matches!(c, '\\' | '<' | '(' | '[' | '{') || is_unseen(c);
    let closes =
        |c: char| QUOTES.contains(&c) || matches!(c, '\\' | '>' | ')' | ']' | '}' | ';' | ',' | '.') || is_unseen(c);
    add(printed.unwrap_or(text).trim_start_matches(opens).trim_end_matches(closes), note);
}

/// The value of `NAME=value`, of `name: value` and of the members of an object; the text before a comment.
fn named(text: &str, readings: &mut Vec<Reading>) {
    const LONGEST_NAME: usize = 80;
    let mut add = |value: &str, note| readings.push(Reading::of(Cause::SecretNamed, value.trim()).noting(note));
    if text.starts_with('{') {
        let values = strings(text).into_iter().filter(|string| string.len() >= SHORTEST_PART);
        values.for_each(|string| add(&string, "it is a member of an object"));
    }
    let separator = |c| matches!(c, '=' | ':');
    if let Some((name, value)) = text.split_once(separator) {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '$' | '"' | '\'');
        if name.contains(|c: char| c.is_ascii_alphabetic()) && name.len() <= LONGEST_NAME && name.chars().all(is_part) {
            let value = value.trim_start_matches(['=', '>', ':']).trim();
            add(value, "");
            let inside = value.strip_prefix(['"', '\'']).and_then(|rest| rest.strip_suffix(['"', '\'']));
            inside.into_iter().for_each(|inside| add(inside, ""));
        }
    }
    for mark in [" #", "\t#", " //", "\n", " ;"] {
        text.split_once(mark)
            .into_iter()
            .for_each(|(value, _)| add(value, "a comment or another line stands behind it"));
    }
}

/// What is shorter is a name, a comment or a command around the secret, and anybody can have guessed it for a key.
const SHORTEST_PART: usize = 16;

/// The parts of a list, however it is written.
fn joined(text: &str, readings: &mut Vec<Reading>) {
    const MOST: usize = 12;
    let mut add = |part: &str, note| {
        if part.len() >= SHORTEST_PART {
            readings.push(Reading::of(Cause::SecretJoined, part).noting(note));
        }
    };
    if text.starts_with('[') {
        strings(text).iter().for_each(|string| add(string, ""));
    }
    let parts = text.split(|c: char| matches!(c, ',' | ';' | '|') || c.is_whitespace()).filter(|part| !part.is_empty());
    if parts.clone().nth(1).is_some() {
        parts.take(MOST).for_each(|part| add(part, ""));
    }
    if let Some((half, _)) = text.split_at_checked(text.len() / 2).filter(|(half, rest)| half == rest) {
        add(half, "it is one secret, pasted twice");
    }
}

/// The texts in quotes of either kind, as JSON, Python and JavaScript write them.
fn strings(text: &str) -> Vec<String> {
    const MOST: usize = 24;
    let mut strings = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['"', '\'']).filter(|_| strings.len() < MOST) {
        let (_, opened) = rest.split_at(start);
        let mut characters = opened.char_indices();
        let Some((_, quote)) = characters.next() else { break };
        let mut is_escaped = false;
        let end = characters.find(|(_, c)| {
            let closes = *c == quote && !is_escaped;
            is_escaped = *c == '\\' && !is_escaped;
            closes
        });
        let Some(inside) = end.and_then(|(end, _)| opened.get(1..end)) else { break };
        rest = opened.get(inside.len() + 2..).unwrap_or_default();
        // The name of a member is no secret.
        if !rest.trim_start().starts_with(':') {
            strings.push(decode(inside.as_bytes()).into_owned());
        }
    }
    strings
}

/// Without the escapes of URLs, HTML, JSON, shells and Compose files.
fn escaped(text: &str, readings: &mut Vec<Reading>) {
    let mut add = |text: Vec<u8>, note| readings.push(Reading::of(Cause::SecretEscaped, text).noting(note));
    for plus in [false, true] {
        let decoded = percent_decode(text.as_bytes(), plus);
        decoded.into_iter().for_each(|decoded| add(decoded, "it is percent-encoded, as for a URL"));
    }
    if text.contains('&') {
        add(html_decode(text).into_bytes(), "it is escaped, as for HTML");
    }
    if text.contains('\\') {
        add(decode(text.as_bytes()).into_owned().into_bytes(), "there are backslashes in it, as in a string of code");
        add(text.replace('\\', "").into_bytes(), "there are backslashes in it, as for a shell");
    }
    add(text.replace("$$", "$").into_bytes(), "its dollar signs are doubled, as for a Compose file");
}
