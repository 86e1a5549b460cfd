//! Which events never arrived.

use didit_core::api::recover;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::guard::guard;

/// Names the attempts, of a list in JSON, that have to be read to tell which events were lost.
#[pyfunction]
pub(crate) fn suspect_attempts(py: Python<'_>, attempts: &str) -> PyResult<Vec<String>> {
    guard(py, || {
        let read = recover::attempts(attempts).ok_or_else(unreadable)?;
        Ok(recover::suspects(&read).into_iter().map(str::to_owned).collect())
    })
}

/// Lists the events that never arrived, of attempts in JSON that were read: event, attempt to resend, type, session, time.
#[pyfunction]
#[expect(clippy::type_complexity, reason = "Python unpacks it at once")]
pub(crate) fn lost_events(
    py: Python<'_>,
    attempts: &str,
) -> PyResult<Vec<(String, String, Option<String>, Option<String>, Option<String>)>> {
    guard(py, || {
        let read = recover::attempts(attempts).ok_or_else(unreadable)?;
        let lost = recover::lost(&read).into_iter();
        Ok(lost.map(|it| (it.event_id, it.delivery, it.webhook_type, it.session_id, it.attempted_at)).collect())
    })
}

fn unreadable() -> PyErr {
    PyValueError::new_err("attempts must be a JSON array of objects")
}
