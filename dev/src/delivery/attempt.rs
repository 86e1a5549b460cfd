//! One attempt to deliver an event: stamped, signed, sent and written down.

use didit_core::webhook::UnixSeconds;

use super::wire::wire;
use crate::json::Object;

/// A request as it leaves.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The headers in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What Didit calls itself.
pub const USER_AGENT: &str = "DiditWebhook/2.0 +https://didit.me";

/// Stamp a payload, put it into wire form and sign it.
///
/// # Errors
///
/// Those of `canonicalize`, and `missing_secret`.
pub fn sign(payload: &Object, stamp: i64, secret: &str) -> Result<Signed, didit_core::Error> {
    let mut payload = payload.clone();
    payload.set("timestamp", stamp);
    signed(&wire(&payload.text())?, secret)
}

/// The headers of a body that is in wire form already.
///
/// # Errors
///
/// Those of `canonicalize`, and `missing_secret`.
pub fn signed(body: &str, secret: &str) -> Result<Signed, didit_core::Error> {
    let none: Option<UnixSeconds> = None;
    let headers = didit_core::sign(body.as_bytes(), secret.as_bytes(), none)?;
    let mut headers: Vec<(String, String)> =
        headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    headers.push(("User-Agent".to_owned(), USER_AGENT.to_owned()));
    Ok(Signed { headers, body: body.to_owned() })
}
