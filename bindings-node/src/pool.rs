//! Threads of our own for calls that wait on the network.
//!
//! libuv's four threads also read files and resolve names for the host program: a call that waits there would make
//! all of that wait. These threads are made on demand, at most [`MAX_THREADS`], and end when they have had nothing to
//! do for a while. They keep neither the event loop nor the process alive; a pending promise does.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// More calls than this wait for a thread to become free.
const MAX_THREADS: usize = 256;

/// How long a thread waits for more work before it ends.
const IDLE: Duration = Duration::from_secs(5);

/// TLS and JSON need far less; the memory is only reserved, not used.
const STACK: usize = 1024 * 1024;

/// Told `false` where there is no thread to run it: it then only reports that, on the thread that asked.
type Job = Box<dyn FnOnce(bool) + Send>;

struct State {
    queue: VecDeque<Job>,
    idle: usize,
    threads: usize,
}

static STATE: Mutex<State> = Mutex::new(State { queue: VecDeque::new(), idle: 0, threads: 0 });
static WORK: Condvar = Condvar::new();

/// No job runs while the lock is held, so the state is whole even if a thread died.
fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a job on one of the threads.
pub(crate) fn run(job: Job) {
    let refused = enqueue(job);
    if let Some(job) = refused {
        job(false);
    }
}

/// Gives the job back if there is no thread and none can be made.
fn enqueue(job: Job) -> Option<Job> {
    let mut state = state();
    state.queue.push_back(job);
    if state.idle >= state.queue.len() || state.threads >= MAX_THREADS {
        WORK.notify_one();
        return None;
    }
    match Builder::new().name("didit-client".to_owned()).stack_size(STACK).spawn(work) {
        Ok(_) => {
            state.threads += 1;
            None
        }
        // The machine gives no more threads; one of ours will get to it.
        Err(_) if state.threads > 0 => None,
        Err(_) => state.queue.pop_back(),
    }
}

/// How many threads there are.
pub(crate) fn threads() -> usize {
    state().threads
}

fn work() {
    while let Some(job) = next() {
        // A job reports its own panic; this guard keeps the count of threads right whatever happens.
        drop(catch_unwind(AssertUnwindSafe(|| job(true))));
    }
}

/// The next job, or nothing when this thread shall end.
fn next() -> Option<Job> {
    let mut state = state();
    loop {
        if let Some(job) = state.queue.pop_front() {
            return Some(job);
        }
        state.idle += 1;
        let (woken, waited) = WORK.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
        state = woken;
        state.idle -= 1;
        if waited.timed_out() && state.queue.is_empty() {
            state.threads -= 1;
            return None;
        }
    }
}
