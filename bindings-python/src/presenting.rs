//! Presenting a session, and what its statuses mean.

use didit_core::api;
use pyo3::prelude::*;

use crate::error::raised;
use crate::guard::guard;

/// Returns the HTML of an iframe that shows a verification page.
#[pyfunction]
pub(crate) fn iframe_html(py: Python<'_>, url: &str, title: Option<&str>, style: Option<&str>) -> PyResult<String> {
    guard(py, || api::iframe_html(url, title, style).map_err(|error| raised(&error)))
}

/// Reads the session id and the claimed status from the address at which a browser came back.
#[pyfunction]
pub(crate) fn parse_callback(py: Python<'_>, url_or_query: &str) -> PyResult<(Option<String>, Option<String>)> {
    guard(py, || {
        let callback = api::parse_callback(url_or_query).map_err(|error| raised(&error))?;
        Ok((callback.session_id, callback.claimed_status))
    })
}
