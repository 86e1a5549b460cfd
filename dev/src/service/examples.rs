//! What the description gives as the answer of an operation.

use std::sync::LazyLock;

use didit_core::api::operation::ResponseKind;
use serde_json::{Map, Value};

use super::call::Call;
use super::reply::{EXAMPLE, Reply};
use super::report;

static ANSWERS: LazyLock<Map<String, Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../generated/answers.json")).unwrap_or_default());

fn of(operation: &str) -> Option<&'static Value> {
    ANSWERS.get(operation)?.get("example")
}

/// The status of a good answer.
pub fn status(operation: &str) -> u16 {
    let status = ANSWERS.get(operation).and_then(|answer| answer.get("status")).and_then(Value::as_u64);
    status.and_then(|status| u16::try_from(status).ok()).unwrap_or(200)
}

/// The example, where it is an object.
pub fn object(operation: &str) -> Map<String, Value> {
    of(operation).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Whether the answer is a list without pages.
pub fn is_array(operation: &str) -> bool {
    of(operation).is_some_and(Value::is_array)
}

/// The example as the answer of a call, which says so in a header.
pub fn answer(call: &Call) -> Reply {
    let id = call.operation.id;
    let reply = match call.operation.response {
        ResponseKind::Pdf => {
            Reply::bytes("application/pdf", report::pdf("An example of didit-dev", &[format!("The answer of {id}")]))
        }
        ResponseKind::Csv => {
            Reply::bytes("text/csv", b"external_id,first_name,last_name\r\n1,Sample,Persona\r\n".to_vec())
        }
        ResponseKind::Empty => Reply::empty(status(id)),
        ResponseKind::Json => {
            let mut example = of(id).cloned().unwrap_or_default();
            // What the caller said of itself comes back, as it would.
            for name in ["vendor_data", "metadata", "email"] {
                if let (Some(members), Some(value)) = (example.as_object_mut(), call.body.get(name))
                    && members.get(name).is_some_and(|value| !value.is_object())
                {
                    members.insert(name.to_owned(), value.clone());
                }
            }
            Reply::json(status(id), &example)
        }
    };
    reply.with(EXAMPLE, "true")
}
