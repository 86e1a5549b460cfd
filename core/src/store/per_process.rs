//! A value of which each process has its own, also after a fork.
//!
//! A forked child has a copy of its parent's memory, and only one of its threads. What another thread of the parent had
//! locked at that moment stays locked in the child for ever, so a child must not wait for any lock it has inherited.
//! Here each process takes a place of its own, by an atomic exchange.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use super::process::Process;

/// How many ancestors may have used the value, and have been forked in the middle of a call.
const PLACES: usize = 16;

/// The mark of a place that nobody has taken.
const NOBODY: u64 = 0;

/// A value for each process, made when it is first locked there.
#[derive(Debug)]
pub(super) struct PerProcess<T> {
    places: [Place<T>; PLACES],
}

#[derive(Debug)]
struct Place<T> {
    /// A [`Process`] as a number.
    process: AtomicU64,
    value: Mutex<Option<T>>,
}

/// Why there is no value now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Locked {
    /// Another thread has it.
    ByThread,
    /// Every place belonged to an ancestor that was forked in the middle of a call.
    ForEver,
}

impl<T> PerProcess<T> {
    pub(super) fn new() -> Self {
        Self { places: std::array::from_fn(|_| Place { process: AtomicU64::new(NOBODY), value: Mutex::new(None) }) }
    }

    /// Locks this process's value; without `wait` it does not wait for another thread.
    pub(super) fn lock(&self, wait: bool) -> Result<MutexGuard<'_, Option<T>>, Locked> {
        self.lock_as(Process::this(), wait)
    }

    fn lock_as(&self, process: Process, wait: bool) -> Result<MutexGuard<'_, Option<T>>, Locked> {
        let place = self.place(process).ok_or(Locked::ForEver)?;
        if wait {
            return Ok(place.value.lock().unwrap_or_else(PoisonError::into_inner));
        }
        match place.value.try_lock() {
            Ok(value) => Ok(value),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(Locked::ByThread),
        }
    }

    fn place(&self, process: Process) -> Option<&Place<T>> {
        let own = || self.places.iter().find(|place| process.is(place.process.load(Ordering::Acquire)));
        loop {
            if let Some(own) = own() {
                return Some(own);
            }
            // Two threads may both find none and take one each; then the first in the order is the process's own, and
            // the other is given back.
            let free =
                self.places.iter().find(|place| take(place, NOBODY, process)).or_else(|| self.inherit(process))?;
            let first = own()?;
            if std::ptr::eq(first, free) {
                return Some(free);
            }
            free.process.store(NOBODY, Ordering::Release);
        }
    }

    /// Takes the place of an ancestor that was forked while none of its threads used it.
    fn inherit(&self, process: Process) -> Option<&Place<T>> {
        self.places.iter().find(|place| {
            let ancestor = place.process.load(Ordering::Acquire);
            let Ok(mut value) = place.value.try_lock() else { return false };
            let taken = take(place, ancestor, process);
            if taken {
                forget(&mut value);
            }
            taken
        })
    }
}

/// What belongs to an ancestor is left as it is: closing it here would meddle with its files.
impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let this = Process::this();
        for place in &mut self.places {
            if !this.is(*place.process.get_mut()) {
                forget(place.value.get_mut().unwrap_or_else(PoisonError::into_inner));
            }
        }
    }
}

fn take<T>(place: &Place<T>, from: u64, to: Process) -> bool {
    place.process.compare_exchange(from, to.number(), Ordering::AcqRel, Ordering::Acquire).is_ok()
}

fn forget<T>(value: &mut Option<T>) {
    std::mem::forget(value.take());
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: Process = process(100);

    const fn process(id: u32) -> Process {
        Process::new(id, 7000)
    }

    #[test]
    fn a_child_does_not_wait_for_what_its_parent_has_locked() {
        let values = PerProcess::new();
        let mut held = values.lock_as(PARENT, true).unwrap();
        *held = Some("the parent's");
        assert!(matches!(values.lock_as(PARENT, false), Err(Locked::ByThread)));
        // As after a fork in which the thread that holds the lock was lost.
        let mut own = values.lock_as(process(101), true).unwrap();
        assert_eq!(own.replace("the child's"), None);
        drop(own);
        assert_eq!(*values.lock_as(process(101), false).unwrap(), Some("the child's"));
        assert_eq!(*held, Some("the parent's"));
    }

    #[test]
    fn a_process_with_the_number_of_a_dead_ancestor_has_a_place_of_its_own() {
        let values = PerProcess::new();
        let mut held = values.lock_as(PARENT, true).unwrap();
        *held = Some("the dead ancestor's");
        let mut own = values.lock_as(Process::new(100, 9000), true).unwrap();
        assert_eq!(own.replace("the descendant's"), None);
        drop(own);
        assert_eq!(*values.lock_as(Process::new(100, 9000), false).unwrap(), Some("the descendant's"));
        // Also where nothing of the ancestor's was locked, and it has no place but that.
        let values = PerProcess::new();
        *values.lock_as(PARENT, true).unwrap() = Some("the dead ancestor's");
        let taken: Vec<_> = (200..).take(PLACES - 1).map(|id| values.lock_as(process(id), true).unwrap()).collect();
        assert_eq!(*values.lock_as(Process::new(100, 9000), true).unwrap(), None);
        drop(taken);
    }

    #[test]
    fn generations_take_over_the_places_that_are_free() {
        let values = PerProcess::new();
        for id in 100..200 {
            let mut own = values.lock_as(process(id), true).unwrap();
            assert_eq!(own.replace(id), None, "what a process finds is its own");
        }
    }

    #[test]
    fn places_that_are_locked_for_ever_are_told() {
        let values = PerProcess::<u8>::new();
        let held: Vec<_> = (100..).take(PLACES).map(|id| values.lock_as(process(id), true).unwrap()).collect();
        assert!(matches!(values.lock_as(process(1), true), Err(Locked::ForEver)));
        drop(held);
        assert!(values.lock_as(process(1), false).is_ok());
    }

    #[test]
    fn threads_of_one_process_share_a_value() {
        for _ in 0..100 {
            let values = PerProcess::new();
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| *values.lock(true).unwrap().get_or_insert(0) += 1);
                }
            });
            assert_eq!(*values.lock(true).unwrap(), Some(4));
        }
    }
}
