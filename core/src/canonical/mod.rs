//! JSON bytes to the canonical bytes behind `X-Signature-V2`.
//!
//! Didit signs `json.dumps(shorten_floats(payload), sort_keys=True, separators=(",", ":"),
//! ensure_ascii=False)` as UTF-8, so CPython decides what the bytes are. `docs/canonical-json.md`
//! has the rules; in short:
//!
//! 1. The input is one strict RFC 8259 value in UTF-8 without a byte order mark ([`parse`]).
//! 2. White space outside strings goes ([`spaces`], [`parse`]).
//! 3. Integers keep their digits; other numbers are printed like Python's `repr`, or like `int` where
//!    the double is whole ([`number`]).
//! 4. Strings keep only the escapes that Python writes ([`string`]).
//! 5. Members are sorted by the code points of their decoded names; of several members of one name the
//!    last one counts ([`order`]).
//!
//! The work is one pass over the input, and one gather pass where members have to move. Bodies as Didit writes them
//! take a faster pass, which leaves to the others whatever it is not sure of ([`compact`]), compact ones in any order
//! another one ([`unsorted`]), and the rest lose their white space first ([`spaces`]). What is canonical already is borrowed. Nothing recurses, so no input can exhaust the
//! stack.

#![warn(clippy::indexing_slicing, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod buffer;
mod compact;
#[cfg(test)]
mod differential;
mod index;
mod members;
mod number;
mod objects;
mod order;
mod output;
mod parse;
mod rewriting;
mod spaces;
mod string;
mod unsorted;
mod walk;
mod whole;

use std::borrow::Cow;

use crate::{Code, Error};
use objects::Document;

pub use members::Value;
pub(crate) use members::{Members, Span};
pub(crate) use number::is_imprecise_double;
pub(crate) use string::decode;

/// The most containers that may stand inside each other: `[[]]` is two.
pub const MAX_DEPTH: usize = 1000;

/// The most digits of an integer literal, sign not counted: CPython's own limit.
pub const MAX_INTEGER_DIGITS: usize = 4300;

/// A canonical form, and what was seen on the way to it.
#[derive(Debug, Clone)]
pub struct Canonical<'a> {
    bytes: Cow<'a, [u8]>,
    members: Option<Members>,
    /// The members of the input, if that is ASCII and differs in nothing but how its escapes are spelled.
    sent: Option<Members>,
    has_duplicates: bool,
    /// How many of the first bytes a listener has heard.
    heard: usize,
}

/// As many bytes as a hash takes at once.
pub(crate) const HASH_BLOCK: usize = 64;

/// Who hears the start of what becomes of a text while the text is still being looked at, block by block. That the text
/// is refused, or left to another pass, can turn out later, so what has been heard counts for nothing unless it is as
/// much as [`Canonical::heard`] says.
pub(crate) trait Listener {
    /// Whether it cares.
    const LISTENS: bool;

    /// The next block, behind the one before.
    fn hear(&mut self, block: &[u8; HASH_BLOCK]);
}

/// For who wants the canonical form alone.
pub(crate) struct Nobody;

impl Listener for Nobody {
    const LISTENS: bool = false;

    fn hear(&mut self, _: &[u8; HASH_BLOCK]) {}
}

impl<'a> Canonical<'a> {
    /// The canonical bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The canonical bytes, borrowed from the input where that was canonical already.
    pub fn into_bytes(self) -> Cow<'a, [u8]> {
        self.bytes
    }

    /// Whether an object had two members of one name.
    pub fn has_duplicates(&self) -> bool {
        self.has_duplicates
    }

    /// The top-level members, if the value is an object.
    pub(crate) fn members(&self) -> Option<&Members> {
        self.members.as_ref()
    }

    /// How many of the first bytes the listener has heard. If it has heard any other number, they were not these.
    pub(crate) fn heard(&self) -> usize {
        self.heard
    }

    /// The canonical bytes, their members, and those of the input if that is ASCII and differs in nothing but how its
    /// escapes are spelled.
    pub(crate) fn into_parts(self) -> (Cow<'a, [u8]>, Option<Members>, Option<Members>) {
        (self.bytes, self.members, self.sent)
    }
}

/// The canonical form of a JSON text of any size; of members with one name the last one counts.
///
/// # Errors
///
/// `invalid_utf8`, `unexpected_bom`, `syntax`, `lone_surrogate`, `integer_too_long`,
/// `number_out_of_range` and `too_deep`, with the position of the byte to blame.
///
/// ```
/// # fn main() -> Result<(), didit_core::Error> {
/// let canonical = didit_core::canonicalize(br#"{"b": 95.0, "a": "\u00e9"}"#)?;
/// assert_eq!(canonical.as_bytes(), r#"{"a":"é","b":95}"#.as_bytes());
/// # Ok(())
/// # }
/// ```
pub fn canonicalize(body: &[u8]) -> Result<Canonical<'_>, Error> {
    canonicalize_within(body, usize::MAX)
}

/// Like [`canonicalize`], but an object with two members of one name is an error.
///
/// # Errors
///
/// `duplicate_key`, and those of [`canonicalize`].
///
/// ```
/// let refused = didit_core::canonicalize_strict(br#"{"a":1,"\u0061":2}"#).unwrap_err();
/// assert_eq!(refused.code(), didit_core::Code::DuplicateKey);
/// ```
pub fn canonicalize_strict(body: &[u8]) -> Result<Canonical<'_>, Error> {
    let canonical = canonicalize(body)?;
    if canonical.has_duplicates { Err(Code::DuplicateKey.into()) } else { Ok(canonical) }
}

/// Like [`canonicalize`], giving up with `body_too_large` once the output passes `limit` bytes.
pub(crate) fn canonicalize_within(body: &[u8], limit: usize) -> Result<Canonical<'_>, Error> {
    canonicalize_aloud(body, limit, &mut Nobody)
}

/// Like [`canonicalize_within`], and a listener may hear the start of the canonical form while that is found.
pub(crate) fn canonicalize_aloud<'a>(
    body: &'a [u8],
    limit: usize,
    listener: &mut impl Listener,
) -> Result<Canonical<'a>, Error> {
    /// For shorter bodies the fast pass was measured to gain nothing over the full one.
    const WORTHWHILE: usize = 256;
    if body.len() >= WORTHWHILE
        && let Some(canonical) = dense(body, limit, listener).or_else(|| spaced(body, limit))
    {
        return Ok(canonical);
    }
    full(body, limit)
}

/// The canonical form of a body without white space between its tokens. `None`: there is some, or something is wrong.
fn dense<'a>(text: &'a [u8], limit: usize, listener: &mut impl Listener) -> Option<Canonical<'a>> {
    compact::canonicalize(text, limit, listener).or_else(|| unsorted::document(text, limit).map(gathered))
}

/// The canonical form of a body with white space between its tokens. `None`: there is none, or something is wrong.
fn spaced(body: &[u8], limit: usize) -> Option<Canonical<'static>> {
    let text = spaces::without(body)?;
    let canonical = dense(&text, limit, &mut Nobody).or_else(|| full(&text, limit).ok())?;
    let Canonical { bytes, members, has_duplicates, .. } = canonical;
    let changed = match bytes {
        Cow::Owned(bytes) => Some(bytes),
        Cow::Borrowed(_) => None,
    };
    Some(Canonical { bytes: Cow::Owned(changed.unwrap_or(text)), members, sent: None, has_duplicates, heard: 0 })
}

/// The full pass, which decides about every body.
fn full(body: &[u8], limit: usize) -> Result<Canonical<'_>, Error> {
    let document = parse::Parser::new(body, limit).document().map_err(|error| refused(body, error))?;
    Ok(gathered(document))
}

/// What a pass found, with the members in order.
fn gathered(document: Document<'_>) -> Canonical<'_> {
    if document.reorders.is_empty() {
        let members = document.root.map(|root| Members::of_sorted(&root, document.bytes.len()));
        return Canonical { bytes: document.bytes, members, sent: None, has_duplicates: false, heard: 0 };
    }
    let (bytes, moved) = order::gather(&document.bytes, document.reorders, &document.order);
    let members = moved.or_else(|| Members::scan(&bytes));
    Canonical { bytes: Cow::Owned(bytes), members, sent: None, has_duplicates: document.has_duplicates, heard: 0 }
}

/// Why a body is refused: mistakes in UTF-8 come first, wherever they are, and then a byte order mark.
#[cold]
fn refused(body: &[u8], error: Error) -> Error {
    match std::str::from_utf8(body) {
        Err(error) => Error::at(Code::InvalidUtf8, error.valid_up_to()),
        Ok(text) if text.starts_with('\u{feff}') => Error::at(Code::UnexpectedBom, 0),
        Ok(_) => error,
    }
}
