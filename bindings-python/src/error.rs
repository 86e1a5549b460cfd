//! Core errors to the exceptions of `didit_client.errors`.

use didit_core::{Code, Error, ErrorClass, Http};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The classes are written in Python, where users can read, subclass and pickle them.
mod classes {
    pyo3::import_exception!(didit_client.errors, SignatureError);
    pyo3::import_exception!(didit_client.errors, TimestampError);
    pyo3::import_exception!(didit_client.errors, PayloadError);
    pyo3::import_exception!(didit_client.errors, ApiError);
    pyo3::import_exception!(didit_client.errors, InvalidRequestError);
    pyo3::import_exception!(didit_client.errors, AuthenticationError);
    pyo3::import_exception!(didit_client.errors, NotFoundError);
    pyo3::import_exception!(didit_client.errors, RateLimitError);
    pyo3::import_exception!(didit_client.errors, ServerError);
    pyo3::import_exception!(didit_client.errors, TransportError);
    pyo3::import_exception!(didit_client.errors, TransportTimeoutError);
    pyo3::import_exception!(didit_client.errors, CancelledError);
    pyo3::import_exception!(didit_client.errors, ConfigurationError);
    pyo3::import_exception!(didit_client.errors, StoreError);
    pyo3::import_exception!(didit_client.errors, InternalError);
}

/// The exception for a core error.
pub(crate) fn raised(error: &Error) -> PyErr {
    let code = error.code();
    match code.class() {
        ErrorClass::SignatureError => classes::SignatureError::new_err(of_delivery(error)),
        ErrorClass::TimestampError => classes::TimestampError::new_err(of_delivery(error)),
        ErrorClass::PayloadError => classes::PayloadError::new_err(of_delivery(error)),
        ErrorClass::ApiError => classes::ApiError::new_err(of_answer(error)),
        ErrorClass::InvalidRequestError => classes::InvalidRequestError::new_err(of_answer(error)),
        ErrorClass::AuthenticationError => classes::AuthenticationError::new_err(of_answer(error)),
        ErrorClass::NotFoundError => classes::NotFoundError::new_err(of_answer(error)),
        ErrorClass::RateLimitError => classes::RateLimitError::new_err(of_answer(error)),
        ErrorClass::ServerError => classes::ServerError::new_err(of_answer(error)),
        ErrorClass::TransportError => classes::TransportError::new_err(without_answer(error)),
        ErrorClass::TransportTimeoutError => classes::TransportTimeoutError::new_err(without_answer(error)),
        ErrorClass::CancelledError => classes::CancelledError::new_err(about(error)),
        ErrorClass::ConfigurationError => classes::ConfigurationError::new_err(about(error)),
        ErrorClass::StoreError => classes::StoreError::new_err(about(error)),
        _ => classes::InternalError::new_err(about(error)),
    }
}

/// Message, code, hint, HTTP status: what every class takes.
type About = (String, &'static str, &'static str, u16);

fn about(error: &Error) -> About {
    let code = error.code();
    (error.to_string(), code.as_str(), code.hint(), code.http_status())
}

type OfDelivery = (String, &'static str, &'static str, u16, Option<usize>, Vec<String>);

fn of_delivery(error: &Error) -> OfDelivery {
    let (message, code, hint, status) = about(error);
    (message, code, hint, status, error.position(), error.paths().to_vec())
}

/// The service's own words: status, request id, seconds to wait, its code, its detail, fields, attempts.
type OfAnswer = (
    String,
    &'static str,
    &'static str,
    u16,
    Option<u16>,
    Option<String>,
    Option<f64>,
    Option<String>,
    Option<String>,
    Vec<(String, Vec<String>)>,
    u32,
);

fn of_answer(error: &Error) -> OfAnswer {
    let (message, code, hint, http_status) = about(error);
    let http = error.http().cloned().unwrap_or_default();
    let retry_after = http.retry_after.map(|wait| wait.as_secs_f64());
    let Http { status, request_id, api_code, detail, fields, attempts, .. } = http;
    let fields = fields.into_iter().map(|field| (field.path, field.messages)).collect();
    (message, code, hint, http_status, status, request_id, retry_after, api_code, detail, fields, attempts)
}

fn without_answer(error: &Error) -> (String, &'static str, &'static str, u16, u32) {
    let (message, code, hint, status) = about(error);
    (message, code, hint, status, error.http().map_or(0, |http| http.attempts))
}

/// Makes the exception of a code, for what the Python side finds out; `about` says more.
#[pyfunction]
#[pyo3(signature = (code, about = None))]
pub(crate) fn error(py: Python<'_>, code: &str, about: Option<String>) -> PyResult<Py<PyAny>> {
    crate::guard::guard(py, || {
        let code = Code::ALL.iter().find(|known| known.as_str() == code);
        let code = *code.ok_or_else(|| PyValueError::new_err("there is no such error code"))?;
        let error = about.map_or_else(|| Error::new(code), |about| Error::about(code, about));
        Ok(raised(&error).into_value(py).into_any())
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
