//! Calls that are under way: counted, so that the end of the program can end them first.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::guard::guard;

/// How many calls are under way in this process.
static PENDING: AtomicUsize = AtomicUsize::new(0);
/// Raised once to end all calls that began before.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Longer than a call needs to notice that it should end, and short for somebody who waits for a prompt.
const PATIENCE: Duration = Duration::from_secs(2);

/// A call that is under way.
pub(crate) struct Pending {
    generation: u64,
}

impl Pending {
    pub(crate) fn begin() -> Self {
        PENDING.fetch_add(1, Ordering::AcqRel);
        Self { generation: GENERATION.load(Ordering::Acquire) }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The call is over. Where the interpreter is ending too, its thread stays here: it is a daemon, and what it did
    /// next, be it printing that the call was cancelled, would meet an interpreter that is half gone.
    pub(crate) fn end(self) {
        let ending = is_over(self.generation);
        drop(self);
        if ending {
            loop {
                std::thread::park();
            }
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // A forked process starts to count anew, also inside a call of the thread that forked.
        let _ = PENDING.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| count.checked_sub(1));
    }
}

/// Whether the calls of a generation have to end.
pub(crate) fn is_over(generation: u64) -> bool {
    GENERATION.load(Ordering::Acquire) != generation
}

/// Ends all calls, and waits until their threads have left this module. For the end of the interpreter.
#[pyfunction]
pub(crate) fn end_calls(py: Python<'_>) -> PyResult<()> {
    guard(py, || {
        GENERATION.fetch_add(1, Ordering::AcqRel);
        let patience = Instant::now() + PATIENCE;
        py.detach(|| {
            while PENDING.load(Ordering::Acquire) > 0 && Instant::now() < patience {
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        Ok(())
    })
}

/// Forgets the calls of the process that forked this one: their threads are not here.
#[pyfunction]
pub(crate) fn forget_calls(py: Python<'_>) -> PyResult<()> {
    guard(py, || {
        PENDING.store(0, Ordering::Release);
        Ok(())
    })
}
