//! Is this event news?

use didit_core::guard::{self, Source, Verification};
use napi_derive::napi;

/// What is known of a verification.
#[napi(object)]
pub struct KnownVerification {
    /// The session that counts at present.
    pub session_id: String,
    /// Its status.
    pub status: String,
    /// When it was set.
    pub changed_at: f64,
    /// Whether that is only the time of a delivery.
    pub dispatched: bool,
    /// The latest signed time.
    pub signed_at: f64,
    /// `event` or `api`.
    pub source: String,
    /// The event that was applied last.
    pub event_key: String,
}

/// What the guard reads of an event.
#[napi(object, object_to_js = false)]
pub struct SessionEvent {
    /// The session.
    pub session_id: String,
    /// Its status.
    pub status: String,
    /// When it happened.
    pub created_at: Option<f64>,
    /// When the delivery was signed.
    pub signed_at: f64,
    /// Its id, or what stands in for it.
    pub event_key: String,
}

/// A verdict, and what is known after it.
#[napi(object, object_from_js = false)]
pub struct AppliedEvent {
    /// The verdict.
    pub verdict: String,
    /// What to keep.
    pub verification: Option<KnownVerification>,
    /// Whether status or session differ from what was known.
    pub changed: bool,
    /// Whether the event is later.
    pub later: bool,
}

/// Puts an event beside what is known.
#[napi(catch_unwind)]
pub fn apply_event(event: Option<SessionEvent>, current: Option<KnownVerification>) -> AppliedEvent {
    let event = event.map(|event| guard::SessionEvent {
        session_id: event.session_id,
        status: event.status,
        created_at: event.created_at.map(whole),
        signed_at: whole(event.signed_at),
        event_key: event.event_key,
    });
    let current = current.map(known);
    let applied = guard::apply(event.as_ref(), current.as_ref());
    AppliedEvent {
        verdict: applied.verdict.as_str().to_owned(),
        verification: applied.verification.map(told),
        changed: applied.changed,
        later: applied.later,
    }
}

/// After the application has set a status through the API.
#[napi(catch_unwind)]
pub fn set_status(current: KnownVerification, status: String, at: f64) -> KnownVerification {
    told(known(current).with_status(&status, whole(at)))
}

fn known(known: KnownVerification) -> Verification {
    Verification {
        session_id: known.session_id,
        status: known.status,
        changed_at: whole(known.changed_at),
        dispatched: known.dispatched,
        signed_at: whole(known.signed_at),
        source: if known.source == "api" { Source::Api } else { Source::Event },
        event_key: known.event_key,
    }
}

fn told(known: Verification) -> KnownVerification {
    KnownVerification {
        session_id: known.session_id,
        status: known.status,
        changed_at: number(known.changed_at),
        dispatched: known.dispatched,
        signed_at: number(known.signed_at),
        source: if known.source == Source::Api { "api" } else { "event" }.to_owned(),
        event_key: known.event_key,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and no time is that far")]
fn whole(number: f64) -> i64 {
    number as i64
}

#[expect(clippy::cast_precision_loss, reason = "a time in seconds")]
fn number(seconds: i64) -> f64 {
    seconds as f64
}
