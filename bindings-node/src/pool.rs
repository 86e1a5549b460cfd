//! Threads of our own for calls that wait on the network.
//!
//! libuv's four threads also read files and resolve names for the host program: a call that waits there would make
//! all of that wait. These threads are made on demand, at most [`MAX_THREADS`], and end when they have had nothing to
//! do for a while. They keep neither the event loop nor the process alive; a pending call does.
//!
//! To wake a thread costs more than all that a call does in this package. So a job is laid before one thread, which
//! nothing else disturbs on its way to it: the one that came to rest last, whose memory is still in the caches. The
//! others grow old and end.
//!
//! To make a thread takes the loop's time, too. Of many calls that come at once the loop makes a thread for the first
//! only, or for a few, and each of these makes the next while more jobs wait.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

/// More calls than this wait for a thread to become free.
const MAX_THREADS: usize = 256;

/// How long a thread waits for more work before it ends.
const IDLE: Duration = Duration::from_secs(5);

/// TLS and JSON need far less; the memory is only reserved, not used.
const STACK: usize = 1024 * 1024;

/// Told `false` where there is no thread to run it: it then does nothing but say so, on the thread that asked. What it
/// returns reports its end, and is called when the thread can be given the next job.
pub(crate) type Job = Box<dyn FnOnce(bool) -> Report + Send>;

pub(crate) type Report = Box<dyn FnOnce()>;

struct State {
    queue: VecDeque<Job>,
    /// Who has nothing to do, the last to come last.
    idle: Vec<Arc<Seat>>,
    threads: usize,
    /// Whether one of them has not looked for a job yet.
    is_starting: bool,
}

/// Where a thread waits for its next job.
#[derive(Default)]
struct Seat {
    job: Mutex<Option<Job>>,
    given: Condvar,
}

static STATE: Mutex<State> =
    Mutex::new(State { queue: VecDeque::new(), idle: Vec::new(), threads: 0, is_starting: false });

/// No job runs while a lock is held, so what it guards is whole even if a thread died.
fn whole<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a job on one of the threads.
pub(crate) fn run(job: Job) {
    let mut state = whole(&STATE);
    if let Some(seat) = state.idle.pop() {
        drop(state);
        seat.give(job);
    } else if let Some(job) = enqueue(state, job) {
        job(false)();
    }
}

/// Lets a job wait for one of the threads, all of which are busy, or for a new one. Gives it back if there is no
/// thread and none can be made. The lock is that under which nobody was idle: whoever comes to rest looks here.
fn enqueue(mut state: MutexGuard<'_, State>, job: Job) -> Option<Job> {
    state.queue.push_back(job);
    state.start();
    // Where the machine gives no more threads, one of ours will get to it.
    if state.threads == 0 { state.queue.pop_back() } else { None }
}

impl State {
    /// Makes a thread for the jobs that wait, unless one is on its way to them, which makes the next.
    fn start(&mut self) {
        if self.threads < MAX_THREADS
            && !self.is_starting
            && !self.queue.is_empty()
            && Builder::new().name("didit-client".to_owned()).stack_size(STACK).spawn(work).is_ok()
        {
            self.threads += 1;
            self.is_starting = true;
        }
    }
}

/// How many threads there are.
pub(crate) fn threads() -> usize {
    whole(&STATE).threads
}

fn work() {
    let seat = Arc::default();
    let mut report: Option<Report> = None;
    let mut is_new = true;
    while let Some(job) = next(&seat, report.take(), std::mem::take(&mut is_new)) {
        // A job reports its own panic; this guard keeps the count of threads right whatever happens.
        report = catch_unwind(AssertUnwindSafe(|| job(true))).ok();
    }
}

/// The next job, or nothing when this thread shall end. Reports the last one when this thread is free again, so that
/// a program that makes one call after the other needs one thread.
fn next(seat: &Arc<Seat>, report: Option<Report>, is_new: bool) -> Option<Job> {
    let waiting = {
        let mut state = whole(&STATE);
        let waiting = state.queue.pop_front();
        if is_new {
            state.is_starting = false;
            state.start();
        }
        if waiting.is_none() {
            state.idle.push(Arc::clone(seat));
        }
        waiting
    };
    if let Some(report) = report {
        drop(catch_unwind(AssertUnwindSafe(report)));
    }
    waiting.or_else(|| seat.take())
}

impl Seat {
    /// The lock is free again before the thread is woken, which would only run into it.
    fn give(&self, job: Job) {
        *whole(&self.job) = Some(job);
        self.given.notify_one();
    }

    /// Waits for a job; for none if this thread shall end.
    fn take(&self) -> Option<Job> {
        let until = Instant::now() + IDLE;
        let mut place = whole(&self.job);
        loop {
            if let Some(job) = place.take() {
                return Some(job);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(place);
                if self.leave() {
                    return None;
                }
                // Somebody has taken this seat from the list and is about to give it a job.
                place = whole(&self.job);
                while place.is_none() {
                    place = self.given.wait(place).unwrap_or_else(PoisonError::into_inner);
                }
                continue;
            }
            place = self.given.wait_timeout(place, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether the thread can end, which is then no longer counted.
    fn leave(&self) -> bool {
        let mut state = whole(&STATE);
        let place = state.idle.iter().position(|seat| std::ptr::eq(&raw const **seat, self));
        if let Some(place) = place {
            state.idle.remove(place);
            state.threads -= 1;
        }
        place.is_some()
    }
}
