//! Verdicts on their way to JavaScript.
//!
//! Every value that crosses the border costs about as much as the MAC of 100 bytes, and a `Buffer` ten times that.
//! So a verdict crosses as one string with one character per byte, which V8 copies into memory that it reuses: five
//! numbers of 32 bits and one of 64, the lowest byte first, and the authenticated bytes. `lib/verdict.ts` reads it.
//!
//! V8 takes ten times as long for UTF-8 as for ASCII. A canonical form that is not ASCII therefore crosses as ASCII
//! JSON: the same text with escapes, of which the canonical form can be made again. The other schemes sign bytes that
//! may hold escapes already; theirs cross as they are, and are escaped when the event is read.

use didit_core::Error;
use didit_core::webhook::{EventType, Outcome, Scheme, UnixSeconds, Verified};
use napi::bindgen_prelude::Either;
use napi::{Env, JsString, Result};
use napi_derive::napi;

use crate::error::Failure;

/// From this many bytes on, the longest member of an event is parsed only when it is read.
const LONG: usize = 1024;

/// The names that the numbers in a verdict stand for.
#[napi(object, object_from_js = false)]
pub struct FactNames {
    /// The schemes.
    pub schemes: Vec<String>,
    /// What each scheme covers.
    pub covers: Vec<String>,
    /// The kinds of events.
    pub kinds: Vec<String>,
    /// What a session's status may mean.
    pub outcomes: Vec<String>,
}

/// Lists the names that the numbers in a verdict stand for.
#[napi(catch_unwind)]
pub fn fact_names() -> FactNames {
    FactNames {
        schemes: Scheme::ALL.iter().map(|scheme| scheme.as_str().to_owned()).collect(),
        covers: Scheme::ALL.iter().map(|scheme| scheme.covers().as_str().to_owned()).collect(),
        kinds: kinds().map(|kind| kind.as_str().to_owned()).collect(),
        outcomes: Outcome::ALL.iter().map(|outcome| outcome.as_str().to_owned()).collect(),
    }
}

fn kinds() -> impl Iterator<Item = EventType> {
    [EventType::Unknown].into_iter().chain(EventType::KNOWN.iter().copied())
}

/// Copies a verdict into JavaScript: the caller's buffer may change, the event must not.
pub(crate) fn of<'env, 'body>(
    env: &'env Env,
    now: f64,
    verify: impl FnOnce(UnixSeconds) -> std::result::Result<Verified<'body>, Error>,
) -> Result<Either<JsString<'env>, Failure>> {
    let now = match UnixSeconds::from_f64(now) {
        Ok(now) => now,
        Err(message) => return Ok(Either::B(Failure::type_error(message))),
    };
    match verify(now) {
        Ok(verified) => env.create_string_latin1(crossing(&verified)).map(Either::A),
        Err(error) => Ok(Either::B(error.into())),
    }
}

/// What stands for the value that can be parsed later.
const ABSENT: &[u8] = b"null";

/// The length of the numbers before the bytes.
const HEAD: usize = 28;

/// The facts; the index of the secret; where in the event's JSON text a value belongs that can be parsed later, for
/// which `null` stands there; the length of that text, behind which the value comes; the length of a message before it;
/// the signed time. So JavaScript parses both as they stand in the string, without making others of them.
fn crossing(verified: &Verified<'_>) -> Vec<u8> {
    let (event, bytes) = (verified.event(), verified.bytes());
    let payload = event.payload();
    let message = if std::ptr::eq(bytes, payload) { &[] } else { bytes };
    let (_, long) = event.longest_container(LONG).unwrap_or_default();
    let mut text = Vec::with_capacity(HEAD + message.len() + payload.len() + payload.len() / 8);
    text.resize(HEAD, 0);
    text.extend_from_slice(message);
    let start = text.len();
    let part = |from: usize, to: usize| payload.get(from..to).unwrap_or_default();
    let is_whole_ascii = payload.is_ascii();
    // Only a canonical form can be made again of what is escaped here.
    let copy = if verified.scheme() == Scheme::V2 && !is_whole_ascii {
        escape
    } else {
        |json: &[u8], text: &mut Vec<u8>| text.extend_from_slice(json)
    };
    copy(part(0, long.start), &mut text);
    let place = text.len() - start;
    if !long.is_empty() {
        text.extend_from_slice(ABSENT);
    }
    copy(part(long.end, payload.len()), &mut text);
    let rest = text.len() - start;
    copy(part(long.start, long.end), &mut text);
    let is_escaped = verified.scheme() == Scheme::V2 && !is_whole_ascii;
    let is_ascii = verified.scheme() == Scheme::V2 || is_whole_ascii;
    let facts = facts(verified) | u32::from(is_ascii) << 12 | u32::from(is_escaped) << 13;
    let numbers = [facts, short(verified.secret_index()), short(place), short(rest), short(message.len())];
    let head = numbers.iter().flat_map(|number| number.to_le_bytes()).chain(verified.signed_at().to_le_bytes());
    text.iter_mut().zip(head).for_each(|(place, byte)| *place = byte);
    text
}

/// No text that V8 can hold is longer.
fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Four bits each for the scheme, kind and outcome.
fn facts(verified: &Verified<'_>) -> u32 {
    let event = verified.event();
    let (kind, outcome) = (event.kind(), event.outcome());
    let place = |at: Option<usize>| short(at.unwrap_or(0));
    let scheme = place(Scheme::ALL.iter().position(|scheme| *scheme == verified.scheme()));
    let kind = place(kinds().position(|known| known == kind));
    let outcome = place(Outcome::ALL.iter().position(|known| *known == outcome));
    scheme | kind << 4 | outcome << 8
}

/// The JSON text whose UTF-8 bytes are the characters of a string, in ASCII.
#[napi(catch_unwind)]
pub fn ascii_json<'env>(env: &'env Env, bytes: JsString<'env>) -> Result<JsString<'env>> {
    let bytes = bytes.into_latin1()?;
    let mut text = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    escape(bytes.as_slice(), &mut text);
    env.create_string_latin1(text)
}

/// JSON as text in ASCII. What is no UTF-8 becomes U+FFFD, as it does where JavaScript reads bytes.
pub(crate) fn ascii(json: Vec<u8>) -> String {
    let text = if json.is_ascii() {
        json
    } else {
        let mut text = Vec::with_capacity(json.len() + json.len() / 8);
        escape(&json, &mut text);
        text
    };
    String::from_utf8(text).unwrap_or_default()
}

/// Writes JSON text with escapes for what is not ASCII, which stands in strings only.
fn escape(json: &[u8], text: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut rest = json;
    while !rest.is_empty() {
        let (ascii, other) = rest.split_at(ascii_run(rest));
        text.extend_from_slice(ascii);
        let (other, next) = other.split_at(other.iter().take_while(|byte| !byte.is_ascii()).count());
        for unit in String::from_utf8_lossy(other).encode_utf16() {
            let digit = |shift: u16| DIGITS.get(usize::from(unit >> shift & 15)).copied().unwrap_or_default();
            text.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
        }
        rest = next;
    }
}

/// How many bytes at the beginning are ASCII.
fn ascii_run(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<32>();
    let is_ascii = |block: &&[u8; 32]| block.iter().fold(0, |all, byte| all | byte) < 0x80;
    let whole = blocks.iter().take_while(is_ascii).count() * 32;
    let rest = bytes.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|byte| byte.is_ascii()).count()
}
