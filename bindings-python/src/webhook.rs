//! Did Didit send this?

use didit_core::webhook::{self, BuildError, Covers, Environment, HeaderTimestamp, Options, Scheme};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyBytes, PyDict, PyString};

use crate::convert::{self, Body, choice, choices, count, time};
use crate::detach::detached;
use crate::error::raised;
use crate::guard::guard;
use crate::parsed;
use crate::payload::Payload;

/// Tells the log what is odd about options although it is possible.
fn log_oddities(py: Python<'_>, verifier: &didit_core::Verifier) -> PyResult<()> {
    for text in verifier.options().oddities() {
        let log = py.import("logging")?.call_method1("getLogger", ("didit_client.webhook",))?;
        log.call_method1("warning", ("%s", text))?;
    }
    Ok(())
}

/// Payload, scheme, coverage, index of the secret, signed time; the authenticated bytes unless they are the payload.
type Verdict<'py> = (Payload, Bound<'py, PyString>, Bound<'py, PyString>, usize, i64, Option<Bound<'py, PyBytes>>);

/// The verifier without its clock.
#[pyclass(frozen, module = "didit_client._native")]
pub(crate) struct Verifier(didit_core::Verifier);

#[pymethods]
impl Verifier {
    #[new]
    #[pyo3(signature = (secrets, *, schemes, max_age, max_future, header_timestamp, max_body, environments))]
    fn new(
        secrets: &Bound<'_, PyAny>,
        schemes: &Bound<'_, PyAny>,
        max_age: Option<&Bound<'_, PyAny>>,
        max_future: &Bound<'_, PyAny>,
        header_timestamp: &Bound<'_, PyAny>,
        max_body: &Bound<'_, PyAny>,
        environments: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        guard(secrets.py(), || {
            let options = options(schemes, max_age, max_future, header_timestamp, max_body, environments)?;
            let secrets = convert::secrets(secrets)?;
            let secrets: Vec<&[u8]> = secrets.iter().map(convert::secret).collect::<PyResult<_>>()?;
            let verifier = didit_core::Verifier::new(&secrets, options).map_err(|error| match error {
                BuildError::MissingSecret(error) => raised(&error),
                error => PyValueError::new_err(error.to_string()),
            })?;
            log_oddities(schemes.py(), &verifier)?;
            Ok(Self(verifier))
        })
    }

    /// Verifies a delivery from the bytes of its body.
    fn verify<'py>(
        &self,
        body: &Bound<'py, PyAny>,
        headers: &Bound<'py, PyAny>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Verdict<'py>> {
        let py = body.py();
        guard(py, || {
            let body = Body::of(body)?;
            let (headers, now) = (convert::headers(headers)?, time(now, "now")?);
            let bytes = body.as_bytes();
            let verified = detached(py, bytes.len(), || self.0.verify(bytes, &headers, now));
            Ok(verdict(py, verified.map_err(|error| raised(&error))?, &body))
        })
    }

    /// Verifies a delivery from a body that is parsed already.
    fn verify_parsed<'py>(
        &self,
        payload: &Bound<'py, PyAny>,
        headers: &Bound<'py, PyAny>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Verdict<'py>> {
        let py = payload.py();
        guard(py, || {
            if convert::is_raw_body(payload) {
                return Err(PyTypeError::new_err(
                    "payload must be a parsed body; the bytes of a body go to Verifier.verify",
                ));
            }
            if !self.0.accepts_parsed() {
                return Err(PyValueError::new_err(
                    "only X-Signature-V2 can vouch for a parsed body: add \"v2\" to schemes",
                ));
            }
            let (headers, now) = (convert::headers(headers)?, time(now, "now")?);
            self.0.check_parsed_headers(&headers).map_err(|error| raised(&error))?;
            let text = Body::Copied(parsed::json_text(payload, self.0.options().max_body)?);
            let bytes = text.as_bytes();
            let verified = detached(py, bytes.len(), || self.0.verify_parsed(bytes, &headers, now));
            Ok(verdict(py, verified.map_err(|error| raised(&error))?, &text))
        })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        guard(py, || {
            let options = self.0.options();
            let schemes = tuple(options.schemes.iter().map(|scheme| scheme.as_str()));
            let environments = options.environments.as_ref().map_or_else(
                || "None".to_owned(),
                |environments| tuple(environments.iter().map(|environment| environment.as_str())),
            );
            Ok(format!(
                "Verifier(schemes={schemes}, max_age={}, max_future={}, header_timestamp='{}', max_body={}, \
                 environments={environments})",
                self.0.max_age(),
                options.max_future,
                options.header_timestamp.as_str(),
                options.max_body,
            ))
        })
    }
}

/// The options of a verifier.
pub(crate) fn options(
    schemes: &Bound<'_, PyAny>,
    max_age: Option<&Bound<'_, PyAny>>,
    max_future: &Bound<'_, PyAny>,
    header_timestamp: &Bound<'_, PyAny>,
    max_body: &Bound<'_, PyAny>,
    environments: Option<&Bound<'_, PyAny>>,
) -> PyResult<Options> {
    Ok(Options {
        schemes: choices("schemes", schemes, Scheme::parse)?,
        max_age: max_age.map(|value| count("max_age", value)).transpose()?,
        max_future: count("max_future", max_future)?,
        header_timestamp: choice("header_timestamp", header_timestamp, HeaderTimestamp::parse)?,
        max_body: usize::try_from(count("max_body", max_body)?).unwrap_or(usize::MAX),
        environments: environments.map(|value| choices("environments", value, Environment::parse)).transpose()?,
    })
}

fn verdict<'py>(py: Python<'py>, verified: didit_core::Verified<'_>, body: &Body<'_, 'py>) -> Verdict<'py> {
    let (scheme, covers) = (scheme_name(py, verified.scheme()), covers_name(py, verified.covers()));
    let (secret_index, signed_at) = (verified.secret_index(), verified.signed_at());
    let is_payload = std::ptr::eq(verified.bytes(), verified.event().payload());
    let message = (!is_payload).then(|| PyBytes::new(py, verified.bytes()));
    let payload = Payload::of_event(py, verified.into_event(), body);
    (payload, scheme, covers, secret_index, signed_at, message)
}

/// The one object for a scheme's name.
fn scheme_name<'py>(py: Python<'py>, scheme: Scheme) -> Bound<'py, PyString> {
    match scheme {
        Scheme::V2 => intern!(py, Scheme::V2.as_str()),
        Scheme::Raw => intern!(py, Scheme::Raw.as_str()),
        Scheme::Simple => intern!(py, Scheme::Simple.as_str()),
        Scheme::V1 => intern!(py, Scheme::V1.as_str()),
    }
    .clone()
}

/// The one object for what is covered.
fn covers_name<'py>(py: Python<'py>, covers: Covers) -> Bound<'py, PyString> {
    match covers {
        Covers::Body => intern!(py, Covers::Body.as_str()),
        Covers::Envelope => intern!(py, Covers::Envelope.as_str()),
    }
    .clone()
}

/// The names as a Python tuple is written.
fn tuple<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    let comma = if names.len() == 1 { "," } else { "" };
    format!("({}{comma})", names.join(", "))
}

/// Returns the headers that Didit would send.
#[pyfunction]
#[pyo3(signature = (body, secret, signed_at) -> "dict[str, str]")]
pub(crate) fn sign<'py>(
    body: &Bound<'py, PyAny>,
    secret: &Bound<'py, PyAny>,
    signed_at: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = body.py();
    guard(py, || {
        let body = Body::of(body)?;
        let secret = convert::secret(secret)?;
        let signed_at = signed_at.map(|value| time(value, "signed_at")).transpose()?;
        let bytes = body.as_bytes();
        let headers = detached(py, bytes.len(), || webhook::sign(bytes, secret, signed_at));
        headers.map_err(|error| raised(&error))?.into_py_dict(py)
    })
}

/// Which secrets have white space around them, in words that show nothing of it.
#[pyfunction]
pub(crate) fn spaced_secrets(secrets: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    guard(secrets.py(), || {
        let secrets = convert::secrets(secrets)?;
        let secrets = secrets.iter().map(convert::secret).collect::<PyResult<Vec<_>>>()?;
        Ok(webhook::spaced_secrets(&secrets))
    })
}

/// Reads an unsigned callback.
#[pyfunction]
pub(crate) fn parse_unsigned(body: &Bound<'_, PyAny>) -> PyResult<Payload> {
    let py = body.py();
    guard(py, || {
        let body = Body::of(body)?;
        let (bytes, max_body) = (body.as_bytes(), Options::default().max_body);
        let event = detached(py, bytes.len(), || webhook::parse_unsigned(bytes, max_body));
        Ok(Payload::of_unsigned(py, event.map_err(|error| raised(&error))?, &body))
    })
}
