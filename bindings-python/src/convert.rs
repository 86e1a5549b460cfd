//! Python arguments to what the core takes: bodies, headers, times, secrets and options.

use didit_core::webhook::{Headers, UnixSeconds};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMemoryView, PySequence, PyString, PyTuple,
};

/// The name of a value's type, for messages.
pub(crate) fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string())
}

/// Text of which nothing is known yet.
pub(crate) type Text<'py> = Bound<'py, PyString>;

/// Text for the core. Half of a surrogate pair becomes U+FFFD, as Node writes it: Python's own error would hold the
/// whole text, which may be an address with a person's data.
pub(crate) fn lossy(text: &Text<'_>) -> String {
    text.to_string_lossy().into_owned()
}

/// A request body: borrowed where nothing can change it, copied otherwise.
pub(crate) enum Body<'a, 'py> {
    Bytes(&'a Bound<'py, PyBytes>),
    Text(&'a str),
    Copied(Vec<u8>),
}

impl<'a, 'py> Body<'a, 'py> {
    pub(crate) fn of(value: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = value.cast::<PyBytes>() {
            return Ok(Self::Bytes(bytes));
        }
        if let Ok(text) = value.cast::<PyString>() {
            return Self::of_text(text);
        }
        if let Ok(view) = value.cast::<PyMemoryView>() {
            // Whatever the format of its items, its bytes are the body.
            return Ok(Self::Copied(view.call_method0(intern!(view.py(), "tobytes"))?.extract()?));
        }
        match PyBuffer::<u8>::get(value) {
            Ok(buffer) => buffer.to_vec(value.py()).map(Self::Copied),
            Err(_) => Err(PyTypeError::new_err(not_a_body(value))),
        }
    }

    fn of_text(text: &'a Bound<'py, PyString>) -> PyResult<Self> {
        if let Ok(text) = text.to_str() {
            return Ok(Self::Text(text));
        }
        // Surrogates, which UTF-8 does not have: their bytes are what the core refuses as invalid_utf8.
        let bytes = text.call_method1(intern!(text.py(), "encode"), ("utf-8", "surrogatepass"))?;
        Ok(Self::Copied(bytes.extract()?))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes.as_bytes(),
            Self::Text(text) => text.as_bytes(),
            Self::Copied(bytes) => bytes,
        }
    }

    /// A bytes object of `bytes`: the caller's own one if they are all of it.
    pub(crate) fn same_or_new(&self, py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyBytes> {
        match self {
            Self::Bytes(own) if own.is_exact_instance_of::<PyBytes>() && std::ptr::eq(own.as_bytes(), bytes) => {
                (*own).clone()
            }
            _ => PyBytes::new(py, bytes),
        }
    }
}

fn not_a_body(value: &Bound<'_, PyAny>) -> String {
    let name = type_name(value);
    let advice = match name.as_str() {
        "dict" | "list" => {
            "; pass its JSON text (to verify a body that a framework has parsed already, use Verifier.verify_parsed)"
        }
        "coroutine" => "; await it first",
        "Request" => "; pass its body (in FastAPI: await request.body())",
        _ => "",
    };
    format!("body must be bytes, bytearray, memoryview or str, not {name}{advice}")
}

/// Whether a value is the bytes of a body, which `verify_parsed` cannot use.
pub(crate) fn is_raw_body(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyBytes>() || is_buffer(value)
}

fn is_buffer(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyByteArray>() || value.is_instance_of::<PyMemoryView>()
}

/// The headers that count, from a mapping, a WSGI environ or pairs. Everything else is skipped untouched.
pub(crate) fn headers(source: &Bound<'_, PyAny>) -> PyResult<Headers> {
    let mut headers = Headers::new();
    each_header(source, Headers::is_relevant, &mut |name: &[u8], value: &[u8]| headers.push(name, value))?;
    Ok(headers)
}

/// Hands on the headers whose names are wanted.
pub(crate) fn each_header(
    source: &Bound<'_, PyAny>,
    wanted: impl Fn(&[u8]) -> bool + Copy,
    push: &mut impl FnMut(&[u8], &[u8]),
) -> PyResult<()> {
    let py = source.py();
    if let Ok(dict) = source.cast_exact::<PyDict>() {
        for (name, value) in dict.iter() {
            add_header(wanted, push, &name, &value)?;
        }
        return Ok(());
    }
    let wrong = |advice: &str| {
        let name = type_name(source);
        PyTypeError::new_err(format!("headers must be a mapping or pairs of names and values, not {name}{advice}"))
    };
    if source.is_instance_of::<PyString>() || source.is_instance_of::<PyBytes>() {
        return Err(wrong(""));
    }
    let pairs = if let Some(pairs) = starlette_pairs(source) {
        pairs
    } else if source.hasattr(intern!(py, "headers"))? {
        return Err(wrong("; pass request.headers"));
    } else {
        match source.getattr_opt(intern!(py, "items"))? {
            Some(items) => items.call0()?,
            None => source.clone(),
        }
    };
    for pair in pairs.try_iter().map_err(|_| wrong(""))? {
        let pair = pair?;
        let (name, value) = two_of(&pair).ok_or_else(|| wrong(" with something else in it"))?;
        add_header(wanted, push, &name, &value)?;
    }
    Ok(())
}

/// The pairs in Starlette's own headers, which hold bytes and decode every one of them for `items()`.
fn starlette_pairs<'py>(source: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let py = source.py();
    let module = source.get_type().getattr(intern!(py, "__module__")).ok()?;
    if module.cast::<PyString>().ok()?.to_str().ok()? != "starlette.datastructures" {
        return None;
    }
    source.getattr_opt(intern!(py, "raw")).ok().flatten()
}

fn two_of<'py>(pair: &Bound<'py, PyAny>) -> Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    if let Ok(pair) = pair.cast_exact::<PyTuple>() {
        return if pair.len() == 2 { Some((pair.get_item(0).ok()?, pair.get_item(1).ok()?)) } else { None };
    }
    let is_pair = pair.is_instance_of::<PyTuple>() || pair.is_instance_of::<PyList>();
    let pair = pair.cast::<PySequence>().ok().filter(|pair| is_pair && matches!(pair.len(), Ok(2)))?;
    Some((pair.get_item(0).ok()?, pair.get_item(1).ok()?))
}

fn add_header(
    wanted: impl Fn(&[u8]) -> bool,
    push: &mut impl FnMut(&[u8], &[u8]),
    name: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let Some(name) = text_or_bytes(name).filter(|name| wanted(name)) else {
        return Ok(());
    };
    if let Ok(values) = value.cast::<PyList>() {
        return values.iter().try_for_each(|value| add_value(push, name, &value));
    }
    if let Ok(values) = value.cast::<PyTuple>() {
        return values.iter().try_for_each(|value| add_value(push, name, &value));
    }
    add_value(push, name, value)
}

fn add_value(push: &mut impl FnMut(&[u8], &[u8]), name: &[u8], value: &Bound<'_, PyAny>) -> PyResult<()> {
    if value.is_none() {
        return Ok(());
    }
    match text_or_bytes(value) {
        Some(value) => push(name, value),
        // Text without a UTF-8 form can be no signature and no time: one byte says so to the core.
        None if value.is_instance_of::<PyString>() => push(name, b"\xff"),
        // A WSGI environ holds more than headers.
        None if !Headers::is_relevant(name) => {}
        None => {
            let (name, kind) = (String::from_utf8_lossy(name), type_name(value));
            return Err(PyTypeError::new_err(format!("header {name} must be str or bytes, not {kind}")));
        }
    }
    Ok(())
}

fn text_or_bytes<'a>(value: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    if let Ok(text) = value.cast::<PyString>() {
        return text.to_str().ok().map(str::as_bytes);
    }
    value.cast::<PyBytes>().ok().map(|bytes| bytes.as_bytes())
}

/// A point in time: Unix seconds or an aware datetime.
pub(crate) fn time(value: &Bound<'_, PyAny>, argument: &str) -> PyResult<UnixSeconds> {
    let py = value.py();
    let wrong = |reason: &str| PyTypeError::new_err(format!("{argument}: {reason}"));
    if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
        let seconds = value.extract::<i64>().map_err(|_| wrong("the number is too large for a time in seconds"))?;
        return UnixSeconds::new(seconds).map_err(|reason| wrong(&reason));
    }
    if let Ok(seconds) = value.cast::<PyFloat>() {
        return UnixSeconds::from_f64(seconds.value()).map_err(|reason| wrong(&reason));
    }
    // Only programs that use datetimes have loaded the module already.
    if !value.is_instance(&py.import(intern!(py, "datetime"))?.getattr(intern!(py, "datetime"))?)? {
        let kind = type_name(value);
        return Err(wrong(&format!("Unix seconds or an aware datetime is needed, not {kind}")));
    }
    if value.call_method0(intern!(py, "utcoffset"))?.is_none() {
        return Err(wrong("a datetime without a time zone does not say which moment it is; use an aware one"));
    }
    let seconds = value.call_method0(intern!(py, "timestamp"))?.extract::<f64>()?;
    UnixSeconds::from_f64(seconds).map_err(|reason| wrong(&reason))
}

/// A point in time whose unit the core has to guess: a number as it is, or an aware datetime.
pub(crate) fn any_time(value: &Bound<'_, PyAny>, argument: &str) -> PyResult<i64> {
    if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
        let wrong = |_| PyTypeError::new_err(format!("{argument}: the number is too large for a time"));
        return value.extract::<i64>().map_err(wrong);
    }
    match value.cast::<PyFloat>() {
        // The cast saturates, which leaves the number one that no clock shows.
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        Ok(number) if number.value().is_finite() => Ok(number.value().floor() as i64),
        _ => time(value, argument).map(UnixSeconds::get),
    }
}

/// The secrets as separate objects: one, or those of a sequence.
pub(crate) fn secrets<'py>(secrets: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    if secrets.is_none() || secrets.is_instance_of::<PyString>() || secrets.is_instance_of::<PyBytes>() {
        return Ok(vec![secrets.clone()]);
    }
    match secrets.cast::<PySequence>() {
        Ok(secrets) if !is_buffer(secrets) => secrets.try_iter()?.collect(),
        _ => Err(PyTypeError::new_err(format!(
            "secrets must be str, bytes or a sequence of them, not {}",
            type_name(secrets)
        ))),
    }
}

/// The bytes of one secret. None, as an unset environment variable gives it, counts as empty.
pub(crate) fn secret<'a>(secret: &'a Bound<'_, PyAny>) -> PyResult<&'a [u8]> {
    if secret.is_none() {
        return Ok(b"");
    }
    match text_or_bytes(secret) {
        Some(bytes) => Ok(bytes),
        // Python's own UnicodeEncodeError would carry the secret.
        None if secret.is_instance_of::<PyString>() => Err(PyValueError::new_err("a secret has no UTF-8 form")),
        None => Err(PyTypeError::new_err(format!("a secret must be str or bytes, not {}", type_name(secret)))),
    }
}

/// An option that names one of several choices.
pub(crate) fn choice<T>(argument: &str, value: &Bound<'_, PyAny>, parse: fn(&str) -> Result<T, String>) -> PyResult<T> {
    let Ok(name) = value.cast::<PyString>() else {
        return Err(PyTypeError::new_err(format!("{argument} must be str, not {}", type_name(value))));
    };
    let name = name.to_string_lossy();
    parse(&name).map_err(|reason| PyValueError::new_err(format!("{argument}: {reason}")))
}

/// An option that names any number of choices.
pub(crate) fn choices<T>(
    argument: &str,
    value: &Bound<'_, PyAny>,
    parse: fn(&str) -> Result<T, String>,
) -> PyResult<Vec<T>> {
    let sequence = value.cast::<PySequence>().ok().filter(|value| !value.is_instance_of::<PyString>());
    let Some(sequence) = sequence else {
        let kind = type_name(value);
        return Err(PyTypeError::new_err(format!("{argument} must be a sequence of str such as a tuple, not {kind}")));
    };
    sequence.try_iter()?.map(|name| choice(argument, &name?, parse)).collect()
}

/// An option that counts seconds or bytes.
pub(crate) fn count(argument: &str, value: &Bound<'_, PyAny>) -> PyResult<u64> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return Err(PyTypeError::new_err(format!("{argument} must be int, not {}", type_name(value))));
    }
    value.extract().map_err(|_| PyValueError::new_err(format!("{argument} must be between 0 and 2**64 - 1")))
}
