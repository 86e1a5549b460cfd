//! The way back: what Didit appends to the callback when it sends a person to it.

use std::fmt;

use super::check::is_uuid;
use super::url;
use crate::{Code, Error};

/// What the URL says. Anybody can write such a URL: it says which session to ask about, and nothing
/// that may be believed. Read the decision, or wait for the webhook, before granting anything.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnauthenticatedCallback {
    /// `verificationSessionId`; it has the form of an id, nothing more.
    pub session_id: String,
    /// `status` as the URL claims it, for a first word to the person.
    pub claimed_status: Option<String>,
}

impl fmt::Debug for UnauthenticatedCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnauthenticatedCallback")
            .field("session_id", &self.session_id)
            .field("claimed_status", &self.claimed_status)
            .finish()
    }
}

/// Reads a callback: a whole URL, a path with a query, or a query with or without its question mark.
///
/// # Errors
///
/// `invalid_callback` where the id is missing, given twice with different values, or not a UUID.
pub fn parse_callback(url_or_query: &str) -> Result<UnauthenticatedCallback, Error> {
    let refused = |what: &str| Error::about(Code::InvalidCallback, what);
    let text = url_or_query.split('#').next().unwrap_or_default();
    let query = match text.split_once('?') {
        Some((_, query)) => query,
        None if text.contains('=') && !text.starts_with('/') && !text.contains("://") => text,
        None => return Err(refused("it has no query")),
    };
    let pairs = url::decode_query(query).ok_or_else(|| refused("the query is not percent-encoded UTF-8"))?;
    let only = |name: &str| {
        let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let first = values.next();
        if values.any(|other| Some(other) != first) {
            return Err(refused(&format!("{name} is there twice")));
        }
        Ok(first.cloned().filter(|value| !value.is_empty()))
    };
    let session_id = only("verificationSessionId")?.ok_or_else(|| refused("verificationSessionId is missing"))?;
    if !is_uuid(&session_id) {
        return Err(refused("verificationSessionId is not a UUID"));
    }
    let claimed_status = only("status")?.filter(|status| status.len() <= 100 && !status.chars().any(char::is_control));
    Ok(UnauthenticatedCallback { session_id, claimed_status })
}
