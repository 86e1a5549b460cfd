//! The canonical form of a JSON body.

use didit_core::{canonicalize as last_wins, canonicalize_strict};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::convert::Body;
use crate::detach::detached;
use crate::error::raised;
use crate::guard::guard;

/// Returns the canonical form of a JSON body.
#[pyfunction]
#[pyo3(signature = (body, *, strict))]
pub(crate) fn canonicalize<'py>(body: &Bound<'py, PyAny>, strict: bool) -> PyResult<Bound<'py, PyBytes>> {
    let py = body.py();
    guard(py, || {
        let body = Body::of(body)?;
        let bytes = body.as_bytes();
        let canonical =
            detached(py, bytes.len(), || if strict { canonicalize_strict(bytes) } else { last_wins(bytes) });
        Ok(body.same_or_new(py, canonical.map_err(|error| raised(&error))?.as_bytes()))
    })
}
