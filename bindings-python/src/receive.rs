//! What the adapters of web frameworks answer.

use didit_core::Code;
use didit_core::receive::{self, Answer};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::guard::guard;

/// Lists the answers: name, status and meaning.
#[pyfunction]
pub(crate) fn answers(py: Python<'_>) -> PyResult<Vec<(&'static str, u16, &'static str)>> {
    let row = |answer: &Answer| (answer.as_str(), answer.status(), answer.meaning());
    guard(py, || Ok(Answer::ALL.iter().map(row).collect()))
}

/// Names the answer to a request whose head is reason enough to refuse it.
#[pyfunction]
pub(crate) fn refuse_request(
    py: Python<'_>,
    method: &str,
    encoding: Option<&str>,
    length: Option<&str>,
    max_body: u64,
) -> PyResult<Option<&'static str>> {
    guard(py, || Ok(receive::refuse_request(method, encoding, length, max_body).map(Answer::as_str)))
}

/// Whether less of a body is left than its Content-Length announced.
#[pyfunction]
pub(crate) fn body_was_read(py: Python<'_>, length: Option<&str>, left: u64) -> PyResult<bool> {
    guard(py, || Ok(receive::body_was_read(length, left)))
}

/// Names the answer to a delivery with this error code, where it is another than the error's own.
#[pyfunction]
pub(crate) fn answer_to(py: Python<'_>, code: &str) -> PyResult<Option<&'static str>> {
    guard(py, || {
        let known = Code::ALL.iter().find(|known| known.as_str() == code);
        let code = *known.ok_or_else(|| PyValueError::new_err("there is no such error code"))?;
        Ok(receive::answer_to(code).map(Answer::as_str))
    })
}

/// What is odd about the time after which a handler is slow, although it is possible.
#[pyfunction]
pub(crate) fn odd_slow_after(py: Python<'_>, milliseconds: u64) -> PyResult<Option<String>> {
    guard(py, || Ok(receive::odd_slow_after(milliseconds)))
}

/// After how many milliseconds a handler is slow, and how many secrets are tried.
#[pyfunction]
pub(crate) fn receive_limits(py: Python<'_>) -> PyResult<(u64, usize)> {
    guard(py, || Ok((receive::SLOW_AFTER_MS, receive::MAX_SECRETS)))
}
