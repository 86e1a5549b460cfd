//! The message of `X-Signature-Simple`: four fields of the body, and nothing else is signed.

use crate::canonical::{Canonical, Members, Value};
use crate::{Code, Error};

/// The fields in the message, in its order.
pub(super) const FIELDS: [&str; 4] = ["timestamp", "session_id", "status", "webhook_type"];

/// `{timestamp}:{session_id}:{status}:{webhook_type}`; absent and null fields are empty.
///
/// A field that is not a string, or that has a colon in it, would let two bodies share one message.
pub(super) fn message(body: &Canonical<'_>) -> Result<Vec<u8>, Error> {
    let value = |field: &str| body.members().and_then(|members| members.get(body.as_bytes(), field));
    let text = |&field: &&str| match value(field) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::Number(text)) if field == "timestamp" => Ok(text.to_owned()),
        Some(Value::String(text)) if !text.contains(':') => Ok(text.into_owned()),
        Some(_) => Err(Error::new(Code::AmbiguousField)),
    };
    let fields: Vec<String> = FIELDS.iter().map(text).collect::<Result<_, _>>()?;
    Ok(fields.join(":").into_bytes())
}

/// An object of the signed fields alone, in canonical form.
pub(super) fn envelope(json: &[u8], members: &Members) -> Vec<u8> {
    let mut names = FIELDS;
    names.sort_unstable();
    let mut text = vec![b'{'];
    for name in names {
        if let Some(value) = members.text(json, name) {
            if text.len() > 1 {
                text.push(b',');
            }
            text.extend_from_slice(format!("\"{name}\":").as_bytes());
            text.extend_from_slice(value);
        }
    }
    text.push(b'}');
    text
}
