//! Releasing the GIL for large bodies, so that other threads run meanwhile.

use pyo3::prelude::*;

/// Below this many bytes the work is done before another thread could take over: releasing the GIL next
/// to a busy thread costs a switch of some milliseconds, the MAC of so many bytes some 0.1.
const THRESHOLD: usize = 64 * 1024;

/// Runs `work`, which touches no Python object, without the GIL if it has `size` bytes to go through.
pub(crate) fn detached<T: Send>(py: Python<'_>, size: usize, work: impl Send + FnOnce() -> T) -> T {
    if size < THRESHOLD { work() } else { py.detach(work) }
}
