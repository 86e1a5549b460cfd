//! Presenting a session, coming back from it, and what its statuses mean.

use didit_core::api::{self, Frame};
use didit_core::status::{STATUSES, Status, reused};
use didit_core::webhook::Outcome;
use pyo3::prelude::*;

use crate::error::raised;
use crate::guard::guard;

/// Returns the HTML of an iframe that shows a verification page.
#[pyfunction]
#[pyo3(signature = (url, *, title, width, height, id, class_))]
pub(crate) fn iframe_html(
    py: Python<'_>,
    url: &str,
    title: Option<&str>,
    width: Option<&str>,
    height: Option<&str>,
    id: Option<&str>,
    class_: Option<&str>,
) -> PyResult<String> {
    guard(py, || {
        let mut frame = Frame::default();
        (frame.title, frame.width, frame.height, frame.id, frame.class) = (title, width, height, id, class_);
        api::iframe_html(url, &frame).map_err(|error| raised(&error))
    })
}

/// Reads the session id and the claimed status from the address at which a browser came back.
#[pyfunction]
pub(crate) fn parse_callback(py: Python<'_>, url_or_query: &str) -> PyResult<(String, Option<String>)> {
    guard(py, || {
        let callback = api::parse_callback(url_or_query).map_err(|error| raised(&error))?;
        Ok((callback.session_id, callback.claimed_status))
    })
}

/// Lists the documented statuses.
#[pyfunction]
pub(crate) fn statuses(py: Python<'_>) -> PyResult<Vec<&'static str>> {
    guard(py, || Ok(STATUSES.iter().map(|status| status.name).collect()))
}

/// Says of a status what it means, whether it is final, and what can follow.
#[pyfunction]
pub(crate) fn status(py: Python<'_>, status: &str) -> PyResult<(&'static str, bool, Vec<&'static str>)> {
    guard(py, || {
        Ok(match Status::named(status) {
            Some(status) => (status.outcome.as_str(), status.is_final, status.transitions.to_vec()),
            None => (Outcome::Unknown.as_str(), false, Vec::new()),
        })
    })
}

/// Says of a created session's status whether the session was there before.
#[pyfunction]
pub(crate) fn session_reused(py: Python<'_>, status: Option<&str>) -> PyResult<Option<bool>> {
    guard(py, || Ok(status.and_then(reused)))
}
