//! The authenticated payload: its bytes, and where its members stand in them.

use std::borrow::Cow;

use didit_core::webhook::{Event, Index, Outcome, Scheme, UnsignedEvent, Value, parse_unsigned};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::convert::Body;
use crate::error::raised;
use crate::guard::guard;
use crate::plain;

/// The members of a payload, found but not parsed.
#[pyclass(frozen, module = "didit_client._native")]
pub(crate) struct Payload {
    json: Json,
    index: Index,
    origin: Origin,
}

/// What vouches for a payload.
#[derive(Clone, Copy)]
enum Origin {
    Signed(Scheme),
    /// Nothing: a callback of this kind.
    Unsigned(&'static str),
}

impl Origin {
    fn scheme(self) -> Option<Scheme> {
        match self {
            Self::Signed(scheme) => Some(scheme),
            Self::Unsigned(_) => None,
        }
    }
}

/// The JSON text. What the core made becomes an object of Python when somebody asks for it: few do.
enum Json {
    Given(Py<PyBytes>),
    Made(Vec<u8>, PyOnceLock<Py<PyBytes>>),
}

impl Json {
    fn of(text: Cow<'_, [u8]>, body: &Body<'_, '_>, py: Python<'_>) -> Self {
        match text {
            Cow::Owned(text) => Self::Made(text, PyOnceLock::new()),
            Cow::Borrowed(text) => Self::Given(body.same_or_new(py, text).unbind()),
        }
    }

    fn as_bytes<'a>(&'a self, py: Python<'a>) -> &'a [u8] {
        match self {
            Self::Given(text) => text.as_bytes(py),
            Self::Made(text, _) => text,
        }
    }

    fn object<'a>(&'a self, py: Python<'_>) -> &'a Py<PyBytes> {
        match self {
            Self::Given(text) => text,
            Self::Made(text, object) => object.get_or_init(py, || PyBytes::new(py, text).unbind()),
        }
    }
}

impl Payload {
    pub(crate) fn of_event<'py>(py: Python<'py>, event: Event<'_>, body: &Body<'_, 'py>) -> Self {
        let origin = Origin::Signed(event.scheme());
        let (payload, index) = event.into_parts();
        Self { json: Json::of(payload, body, py), index, origin }
    }

    pub(crate) fn of_unsigned<'py>(py: Python<'py>, event: UnsignedEvent<'_>, body: &Body<'_, 'py>) -> Self {
        let origin = Origin::Unsigned(event.kind());
        let (payload, index) = event.into_parts();
        Self { json: Json::of(payload, body, py), index, origin }
    }

    /// The member called `name`. A name without a UTF-8 form is none that JSON text can have.
    fn find<'a>(&'a self, name: &Bound<'a, PyString>) -> Option<Value<'a>> {
        self.index.get(self.json.as_bytes(name.py()), name.to_str().ok()?)
    }
}

#[pymethods]
impl Payload {
    /// The JSON text.
    #[getter]
    fn json(&self, py: Python<'_>) -> PyResult<Py<PyBytes>> {
        guard(py, || Ok(self.json.object(py).clone_ref(py)))
    }

    /// The event's type, or `unknown`.
    #[getter]
    fn kind(&self, py: Python<'_>) -> PyResult<&'static str> {
        guard(py, || {
            Ok(match self.origin {
                Origin::Signed(scheme) => self.index.kind(self.json.as_bytes(py), scheme).as_str(),
                Origin::Unsigned(kind) => kind,
            })
        })
    }

    /// What a session's status means.
    #[getter]
    fn outcome(&self, py: Python<'_>) -> PyResult<&'static str> {
        guard(py, || {
            let outcome = |scheme| self.index.outcome(self.json.as_bytes(py), scheme);
            Ok(self.origin.scheme().map_or(Outcome::Unknown, outcome).as_str())
        })
    }

    /// Returns a member as plain Python data, which is the caller's own.
    #[pyo3(signature = (name, default=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyString>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        guard(py, || match self.find(name) {
            Some(value) => to_python(py, value).map(Some),
            None => Ok(default),
        })
    }

    /// Returns all members as plain Python data, which is the caller's own.
    #[pyo3(signature = () -> "dict[str, Any]")]
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guard(py, || plain::plain(py, self.json.as_bytes(py)))
    }

    /// Tells whether the signature covers a member.
    fn covers(&self, name: &Bound<'_, PyString>) -> PyResult<bool> {
        guard(name.py(), || {
            Ok(self.origin.scheme().is_none_or(|scheme| scheme.covers().includes(&name.to_string_lossy())))
        })
    }

    /// Lists the members' names.
    #[pyo3(signature = () -> "list[str]")]
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        guard(py, || {
            let names = PyDict::new(py);
            for name in self.index.names(self.json.as_bytes(py)) {
                names.set_item(name, py.None())?;
            }
            Ok(names.keys())
        })
    }

    fn __contains__(&self, name: &Bound<'_, PyString>) -> PyResult<bool> {
        guard(name.py(), || Ok(self.find(name).is_some()))
    }

    #[pyo3(signature = () -> "tuple[object, ...]")]
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        guard(py, || {
            let restore = py.import("didit_client._native")?.getattr("restore_payload")?;
            (restore, (self.json.object(py), self.origin.scheme().map(Scheme::as_str))).into_pyobject(py)
        })
    }
}

/// Makes a payload again from what its pickle holds. It is as trustworthy as the pickle.
#[pyfunction]
#[pyo3(signature = (payload: "bytes", scheme: "str | None"))]
pub(crate) fn restore_payload(payload: &Bound<'_, PyBytes>, scheme: Option<&str>) -> PyResult<Payload> {
    let py = payload.py();
    guard(py, || {
        let body = Body::Bytes(payload);
        let Some(scheme) = scheme else {
            let event = parse_unsigned(payload.as_bytes(), usize::MAX).map_err(|error| raised(&error))?;
            return Ok(Payload::of_unsigned(py, event, &body));
        };
        let bytes = Cow::Borrowed(payload.as_bytes());
        let event = Scheme::parse(scheme).ok().and_then(|scheme| Event::from_verified(bytes, scheme));
        let event = event.ok_or_else(|| PyValueError::new_err("this is no pickled event"))?;
        Ok(Payload::of_event(py, event, &body))
    })
}

fn to_python<'py>(py: Python<'py>, value: Value<'_>) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Bool(value) => value.into_pyobject(py)?.to_owned().into_any(),
        Value::Number(text) => plain::number(py, text)?,
        Value::String(text) => text.into_pyobject(py)?.into_any(),
        Value::Array(text) | Value::Object(text) => plain::plain(py, text)?,
        _ => py.None().into_bound(py),
    })
}
