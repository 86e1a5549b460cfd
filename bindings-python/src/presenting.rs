//! Presenting a session, coming back from it, and what its statuses mean.

use didit_core::api::{self, Frame};
use didit_core::status::{STATUSES, Status, reused};
use didit_core::webhook::Outcome;
use pyo3::prelude::*;

use crate::convert::{Text, lossy};
use crate::error::raised;
use crate::guard::guard;

/// Returns the HTML of an iframe that shows a verification page.
#[pyfunction]
#[pyo3(signature = (url, *, title, width, height, id, class_))]
pub(crate) fn iframe_html(
    py: Python<'_>,
    url: Text<'_>,
    title: Option<Text<'_>>,
    width: Option<Text<'_>>,
    height: Option<Text<'_>>,
    id: Option<Text<'_>>,
    class_: Option<Text<'_>>,
) -> PyResult<String> {
    guard(py, || {
        let text = |given: &Option<Text<'_>>| given.as_ref().map(lossy);
        let [title, width, height, id, class] = [&title, &width, &height, &id, &class_].map(text);
        let mut frame = Frame::default();
        (frame.title, frame.width, frame.height) = (title.as_deref(), width.as_deref(), height.as_deref());
        (frame.id, frame.class) = (id.as_deref(), class.as_deref());
        api::iframe_html(&lossy(&url), &frame).map_err(|error| raised(&error))
    })
}

/// Reads the session id and the claimed status from the address at which a browser came back.
#[pyfunction]
pub(crate) fn parse_callback(py: Python<'_>, url_or_query: Text<'_>) -> PyResult<(String, Option<String>)> {
    guard(py, || {
        let callback = api::parse_callback(&lossy(&url_or_query)).map_err(|error| raised(&error))?;
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
pub(crate) fn status(py: Python<'_>, status: Text<'_>) -> PyResult<(&'static str, bool, Vec<&'static str>)> {
    guard(py, || {
        Ok(match Status::named(&lossy(&status)) {
            Some(status) => (status.outcome.as_str(), status.is_final, status.transitions.to_vec()),
            None => (Outcome::Unknown.as_str(), false, Vec::new()),
        })
    })
}

/// Says of a created session's status whether the session was there before.
#[pyfunction]
pub(crate) fn session_reused(py: Python<'_>, status: Option<Text<'_>>) -> PyResult<Option<bool>> {
    guard(py, || Ok(status.and_then(|status| reused(&lossy(&status)))))
}
