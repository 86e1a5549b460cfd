//! Verdicts on their way to JavaScript.
//!
//! Every value that crosses the border costs about as much as the MAC of 100 bytes, and a `Buffer` ten times that. So
//! the authenticated bytes cross as one string with one character per byte, which V8 copies into memory that it uses
//! again, and what else is known of them as numbers in memory that JavaScript lends. `lib/verdict.ts` reads both.
//!
//! V8 takes ten times as long for UTF-8 as for one byte per character. Nothing is made of the bytes before somebody
//! reads the event; then what is not ASCII is written as JSON that V8 takes as it is. Didit sends ASCII with escapes,
//! which is that already, so the body crosses in the place of the authenticated bytes that say the same.

use std::ops::Range;

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
    desk: &mut [u8],
    verify: impl FnOnce(UnixSeconds, &[u8]) -> std::result::Result<Verified<'body>, Error>,
) -> Result<Either<JsString<'env>, Failure>> {
    let now = match UnixSeconds::from_f64(now) {
        Ok(now) => now,
        Err(message) => return Ok(Either::B(Failure::type_error(message))),
    };
    match verify(now, desk) {
        Ok(verified) => {
            let numbers = numbers(&verified).map(f64::to_ne_bytes);
            desk.iter_mut().zip(numbers.as_flattened()).for_each(|(place, byte)| *place = *byte);
            let (event, bytes) = (verified.event(), verified.bytes());
            let text = match event.sent() {
                Some((body, _)) => env.create_string_latin1(body),
                None if is_message(&verified) => env.create_string_latin1([bytes, event.payload()].concat()),
                None => env.create_string_latin1(bytes),
            };
            text.map(Either::A)
        }
        Err(error) => Ok(Either::B(error.into())),
    }
}

/// Whether the authenticated bytes are no event.
fn is_message(verified: &Verified<'_>) -> bool {
    !std::ptr::eq(verified.bytes(), verified.event().payload())
}

/// How many numbers stand at the beginning of the desk.
const NUMBERS: usize = 8;

/// The facts; the index of the secret; the signed time; the length of a message before the event's text; where the name
/// and the value of a member stand in that text that is not worth parsing before somebody reads it.
#[expect(clippy::cast_precision_loss, reason = "no text that V8 can hold is 2^53 bytes long; JavaScript rounds times")]
fn numbers(verified: &Verified<'_>) -> [f64; NUMBERS] {
    let (event, sent) = (verified.event(), verified.event().sent());
    let message = if is_message(verified) { verified.bytes().len() } else { 0 };
    let (text, index) = sent.unwrap_or((event.payload(), event.index()));
    let (name, long) = index.longest_container(text, LONG).unwrap_or_default();
    let part = |range: Range<usize>| text.get(range).unwrap_or_default();
    let is_ascii = sent.is_some() || part(0..long.start).is_ascii() && part(long.end..text.len()).is_ascii();
    [
        f64::from(facts(verified) | u32::from(is_ascii) << 12 | u32::from(sent.is_some()) << 13),
        verified.secret_index() as f64,
        verified.signed_at() as f64,
        message as f64,
        name.start as f64,
        name.end as f64,
        long.start as f64,
        long.end as f64,
    ]
}

/// Four bits each for the scheme, kind and outcome.
fn facts(verified: &Verified<'_>) -> u32 {
    let event = verified.event();
    let kind = event.kind();
    let outcome = event.index().outcome_of(event.payload(), kind);
    let place = |at: Option<usize>| at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0);
    let scheme = place(Scheme::ALL.iter().position(|scheme| *scheme == verified.scheme()));
    let kind = place(kinds().position(|known| known == kind));
    let outcome = place(Outcome::ALL.iter().position(|known| *known == outcome));
    scheme | kind << 4 | outcome << 8
}

/// JSON in UTF-8 as a string of one byte per character; nothing where it is ASCII, so that each byte is a character already.
#[napi(catch_unwind)]
pub fn json_of<'env>(env: &'env Env, json: &[u8]) -> Result<Option<JsString<'env>>> {
    if json.is_ascii() {
        return Ok(None);
    }
    let mut text = Vec::with_capacity(json.len() + json.len() / 8);
    escape(json, 0xff, &mut text);
    env.create_string_latin1(text).map(Some)
}

/// JSON as text in ASCII. What is no UTF-8 becomes U+FFFD, as it does where JavaScript reads bytes.
pub(crate) fn ascii(json: Vec<u8>) -> String {
    let text = if json.is_ascii() {
        json
    } else {
        let mut text = Vec::with_capacity(json.len() + json.len() / 8);
        escape(&json, 0x7f, &mut text);
        text
    };
    String::from_utf8(text).unwrap_or_default()
}

/// Writes JSON text with one byte for each character up to `last`, and escapes for those behind it, which stand in
/// strings only.
fn escape(json: &[u8], last: u8, text: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let write = |unit: u16, text: &mut Vec<u8>| match u8::try_from(unit) {
        Ok(byte) if byte <= last => text.push(byte),
        _ => {
            let digit = |shift: u16| DIGITS.get(usize::from(unit >> shift & 15)).copied().unwrap_or_default();
            text.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
        }
    };
    let mut rest = json;
    while !rest.is_empty() {
        let (ascii, other) = rest.split_at(ascii_run(rest));
        text.extend_from_slice(ascii);
        let (other, next) = other.split_at(other.iter().take_while(|byte| !byte.is_ascii()).count());
        match str::from_utf8(other) {
            Ok(known) => known.encode_utf16().for_each(|unit| write(unit, text)),
            Err(_) => String::from_utf8_lossy(other).encode_utf16().for_each(|unit| write(unit, text)),
        }
        rest = next;
    }
}

/// How many bytes at the beginning are ASCII.
fn ascii_run(bytes: &[u8]) -> usize {
    const HIGH: u64 = (u64::MAX / 0xff) << 7;
    let (blocks, _) = bytes.as_chunks::<32>();
    let is_ascii = |block: &&[u8; 32]| {
        let (words, _) = block.as_chunks::<8>();
        words.iter().fold(0, |all, word| all | u64::from_ne_bytes(*word)) & HIGH == 0
    };
    let whole = blocks.iter().take_while(is_ascii).count() * 32;
    let rest = bytes.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|byte| byte.is_ascii()).count()
}
