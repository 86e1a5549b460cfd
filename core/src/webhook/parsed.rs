//! Payloads that a framework has parsed already: what the parser may have lost, and where.
//!
//! A face walks the plain tree that it was given and writes JSON text; everything that text means is
//! decided here and in [`canonical`](crate::canonical). Doubles are written so that they stay doubles
//! (`9007199254740992.0`), which tells those numbers that a parser may have rounded.

use crate::canonical::{decode, is_imprecise_double};
use crate::{Code, Error};

/// One step from a value to a member or element of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStep<'a> {
    /// A member of an object.
    Name(&'a str),
    /// An element of an array, from 0.
    Index(usize),
}

/// `unsupported_value`: the value at the end of `steps` is of a `kind` that JSON does not have.
pub fn unsupported_value(steps: &[PathStep<'_>], kind: &str) -> Error {
    let steps = steps.iter().map(|step| match *step {
        PathStep::Name(name) => Step::Name(name.into()),
        PathStep::Index(index) => Step::Index(index),
    });
    Error::unsupported_value(path(&steps.collect::<Vec<_>>()), kind)
}

/// The error for a payload whose signature does not match: `parsed_precision` if numbers in it may have
/// been rounded by the parser, which names them.
pub(super) fn mismatch(text: &[u8]) -> Error {
    let paths = imprecise_paths(text);
    if paths.is_empty() { Code::SignatureMismatch.into() } else { Error::with_paths(Code::ParsedPrecision, paths) }
}

/// The most paths that an error names.
const MOST_PATHS: usize = 8;

enum Step {
    Name(String),
    Index(usize),
}

/// `$.decision.items[3].score`; names that are no identifiers are quoted. The payload is not authenticated, so
/// what it can write into a log is bounded: long names are cut, and of deep paths the middle is left out.
fn path(steps: &[Step]) -> String {
    const LONGEST_NAME: usize = 48;
    const ENDS: usize = 6;
    let mut text = String::from("$");
    for (depth, step) in steps.iter().enumerate() {
        let to_go = steps.len().saturating_sub(depth);
        if depth >= ENDS && to_go > ENDS {
            if depth == ENDS {
                text.push_str(" … ");
            }
            continue;
        }
        match step {
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Name(name) => {
                let cut: String = name.chars().take(LONGEST_NAME).collect();
                let rest = if cut.len() < name.len() { "…" } else { "" };
                if is_identifier(&cut) {
                    text.push_str(&format!(".{cut}{rest}"));
                } else {
                    text.push_str(&format!("[{cut:?}{rest}]"));
                }
            }
        }
    }
    text
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Where in a valid JSON text a double stands that is too large to be exact.
fn imprecise_paths(text: &[u8]) -> Vec<String> {
    let mut paths = Vec::new();
    let mut steps: Vec<Step> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let end = token_end(text, at);
        let token = text.get(at..end).unwrap_or_default();
        match byte {
            b'[' => steps.push(Step::Index(0)),
            b'{' => steps.push(Step::Name(String::new())),
            b']' | b'}' => drop(steps.pop()),
            b',' => {
                if let Some(Step::Index(index)) = steps.last_mut() {
                    *index += 1;
                }
            }
            // A string before a colon names the member that follows; any other is overwritten in time.
            b'"' => {
                if let (Some(Step::Name(name)), Some(b':')) = (steps.last_mut(), text.get(end)) {
                    let inside = token.get(1..token.len() - 1).unwrap_or_default();
                    *name = decode(inside).into_owned();
                }
            }
            b'-' | b'0'..=b'9' if is_imprecise_double(token) => {
                paths.push(path(&steps));
                if paths.len() == MOST_PATHS {
                    break;
                }
            }
            _ => {}
        }
        at = end;
    }
    paths
}

/// Behind the token that starts at `start`.
fn token_end(text: &[u8], start: usize) -> usize {
    let rest = text.get(start + 1..).unwrap_or_default();
    let length = match text.get(start) {
        Some(b'"') => {
            let mut escaped = false;
            let closes = |&byte: &u8| {
                let closes = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                closes
            };
            rest.iter().position(closes).map_or(rest.len(), |quote| quote + 1)
        }
        Some(b'-' | b'0'..=b'9') => rest
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            .unwrap_or(rest.len()),
        _ => 0,
    };
    start + 1 + length
}
