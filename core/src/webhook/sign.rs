//! The headers that Didit would send, for the tests of those who receive them.

use super::freshness::parse_seconds;
use super::headers::encode_hex;
use super::key::Key;
use super::{UnixSeconds, simple};
use crate::canonical::canonicalize;
use crate::{Code, Error};

/// The headers with which Didit would deliver this body: all three signatures, `X-Timestamp` and
/// `Content-Type`.
///
/// The body is signed as it is, its `timestamp` included. `X-Timestamp` is `signed_at`, or that
/// `timestamp`; a body without one, as V1 webhooks are, gets no such header. A body whose four fields
/// make no unambiguous message gets no Simple signature.
///
/// # Errors
///
/// `missing_secret` if the secret is empty, and those of [`canonicalize`](crate::canonicalize()).
///
/// ```
/// # fn main() -> Result<(), didit_core::Error> {
/// let headers = didit_core::sign(br#"{"timestamp":1774970000}"#, b"secret", None)?;
/// assert!(headers.contains(&("X-Timestamp", "1774970000".to_owned())));
/// # Ok(())
/// # }
/// ```
pub fn sign(body: &[u8], secret: &[u8], signed_at: Option<UnixSeconds>) -> Result<Vec<(&'static str, String)>, Error> {
    let key = Key::new(secret).ok_or(Code::MissingSecret)?;
    let canonical = canonicalize(body)?;
    let hex = |message: &[u8]| encode_hex(&key.mac(message));
    let mut headers = vec![
        ("Content-Type", "application/json".to_owned()),
        ("X-Signature-V2", hex(canonical.as_bytes())),
        ("X-Signature", hex(body)),
    ];
    if let (Some(_), Ok(message)) = (canonical.members(), simple::message(&canonical)) {
        headers.push(("X-Signature-Simple", hex(&message)));
    }
    let in_body = || canonical.members()?.text(canonical.as_bytes(), "timestamp").and_then(parse_seconds);
    if let Some(seconds) = signed_at.map(UnixSeconds::get).or_else(in_body) {
        headers.push(("X-Timestamp", seconds.to_string()));
    }
    Ok(headers)
}
