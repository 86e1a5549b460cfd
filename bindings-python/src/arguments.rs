//! The arguments of a call: from plain Python data where they are simple, else from JSON text.

use std::borrow::Cow;

use didit_core::Error;
use didit_core::api;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyBool, PyDict, PyInt, PyString};

use crate::guard::guard;

/// Beyond it a whole number can be another one for whoever reads JSON; the reader of JSON text says so.
const LARGEST: i64 = 1 << 53;

/// The arguments of a call that need not be read any more.
#[pyclass(frozen, module = "didit_client._native")]
pub(crate) struct Arguments(pub(crate) api::Arguments);

/// The arguments of a call, read already or as JSON.
#[derive(FromPyObject)]
pub(crate) enum Given<'py> {
    Read(Bound<'py, Arguments>),
    Text(PyBackedStr),
}

impl Given<'_> {
    pub(crate) fn read(&self) -> Result<Cow<'_, api::Arguments>, Error> {
        match self {
            Self::Read(read) => Ok(Cow::Borrowed(&read.get().0)),
            Self::Text(text) => api::Arguments::from_json(text).map(Cow::Owned),
        }
    }
}

/// The parameters of a call that are nothing but text, small whole numbers, booleans and None, as most are; None where
/// one is anything else, and the way by JSON text has to decide what becomes of it. Those that are `unset` are left out.
#[pyfunction]
#[pyo3(signature = (params, unset, /))]
pub(crate) fn simple_arguments(
    py: Python<'_>,
    params: &Bound<'_, PyAny>,
    unset: &Bound<'_, PyAny>,
) -> PyResult<Option<Arguments>> {
    guard(py, || {
        let mut read = api::Arguments::new();
        for (name, value) in params.cast::<PyDict>()? {
            if value.is(unset) {
                continue;
            }
            match text(&name).and_then(|name| with_simple(read, name, &value)) {
                Some(longer) => read = longer,
                None => return Ok(None),
            }
        }
        Ok(Some(Arguments(read)))
    })
}

/// Only values of exactly these types: a subclass may want to be written in another way.
fn with_simple(read: api::Arguments, name: &str, value: &Bound<'_, PyAny>) -> Option<api::Arguments> {
    if value.is_none() {
        return Some(read.with(name, ()));
    }
    if let Some(text) = text(value) {
        return Some(read.with(name, text));
    }
    if let Ok(flag) = value.cast_exact::<PyBool>() {
        return Some(read.with(name, flag.is_true()));
    }
    let number: i64 = value.cast_exact::<PyInt>().ok()?.extract().ok()?;
    (-LARGEST..=LARGEST).contains(&number).then(|| read.with(name, number))
}

/// Text without halves of surrogate pairs, which are refused by the argument's name where JSON text is read.
fn text<'a>(value: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    value.cast_exact::<PyString>().ok()?.to_str().ok()
}
