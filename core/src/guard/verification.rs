//! What is known of a verification, and what an event says of one.

use crate::webhook::{Event, Outcome, Value};

/// Who has set a status last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// An event of Didit's.
    Event,
    /// The application, through the API's `update-status`.
    Api,
}

/// What is known of a verification: small enough to be kept in a row of the application's own, and without
/// personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The session that counts at present.
    pub session_id: String,
    /// Its status, exactly as Didit wrote it.
    pub status: String,
    /// When the status was set, in Unix seconds: the event's `created_at`, or the time of the `update-status`.
    pub changed_at: i64,
    /// Whether `changed_at` is only the time of the delivery, because the event carried no `created_at`.
    pub dispatched: bool,
    /// The latest signed time of all deliveries that were applied, in Unix seconds.
    pub signed_at: i64,
    /// Who set the status.
    pub source: Source,
    /// The event that was applied last: its id, or what stands in for it.
    pub event_key: String,
}

impl Verification {
    /// What the status means.
    pub fn outcome(&self) -> Outcome {
        Outcome::of_status(&self.status)
    }

    /// After the application has set a status through `update-status` at `at`, in Unix seconds by Didit's clock,
    /// such as the `Date` of the answer. Events from before then no longer change it.
    #[must_use]
    pub fn with_status(self, status: &str, at: i64) -> Self {
        let later = at.max(self.changed_at);
        Self { status: status.to_owned(), changed_at: later, dispatched: false, source: Source::Api, ..self }
    }
}

/// What the guard reads of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEvent {
    /// The session.
    pub session_id: String,
    /// Its status.
    pub status: String,
    /// When it happened, if the payload says so.
    pub created_at: Option<i64>,
    /// When the delivery was signed.
    pub signed_at: i64,
    /// Its id, or what stands in for it.
    pub event_key: String,
}

impl SessionEvent {
    /// Reads a session event; nothing if the event is about something else, or names no session or status.
    pub fn of(event: &Event<'_>, signed_at: i64, event_key: &str) -> Option<Self> {
        let text = |name: &str| match event.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.into_owned()),
            _ => None,
        };
        let created_at = match event.get("created_at") {
            Some(Value::Number(digits)) => digits.parse().ok(),
            _ => None,
        };
        if !event.kind().is_session() {
            return None;
        }
        let (session_id, status) = (text("session_id")?, text("status")?);
        Some(Self { session_id, status, created_at, signed_at, event_key: event_key.to_owned() })
    }
}

/// Whether a status is a decision, which waits for nobody any more.
pub fn is_decided(status: &str) -> bool {
    matches!(Outcome::of_status(status), Outcome::Granted | Outcome::Denied | Outcome::Revoked)
}
