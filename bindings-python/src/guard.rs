//! A panic never reaches Python: it would come as a `BaseException` that `except Exception` misses.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

use didit_core::{Code, Error};
use pyo3::prelude::*;

use crate::error;

thread_local! {
    /// Where this thread panicked last.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs an entry point of the module; a panic in it becomes `InternalError`.
pub(crate) fn guard<T>(py: Python<'_>, entry: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    // Nothing outlives a call but immutable objects, so no broken state can be seen afterwards.
    panic::catch_unwind(AssertUnwindSafe(entry)).unwrap_or_else(|_| {
        let fault = error::raised(&Error::new(Code::Internal));
        if let Some(place) = PLACE.take() {
            fault.add_note(py, place)?;
        }
        Err(fault)
    })
}

/// Notes the place of a panic instead of printing its message, which may hold a piece of the body.
pub(crate) fn keep_panics_quiet() {
    // The extension module has a standard library of its own, so the hook is of no other's concern.
    panic::set_hook(Box::new(|panic| {
        PLACE.set(panic.location().map(|place| format!("in {}, line {}", place.file(), place.line())));
    }));
}

/// Panics, so that the tests can see what becomes of it.
#[pyfunction]
pub(crate) fn _panic(py: Python<'_>) -> PyResult<()> {
    guard(py, || panic!("on purpose"))
}
