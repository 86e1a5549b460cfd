//! Which of the known mistakes is it?

use didit_core::webhook::{self, BuildError, Cause, ExplainOptions, RawHeaders};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::convert::{self, Body};
use crate::guard::guard;
use crate::webhook::options;

/// Verdict, cause, confidence, summary, cure, skew, what was ruled out.
type Explanation = (&'static str, &'static str, &'static str, String, &'static str, Option<i64>, Vec<&'static str>);

/// Says which of the known mistakes made a delivery fail.
#[pyfunction]
#[pyo3(signature = (body, headers, secrets, now, *, other_secrets, schemes, max_age, max_future, header_timestamp, max_body, environments))]
#[expect(clippy::too_many_arguments, reason = "each is an argument by name in Python")]
pub(crate) fn explain(
    body: &Bound<'_, PyAny>,
    headers: &Bound<'_, PyAny>,
    secrets: &Bound<'_, PyAny>,
    now: &Bound<'_, PyAny>,
    other_secrets: &Bound<'_, PyAny>,
    schemes: &Bound<'_, PyAny>,
    max_age: Option<&Bound<'_, PyAny>>,
    max_future: &Bound<'_, PyAny>,
    header_timestamp: &Bound<'_, PyAny>,
    max_body: &Bound<'_, PyAny>,
    environments: Option<&Bound<'_, PyAny>>,
) -> PyResult<Explanation> {
    let py = body.py();
    guard(py, || {
        let verifier = options(schemes, max_age, max_future, header_timestamp, max_body, environments)?;
        let body = Body::of(body)?;
        let mut raw = RawHeaders::new();
        convert::each_header(headers, |_| true, &mut |name, value| raw.push(name, value))?;
        let now = convert::any_time(now, "now")?;
        let (secrets, others) = (convert::secrets(secrets)?, convert::secrets(other_secrets)?);
        let secrets: Vec<&[u8]> = secrets.iter().map(convert::secret).collect::<PyResult<_>>()?;
        let other_secrets: Vec<&[u8]> = others.iter().map(convert::secret).collect::<PyResult<_>>()?;
        let (bytes, options) = (body.as_bytes(), ExplainOptions { verifier, other_secrets: &other_secrets });
        // It may take long, whatever the size.
        let found = py.detach(|| webhook::explain(bytes, &raw, &secrets, &options, now));
        let found = found.map_err(|error: BuildError| PyValueError::new_err(error.to_string()))?;
        Ok((
            found.verdict(),
            found.cause().as_str(),
            found.confidence().as_str(),
            found.summary(),
            found.cure(),
            found.skew(),
            found.ruled_out().iter().map(|cause| cause.as_str()).collect(),
        ))
    })
}

/// Lists the names of all causes.
#[pyfunction]
pub(crate) fn causes(py: Python<'_>) -> PyResult<Vec<&'static str>> {
    guard(py, || Ok(Cause::ALL.iter().map(|cause| cause.as_str()).collect()))
}
