//! Verdicts on their way to JavaScript.
//!
//! Every value that crosses the border costs about as much as the MAC of 100 bytes, and a `Buffer` ten times that.
//! So the bytes cross as a string with one character per byte, which V8 copies into memory that it reuses, and
//! the rest as few numbers. `lib/verdict.ts` reads them.

use didit_core::Error;
use didit_core::webhook::{EventType, Outcome, Scheme, UnixSeconds, Verified};
use napi::bindgen_prelude::Either;
use napi::{Env, JsString, Result};
use napi_derive::napi;

use crate::error::Failure;

/// From this many bytes on, the longest member of an event is parsed only when it is read.
const LONG: usize = 1024;

/// The authenticated bytes; the facts; the signed time; where the name of the member begins that can be parsed
/// later, and where its value begins and ends (the same number if there is none); the JSON text of the event where
/// that is not the authenticated bytes.
pub(crate) type Verdict<'env> = (JsString<'env>, u32, f64, u32, u32, u32, Option<JsString<'env>>);

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

/// Which of them it is: 4 bits each for the scheme, kind and outcome, one each that says whether the member to be
/// parsed later and all others are ASCII, and above these the index of the secret.
fn facts(verified: &Verified<'_>, is_long_ascii: bool, are_others_ascii: bool) -> u32 {
    let event = verified.event();
    let place = |at: Option<usize>| at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0);
    let scheme = place(Scheme::ALL.iter().position(|scheme| *scheme == verified.scheme()));
    let kind = place(kinds().position(|kind| kind == event.kind()));
    let outcome = place(Outcome::ALL.iter().position(|outcome| *outcome == event.outcome()));
    let secret = u32::try_from(verified.secret_index()).unwrap_or(u32::MAX).min(u32::MAX >> 14);
    scheme
        | kind << 4
        | outcome << 8
        | u32::from(is_long_ascii) << 12
        | u32::from(are_others_ascii) << 13
        | secret << 14
}

/// Copies a verdict into JavaScript: the caller's buffer may change, the event must not.
pub(crate) fn of<'env, 'body>(
    env: &'env Env,
    now: f64,
    verify: impl FnOnce(UnixSeconds) -> std::result::Result<Verified<'body>, Error>,
) -> Result<Either<Verdict<'env>, Failure>> {
    let now = match UnixSeconds::from_f64(now) {
        Ok(now) => now,
        Err(message) => return Ok(Either::B(Failure::type_error(message))),
    };
    let verified = match verify(now) {
        Ok(verified) => verified,
        Err(error) => return Ok(Either::B(error.into())),
    };
    let (bytes, event) = (verified.bytes(), verified.event());
    let payload = event.payload();
    let (name, long) = event.longest_container(LONG).unwrap_or_default();
    let (before, text, after) = match payload.get(..long.start).zip(payload.get(long.clone())) {
        Some((before, text)) => (before, text, payload.get(long.end..).unwrap_or_default()),
        None => (payload, &[][..], &[][..]),
    };
    let facts = facts(&verified, text.is_ascii(), before.is_ascii() && after.is_ascii());
    let at = |offset: usize| u32::try_from(offset).unwrap_or(0);
    Ok(Either::A((
        env.create_string_latin1(bytes)?,
        facts,
        #[expect(clippy::cast_precision_loss, reason = "a time within minutes of now")]
        {
            verified.signed_at() as f64
        },
        at(name.start),
        at(long.start),
        at(long.end),
        if std::ptr::eq(bytes, payload) { None } else { Some(env.create_string_latin1(payload)?) },
    )))
}

/// The text whose UTF-8 bytes are the characters of a string. V8 takes ten times as long for it.
#[napi(catch_unwind)]
pub fn decode<'env>(env: &'env Env, bytes: JsString<'env>) -> Result<JsString<'env>> {
    let bytes = bytes.into_latin1()?;
    let text = String::from_utf8_lossy(bytes.as_slice());
    env.create_string_utf16(utf16(&text))
}

/// UTF-16, run by run, as most of it is ASCII.
fn utf16(text: &str) -> Vec<u16> {
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = ascii_run(rest.as_bytes());
        let (ascii, other) = rest.split_at(run);
        units.extend(ascii.bytes().map(u16::from));
        let others = other.find(|char: char| char.is_ascii()).unwrap_or(other.len());
        let (other, next) = other.split_at(others);
        units.extend(other.encode_utf16());
        rest = next;
    }
    units
}

/// How many bytes at the beginning are ASCII.
fn ascii_run(bytes: &[u8]) -> usize {
    let blocks = bytes.chunks_exact(16).take_while(|block| block.is_ascii()).count() * 16;
    let rest = bytes.get(blocks..).unwrap_or_default();
    blocks + rest.iter().take_while(|byte| byte.is_ascii()).count()
}
