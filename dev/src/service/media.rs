//! Pictures, videos and documents: links that work for an hour.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Context;

/// How long a link works, in seconds.
pub const LIFETIME: i64 = 3600;

const PLACEHOLDER: &str = "https://media.example.invalid/";

/// Turn the links of a decision into ones that this emulator answers.
pub fn sign(context: &Context<'_>, value: &mut Value, session_id: &str) {
    match value {
        Value::Object(members) => members.values_mut().for_each(|value| sign(context, value, session_id)),
        Value::Array(items) => items.iter_mut().for_each(|value| sign(context, value, session_id)),
        Value::String(text) => {
            if let Some(name) = text.strip_prefix(PLACEHOLDER) {
                let expires = context.now + LIFETIME;
                let signature = signature(session_id, name, expires);
                let base = context.base;
                *text = format!("{base}/_media/{session_id}/{name}?expires={expires}&signature={signature}");
            }
        }
        _ => {}
    }
}

/// What makes a link hard to make up by mistake. It protects nothing: what it leads to is invented.
pub fn signature(session_id: &str, name: &str, expires: i64) -> String {
    let digest = Sha256::digest(format!("{session_id}/{name}/{expires}"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
