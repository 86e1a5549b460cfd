//! Core errors to the exceptions of `didit_client.errors`.

use didit_core::{Code, Error, ErrorClass};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The classes are written in Python, where users can read, subclass and pickle them.
mod classes {
    pyo3::import_exception!(didit_client.errors, SignatureError);
    pyo3::import_exception!(didit_client.errors, TimestampError);
    pyo3::import_exception!(didit_client.errors, PayloadError);
    pyo3::import_exception!(didit_client.errors, ConfigurationError);
    pyo3::import_exception!(didit_client.errors, StoreError);
    pyo3::import_exception!(didit_client.errors, InternalError);
}

/// The exception for a core error.
pub(crate) fn raised(error: &Error) -> PyErr {
    let code = error.code();
    let arguments =
        (error.to_string(), code.as_str(), code.hint(), code.http_status(), error.position(), error.paths().to_vec());
    match code.class() {
        ErrorClass::SignatureError => classes::SignatureError::new_err(arguments),
        ErrorClass::TimestampError => classes::TimestampError::new_err(arguments),
        ErrorClass::PayloadError => classes::PayloadError::new_err(arguments),
        ErrorClass::ConfigurationError => classes::ConfigurationError::new_err(arguments),
        ErrorClass::StoreError => classes::StoreError::new_err(arguments),
        _ => classes::InternalError::new_err(arguments),
    }
}

/// Makes the exception of a code, for what the Python side finds out.
#[pyfunction]
pub(crate) fn error(py: Python<'_>, code: &str) -> PyResult<Py<PyAny>> {
    crate::guard::guard(py, || {
        let code = Code::ALL.iter().find(|known| known.as_str() == code);
        let code = *code.ok_or_else(|| PyValueError::new_err("there is no such error code"))?;
        Ok(raised(&Error::new(code)).into_value(py).into_any())
    })
}

/// Lists every error code with its class, HTTP status and hint.
#[pyfunction]
pub(crate) fn error_codes(py: Python<'_>) -> PyResult<Vec<(&'static str, &'static str, u16, &'static str)>> {
    crate::guard::guard(py, || {
        let row = |code: &Code| (code.as_str(), code.class().as_str(), code.http_status(), code.hint());
        Ok(Code::ALL.iter().map(row).collect())
    })
}
