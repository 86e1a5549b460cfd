//! A plain tree to JSON text, for the core to canonicalise and judge.
//!
//! The walk does not recurse, and it ends once the text or the nesting is more than the core accepts; so
//! a tree that refers to itself, or to one part a thousand times over, ends like any other.

use std::borrow::Cow;
use std::io::Write;

use didit_core::canonical::{MAX_DEPTH, MAX_INTEGER_DIGITS};
use didit_core::webhook::{PathStep, unsupported_value};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::iter::BoundDictIterator;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};

use crate::convert::type_name;
use crate::error::raised;

/// The JSON text of `payload`, cut off behind what is too much for the core.
pub(crate) fn json_text(payload: &Bound<'_, PyAny>, max_body: usize) -> PyResult<Vec<u8>> {
    let mut text = Vec::new();
    let mut open = Vec::new();
    let mut value = Some(payload.clone());
    loop {
        if let Some(value) = value.take() {
            if let Some(container) = Open::of(&value) {
                text.push(container.brackets().0);
                open.push(container);
            } else if !write_scalar(&value, &mut text)? {
                return Err(unsupported(&open, &type_name(&value)));
            }
        }
        if text.len() > max_body || open.len() > MAX_DEPTH {
            return Ok(text);
        }
        let Some(container) = open.last_mut() else { return Ok(text) };
        match container.step(&mut text) {
            Step::Value(next) => value = Some(next),
            Step::End(bracket) => {
                text.push(bracket);
                open.pop();
            }
            Step::NoName(kind) => {
                open.pop();
                return Err(unsupported(&open, &format!("dict with a key of type {kind}")));
            }
        }
    }
}

/// A container that is being written.
enum Open<'py> {
    Object { members: BoundDictIterator<'py>, name: Option<Bound<'py, PyString>> },
    Array { items: Bound<'py, PyList>, next: usize },
}

/// What comes next in a container.
enum Step<'py> {
    Value(Bound<'py, PyAny>),
    /// The closing bracket.
    End(u8),
    /// A key that is no string, but of this type.
    NoName(String),
}

impl<'py> Open<'py> {
    fn of(value: &Bound<'py, PyAny>) -> Option<Self> {
        if let Ok(dict) = value.cast_exact::<PyDict>() {
            return Some(Self::Object { members: dict.iter(), name: None });
        }
        let items = value.cast_exact::<PyList>().ok()?.clone();
        Some(Self::Array { items, next: 0 })
    }

    fn brackets(&self) -> (u8, u8) {
        match self {
            Self::Object { .. } => (b'{', b'}'),
            Self::Array { .. } => (b'[', b']'),
        }
    }

    /// Writes what stands before the next value.
    fn step(&mut self, text: &mut Vec<u8>) -> Step<'py> {
        let closing = self.brackets().1;
        match self {
            Self::Object { members, name } => {
                let Some((key, value)) = members.next() else { return Step::End(closing) };
                let Ok(key) = key.cast_exact::<PyString>() else { return Step::NoName(type_name(&key)) };
                if name.is_some() {
                    text.push(b',');
                }
                write_string(key, text);
                text.push(b':');
                *name = Some(key.clone());
                Step::Value(value)
            }
            Self::Array { items, next } => {
                let Ok(item) = items.get_item(*next) else { return Step::End(closing) };
                if *next > 0 {
                    text.push(b',');
                }
                *next += 1;
                Step::Value(item)
            }
        }
    }
}

/// Writes a scalar; `false` if the value is none that JSON has.
fn write_scalar(value: &Bound<'_, PyAny>, text: &mut Vec<u8>) -> PyResult<bool> {
    if let Ok(string) = value.cast_exact::<PyString>() {
        write_string(string, text);
    } else if let Ok(integer) = value.cast_exact::<PyInt>() {
        write_integer(integer, text)?;
    } else if let Ok(float) = value.cast_exact::<PyFloat>() {
        write_float(float.value(), text);
    } else if let Ok(boolean) = value.cast_exact::<PyBool>() {
        text.extend_from_slice(if boolean.is_true() { b"true" } else { b"false" });
    } else if value.is_none() {
        text.extend_from_slice(b"null");
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn write_string(string: &Bound<'_, PyString>, text: &mut Vec<u8>) {
    // Text without a UTF-8 form holds a surrogate; one such escape says that to the core.
    let Ok(string) = string.to_str() else { return text.extend_from_slice(br#""\ud800""#) };
    text.push(b'"');
    for piece in string.as_bytes().split_inclusive(|&byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        match piece.split_last() {
            Some((&last @ (b'"' | b'\\'), plain)) => {
                text.extend_from_slice(plain);
                text.extend_from_slice(&[b'\\', last]);
            }
            Some((&last @ ..b' ', plain)) => {
                text.extend_from_slice(plain);
                // As short as in the canonical form, because the length of this text is limited too.
                match last {
                    b'\x08' => text.extend_from_slice(b"\\b"),
                    b'\t' => text.extend_from_slice(b"\\t"),
                    b'\n' => text.extend_from_slice(b"\\n"),
                    b'\x0c' => text.extend_from_slice(b"\\f"),
                    b'\r' => text.extend_from_slice(b"\\r"),
                    _ => text.extend_from_slice(format!("\\u{last:04x}").as_bytes()),
                }
            }
            _ => text.extend_from_slice(piece),
        }
    }
    text.push(b'"');
}

fn write_integer(integer: &Bound<'_, PyInt>, text: &mut Vec<u8>) -> PyResult<()> {
    if let Ok(small) = integer.extract::<i64>() {
        return Ok(write!(text, "{small}")?);
    }
    // Python writes an integer in quadratic time, and no more digits than its limit, which a program may
    // have changed. From this many bits on, the core refuses every integer.
    let py = integer.py();
    let bits: usize = integer.call_method0(intern!(py, "bit_length"))?.extract()?;
    let digits = if bits > MAX_INTEGER_DIGITS * 10 / 3 { None } else { integer.str().ok() };
    match digits {
        Some(digits) => text.extend_from_slice(digits.to_str()?.as_bytes()),
        None => text.extend(std::iter::repeat_n(b'9', MAX_INTEGER_DIGITS + 1)),
    }
    Ok(())
}

/// A double stays a double in the text, so that the core can tell which numbers a parser may have rounded.
fn write_float(float: f64, text: &mut Vec<u8>) {
    let literal = match float {
        f64::INFINITY => Cow::Borrowed("1e999"),
        f64::NEG_INFINITY => Cow::Borrowed("-1e999"),
        // `Debug` keeps the point or the exponent of a whole number; NaN is a syntax error in JSON.
        _ => Cow::Owned(format!("{float:?}")),
    };
    text.extend_from_slice(literal.as_bytes());
}

fn unsupported(open: &[Open<'_>], kind: &str) -> PyErr {
    let names: Vec<Cow<'_, str>> = open
        .iter()
        .map(|container| match container {
            Open::Object { name: Some(name), .. } => name.to_string_lossy(),
            _ => Cow::Borrowed(""),
        })
        .collect();
    let steps: Vec<PathStep<'_>> = open
        .iter()
        .zip(&names)
        .map(|(container, name)| match container {
            Open::Object { .. } => PathStep::Name(name),
            // `next` is behind the item that is being written.
            Open::Array { next, .. } => PathStep::Index(next.saturating_sub(1)),
        })
        .collect();
    raised(&unsupported_value(&steps, kind))
}
