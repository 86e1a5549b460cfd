//! One event against what is known.

use super::verification::{SessionEvent, Source, Verification, is_decided};
use crate::webhook::Outcome;

/// What an event is, beside what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Later than what is known, or the first of its session: act on it.
    Newer,
    /// Newer, and it takes an approval back (`Kyc Expired`): act on it.
    Revoked,
    /// Something later is known already: leave it.
    Stale,
    /// It is what was applied last: leave it.
    Duplicate,
    /// About another session than the one that is known: decide which one counts.
    OtherSession,
    /// Not about a session: the guard has nothing to say.
    Unrelated,
}

impl Verdict {
    /// The name of the verdict, the same in all languages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Newer => "newer",
            Self::Revoked => "revoked",
            Self::Stale => "stale",
            Self::Duplicate => "duplicate",
            Self::OtherSession => "other_session",
            Self::Unrelated => "unrelated",
        }
    }
}

/// A verdict, and what is known after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What the event is.
    pub verdict: Verdict,
    /// What to keep: changed where the verdict is `newer` or `revoked`.
    pub verification: Option<Verification>,
    /// Whether status or session differ from what was known.
    pub changed: bool,
    /// Whether the event is later than what is known; also for another session, where it is worth a look.
    pub later: bool,
}

/// Puts an event beside what is known. Nothing known is the beginning; to follow another session, apply its event
/// to nothing.
pub fn apply(event: Option<&SessionEvent>, current: Option<&Verification>) -> Applied {
    let unchanged = |verdict, later| Applied { verdict, verification: current.cloned(), changed: false, later };
    let Some(event) = event else { return unchanged(Verdict::Unrelated, false) };
    let Some(known) = current else { return accepted(event, None) };
    if event.session_id != known.session_id {
        return unchanged(Verdict::OtherSession, time(event) > known.changed_at);
    }
    if event.event_key == known.event_key {
        return unchanged(Verdict::Duplicate, false);
    }
    if is_later(event, known) { accepted(event, Some(known)) } else { unchanged(Verdict::Stale, false) }
}

fn accepted(event: &SessionEvent, known: Option<&Verification>) -> Applied {
    let revoked = Outcome::of_status(&event.status) == Outcome::Revoked;
    let verification = Verification {
        session_id: event.session_id.clone(),
        status: event.status.clone(),
        changed_at: time(event),
        dispatched: event.created_at.is_none(),
        signed_at: known.map_or(event.signed_at, |known| known.signed_at.max(event.signed_at)),
        source: Source::Event,
        event_key: event.event_key.clone(),
    };
    Applied {
        verdict: if revoked { Verdict::Revoked } else { Verdict::Newer },
        changed: known.is_none_or(|known| known.status != event.status),
        verification: Some(verification),
        later: true,
    }
}

/// When it happened; an event without `created_at` happened no later than it was signed.
fn time(event: &SessionEvent) -> i64 {
    event.created_at.unwrap_or(event.signed_at)
}

fn is_later(event: &SessionEvent, known: &Verification) -> bool {
    let undoes = is_decided(&known.status) && !is_decided(&event.status);
    match event.created_at {
        // The time of a delivery proves nothing: it may be a repetition of something old.
        None if undoes || known.source == Source::Api => false,
        None => event.signed_at >= known.changed_at,
        Some(at) if known.dispatched && undoes => at > known.changed_at,
        // What is known may be older than the delivery that told of it; in doubt the signed time decides.
        Some(at) if known.dispatched => at > known.changed_at || event.signed_at > known.signed_at,
        Some(at) if at != known.changed_at => at > known.changed_at,
        // The same second: neither the application's own status nor a decision is undone.
        Some(_) if known.source == Source::Api => event.status == known.status,
        Some(_) if undoes => false,
        Some(_) if !is_decided(&known.status) && is_decided(&event.status) => true,
        Some(_) => event.signed_at >= known.signed_at,
    }
}
