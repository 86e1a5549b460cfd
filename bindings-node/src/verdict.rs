//! Verdicts on their way to JavaScript.
//!
//! Every value that crosses the border costs about as much as the MAC of 100 bytes, and a `Buffer` ten times that.
//! So the authenticated bytes cross as a string with one character per byte, which V8 copies into memory that it
//! reuses, and all else as few numbers. `lib/verdict.ts` reads them.
//!
//! V8 takes ten times as long for UTF-8 as for ASCII. A canonical form that is not ASCII therefore crosses as ASCII
//! JSON: the same text with escapes, of which the canonical form can be made again. The other schemes sign bytes that
//! may hold escapes already; theirs cross as they are, and are escaped when the event is read.

use std::borrow::Cow;

use didit_core::Error;
use didit_core::webhook::{EventType, Outcome, Scheme, UnixSeconds, Verified};
use napi::bindgen_prelude::{Array, Either};
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

/// The JSON text of an event as it crosses.
struct Crossing<'a> {
    text: Cow<'a, [u8]>,
    /// Where the value of the member stands that can be parsed later.
    long: std::ops::Range<usize>,
    is_ascii: bool,
    /// Whether escapes took the place of what was not ASCII.
    is_escaped: bool,
}

impl<'a> Crossing<'a> {
    fn of(verified: &'a Verified<'_>) -> Self {
        let event = verified.event();
        let payload = event.payload();
        let (_, long) = event.longest_container(LONG).unwrap_or_default();
        let is_ascii = payload.is_ascii();
        if is_ascii || verified.scheme() != Scheme::V2 {
            return Self { text: Cow::Borrowed(payload), long, is_ascii, is_escaped: false };
        }
        let part = |from: usize, to: usize| payload.get(from..to).unwrap_or_default();
        let mut text = Vec::with_capacity(payload.len() + payload.len() / 8);
        escape(part(0, long.start), &mut text);
        let start = text.len();
        escape(part(long.start, long.end), &mut text);
        let end = text.len();
        escape(part(long.end, payload.len()), &mut text);
        Self { text: Cow::Owned(text), long: start..end, is_ascii: true, is_escaped: true }
    }

    /// Four bits each for the scheme, kind and outcome, one each for what the text is, and above these the index of
    /// the secret.
    fn facts(&self, verified: &Verified<'_>) -> u32 {
        let event = verified.event();
        let place = |at: Option<usize>| at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0);
        let scheme = place(Scheme::ALL.iter().position(|scheme| *scheme == verified.scheme()));
        let kind = place(kinds().position(|kind| kind == event.kind()));
        let outcome = place(Outcome::ALL.iter().position(|outcome| *outcome == event.outcome()));
        let text = u32::from(self.is_ascii) | u32::from(self.is_escaped) << 1;
        let secret = u32::try_from(verified.secret_index()).unwrap_or(u32::MAX).min(u32::MAX >> 14);
        scheme | kind << 4 | outcome << 8 | text << 12 | secret << 14
    }
}

/// Copies a verdict into JavaScript: the caller's buffer may change, the event must not.
pub(crate) fn of<'env, 'body>(
    env: &'env Env,
    now: f64,
    verify: impl FnOnce(UnixSeconds) -> std::result::Result<Verified<'body>, Error>,
) -> Result<Either<Array<'env>, Failure>> {
    let now = match UnixSeconds::from_f64(now) {
        Ok(now) => now,
        Err(message) => return Ok(Either::B(Failure::type_error(message))),
    };
    let verified = match verify(now) {
        Ok(verified) => verified,
        Err(error) => return Ok(Either::B(error.into())),
    };
    let crossing = Crossing::of(&verified);
    let is_payload = std::ptr::eq(verified.bytes(), verified.event().payload());
    let has_long = !crossing.long.is_empty();
    // What is not there is not set: every element costs as much as a number that is.
    let mut verdict = env.create_array(if has_long { 5 } else { 3 })?;
    verdict.set(0, env.create_string_latin1(&crossing.text)?)?;
    verdict.set(1, crossing.facts(&verified))?;
    #[expect(clippy::cast_precision_loss, reason = "a time within minutes of now")]
    verdict.set(2, verified.signed_at() as f64)?;
    if has_long {
        verdict.set(3, u32::try_from(crossing.long.start).unwrap_or_default())?;
        verdict.set(4, u32::try_from(crossing.long.end).unwrap_or_default())?;
    }
    if !is_payload {
        verdict.set(5, env.create_string_latin1(verified.bytes())?)?;
    }
    Ok(Either::A(verdict))
}

/// The JSON text whose UTF-8 bytes are the characters of a string, in ASCII.
#[napi(catch_unwind)]
pub fn ascii_json<'env>(env: &'env Env, bytes: JsString<'env>) -> Result<JsString<'env>> {
    let bytes = bytes.into_latin1()?;
    let mut text = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    escape(bytes.as_slice(), &mut text);
    env.create_string_latin1(text)
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
