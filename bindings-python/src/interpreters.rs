//! One interpreter of a process can use the module.

use pyo3::{exceptions::PyImportError, prelude::*, sync::PyOnceLock};

/// Of the interpreter that was first. `sys` is never shared, so it tells interpreters apart.
static SYS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// The classes of the package are found once for the process. In a second interpreter, as servers make one for each
/// application that they hold, an error would be of the first one's class, and no `except` of the second would see it.
pub(crate) fn refuse_a_second(py: Python<'_>) -> PyResult<()> {
    let own = py.import("sys")?;
    if SYS.get_or_init(py, || own.clone().unbind()).is(&own) {
        return Ok(());
    }
    Err(PyImportError::new_err(
        "another interpreter of this process has loaded didit_client._native, which does not support subinterpreters beside it",
    ))
}
