//! A request as it leaves: stamped, in wire form, signed, and spoilt where that was asked for.

use serde_json::{Map, Value};

use super::misbehaviour::Misbehaviour;
use super::wire::wire;
use crate::json::Object;
use crate::service::event::Event;
use crate::service::legacy;

/// Headers and body.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The headers in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What Didit calls itself.
pub const USER_AGENT: &str = "DiditWebhook/2.0 +https://didit.me";

/// How long ago a replayed delivery was signed, in seconds.
const REPLAYED: i64 = 3600;

/// Stamp, form and sign an event for a destination.
///
/// # Errors
///
/// Those of `canonicalize`, and `missing_secret`.
pub fn sign(
    event: &Event,
    version: &str,
    stamp: i64,
    secret: &str,
    wrong: Option<Misbehaviour>,
) -> Result<Signed, didit_core::Error> {
    let version = if event.legacy { "v1" } else { version };
    let old = wrong == Some(Misbehaviour::HeaderRefreshed);
    let mut payload = form(&event.payload, version);
    if version != "v1" {
        payload.set("timestamp", if old { stamp - REPLAYED } else { stamp });
    }
    let secret = if wrong == Some(Misbehaviour::WrongSecret) { "the-secret-of-another-destination" } else { secret };
    let mut signed = headers(wire(&payload.text())?, secret, version)?;
    if old && let Some((_, value)) = signed.headers.iter_mut().find(|(name, _)| name == "X-Timestamp") {
        *value = stamp.to_string();
    }
    if let Some(wrong) = wrong {
        spoil(&mut signed, wrong);
    }
    Ok(signed)
}

/// The headers of a body that is in wire form already.
///
/// # Errors
///
/// Those of `canonicalize`, and `missing_secret`.
pub fn headers(body: String, secret: &str, version: &str) -> Result<Signed, didit_core::Error> {
    let made = didit_core::sign(body.as_bytes(), secret.as_bytes(), None)?.into_iter();
    // V1 knows the raw signature alone.
    let known = |name: &str| version != "v1" || matches!(name, "X-Signature" | "Content-Type");
    let mut headers: Vec<(String, String)> =
        made.filter(|(name, _)| known(name)).map(|(name, value)| (name.to_owned(), value)).collect();
    headers.push(("User-Agent".to_owned(), USER_AGENT.to_owned()));
    Ok(Signed { headers, body })
}

/// The payload of a version. V2 has singular objects in its decision, V1 only a few members; the exact
/// shapes of both are not known.
fn form(payload: &Object, version: &str) -> Object {
    let mut payload = payload.clone();
    if version == "v3" {
        return payload;
    }
    if let Some(decision) =
        payload.get("decision").and_then(|text| serde_json::from_str::<Map<String, Value>>(text).ok())
    {
        payload.set("decision", legacy::singular_of(decision, version == "v1"));
    }
    if version == "v1" {
        let mut first = Object::default();
        for name in ["session_id", "status", "created_at", "vendor_data", "decision"] {
            if let Some(text) = payload.get(name) {
                first.set_text(name, Some(text));
            }
        }
        return first;
    }
    payload
}

/// What happens to a signed request on its way.
pub fn spoil(signed: &mut Signed, wrong: Misbehaviour) {
    match wrong {
        Misbehaviour::Reencoded => {
            if let Ok(value) = serde_json::from_str::<Value>(&signed.body) {
                signed.body = serde_json::to_string_pretty(&value).unwrap_or_default();
            }
        }
        Misbehaviour::Unescaped => {
            if let Ok(canonical) = didit_core::canonicalize(signed.body.as_bytes()) {
                signed.body = String::from_utf8_lossy(canonical.as_bytes()).into_owned();
            }
        }
        Misbehaviour::Escaped => signed.body = signed.body.replace('/', "\\/"),
        Misbehaviour::TimestampStripped => signed.headers.retain(|(name, _)| name != "X-Timestamp"),
        Misbehaviour::SignaturesStripped => signed.headers.retain(|(name, _)| !name.starts_with("X-Signature")),
        _ => {}
    }
}
