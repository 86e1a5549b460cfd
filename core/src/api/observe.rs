//! What hooks and logs are told: facts that are safe to write down.

use std::time::Duration;

use super::operation::Verb;
use crate::Code;

/// Told of every attempt, on the thread of the call.
pub trait Observer: Send + Sync {
    /// An attempt is about to be made.
    fn before(&self, attempt: &Attempt<'_>);
    /// An attempt has ended.
    fn after(&self, attempt: &Attempt<'_>);
}

/// One attempt. It holds no URL, header, body or argument: those hold credentials and personal data.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The operation's name, or `request`.
    pub operation: &'a str,
    /// The method.
    pub verb: Verb,
    /// The path with its `{names}`; empty for `request`.
    pub path: &'a str,
    /// 1 for the first.
    pub attempt: u32,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The id under which the service knows the request.
    pub request_id: Option<&'a str>,
    /// How long the attempt took; none before it.
    pub elapsed: Option<Duration>,
    /// Why it failed.
    pub code: Option<Code>,
    /// How long the client waits before it tries again; none where it does not.
    pub retry_in: Option<Duration>,
}
