//! JSON text that the core has checked as plain Python data, however deep it is.

use std::borrow::Cow;

use didit_core::webhook::{Token, Tokens};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList, PyString};

/// A container whose end has not come yet.
enum Open<'py> {
    /// The name is that of the member whose value comes next.
    Object(Bound<'py, PyDict>, Option<Bound<'py, PyString>>),
    Array(Bound<'py, PyList>),
}

/// What `json.loads` makes of a valid JSON text.
pub(crate) fn plain<'py>(py: Python<'py>, json: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let mut names = Names((0..Names::PLACES).map(|_| None).collect());
    let mut open: Vec<Open<'py>> = Vec::new();
    for token in Tokens::new(json) {
        let value = match token {
            Token::Object => {
                open.push(Open::Object(PyDict::new(py), None));
                continue;
            }
            Token::Array => {
                open.push(Open::Array(PyList::empty(py)));
                continue;
            }
            Token::End => match open.pop() {
                Some(Open::Object(object, _)) => object.into_any(),
                Some(Open::Array(array)) => array.into_any(),
                None => break,
            },
            Token::String(text) => {
                if let Some(Open::Object(_, name @ None)) = open.last_mut() {
                    *name = Some(names.get(py, text));
                    continue;
                }
                PyString::new(py, &text).into_any()
            }
            Token::Number(text) => number(py, text)?,
            Token::Bool(value) => value.into_pyobject(py)?.to_owned().into_any(),
            Token::Null => py.None().into_bound(py),
        };
        match open.last_mut() {
            Some(Open::Object(object, name)) => object.set_item(name.take(), value)?,
            Some(Open::Array(array)) => array.append(value)?,
            None => return Ok(value),
        }
    }
    Ok(py.None().into_bound(py))
}

/// What `json.loads` makes of a number.
pub(crate) fn number<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    if text.contains(['.', 'e', 'E']) {
        // Both languages round correctly, so this is Python's own double.
        return Ok(match text.parse::<f64>() {
            Ok(value) => PyFloat::new(py, value).into_any(),
            Err(_) => py.get_type::<PyFloat>().call1((text,))?,
        });
    }
    match text.parse::<i64>() {
        Ok(value) => Ok(value.into_pyobject(py)?.into_any()),
        Err(_) => py.get_type::<PyInt>().call1((text,)),
    }
}

/// The names that came last, each in a place that its text chooses: most names come again and again, and an object
/// that exists already has its hash as well.
struct Names<'json, 'py>(Vec<Option<(&'json str, Bound<'py, PyString>)>>);

impl<'json, 'py> Names<'json, 'py> {
    const PLACES: usize = 128;

    fn get(&mut self, py: Python<'py>, name: Cow<'json, str>) -> Bound<'py, PyString> {
        let Cow::Borrowed(name) = name else { return PyString::new(py, &name) };
        let Some(place) = self.0.get_mut(place(name) % Self::PLACES) else { return PyString::new(py, name) };
        match place {
            Some((known, object)) if *known == name => object.clone(),
            _ => {
                let object = PyString::new(py, name);
                *place = Some((name, object.clone()));
                object
            }
        }
    }
}

/// A number that differs for most names of one document: their lengths, beginnings and ends do.
fn place(name: &str) -> usize {
    let name = name.as_bytes();
    let number = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes)) as usize;
    let (first, last) = (number(name.first_chunk()), number(name.last_chunk()));
    let mixed = (first ^ last.rotate_left(13)).wrapping_add(name.len()).wrapping_mul(0x9e37_79b1);
    mixed >> 16
}
