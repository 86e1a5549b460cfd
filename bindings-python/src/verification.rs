//! Is this event news?

use didit_core::guard::{self, SessionEvent, Source, Verification};
use pyo3::prelude::*;

use crate::guard::guard;

/// Session, status, time of the change, whether that is only the time of the delivery, signed time, whether the
/// application set it, key of the event.
type Known = (String, String, i64, bool, i64, bool, String);
/// Session, status, time of the event, signed time, key of the event.
type News = (String, String, Option<i64>, i64, String);

/// Puts an event beside what is known: the verdict, what to keep, whether it changed, whether the event is later.
#[pyfunction]
pub(crate) fn apply_event(
    py: Python<'_>,
    event: Option<News>,
    current: Option<Known>,
) -> PyResult<(&'static str, Option<Known>, bool, bool)> {
    guard(py, || {
        let event = event.map(|(session_id, status, created_at, signed_at, event_key)| SessionEvent {
            session_id,
            status,
            created_at,
            signed_at,
            event_key,
        });
        let current = current.map(known);
        let applied = guard::apply(event.as_ref(), current.as_ref());
        Ok((applied.verdict.as_str(), applied.verification.map(told), applied.changed, applied.later))
    })
}

/// After the application has set a status through the API.
#[pyfunction]
pub(crate) fn set_status(py: Python<'_>, current: Known, status: &str, at: i64) -> PyResult<Known> {
    guard(py, || Ok(told(known(current).with_status(status, at))))
}

fn known((session_id, status, changed_at, dispatched, signed_at, by_api, event_key): Known) -> Verification {
    let source = if by_api { Source::Api } else { Source::Event };
    Verification { session_id, status, changed_at, dispatched, signed_at, source, event_key }
}

fn told(known: Verification) -> Known {
    let Verification { session_id, status, changed_at, dispatched, signed_at, source, event_key } = known;
    (session_id, status, changed_at, dispatched, signed_at, source == Source::Api, event_key)
}
