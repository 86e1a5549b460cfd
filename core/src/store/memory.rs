//! Events in the memory of one process: for tests, and for nothing that has to survive a restart.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Attempt, Claim, Counts, Key, StoreError};

/// A store in memory. It measures time with the monotonic clock, which nobody sets.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Events>);

#[derive(Debug, Default)]
struct Events {
    by_key: HashMap<Key, Entry>,
    claims: u64,
}

#[derive(Debug)]
struct Entry {
    state: State,
    attempts: u32,
    changed: Instant,
}

#[derive(Debug, PartialEq)]
enum State {
    Claimed { token: String, until: Instant },
    Released,
    Done,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the right to do an event.
    pub fn claim(&self, key: &Key, lease: Duration) -> Attempt {
        let now = Instant::now();
        let mut events = self.lock();
        events.claims = events.claims.wrapping_add(1);
        let token = format!("{:032x}", events.claims);
        let attempts = match events.by_key.get(key) {
            None => 1,
            Some(Entry { state: State::Done, .. }) => return Attempt::Done,
            Some(Entry { state: State::Claimed { until, .. }, .. }) if *until > now => return Attempt::InFlight,
            Some(entry) => entry.attempts.saturating_add(1),
        };
        let state = State::Claimed { token: token.clone(), until: later(now, lease) };
        events.by_key.insert(key.clone(), Entry { state, attempts, changed: now });
        Attempt::New(Claim { token, attempts })
    }

    /// Makes the lease begin anew; false if it was lost.
    pub fn renew(&self, key: &Key, token: &str, lease: Duration) -> bool {
        self.change(key, token, |now| State::Claimed { token: token.to_owned(), until: later(now, lease) })
    }

    /// Records that the event is done.
    ///
    /// # Errors
    ///
    /// [`StoreError::ClaimLost`]
    pub fn complete(&self, key: &Key, token: &str) -> Result<(), StoreError> {
        if self.change(key, token, |_| State::Done) { Ok(()) } else { Err(StoreError::ClaimLost) }
    }

    /// Gives the event back, so that the next delivery is done at once; false if the claim was lost.
    pub fn release(&self, key: &Key, token: &str) -> bool {
        self.change(key, token, |_| State::Released)
    }

    /// Forgets what has not changed for so long, and says how many that were. What is being done stays.
    pub fn purge(&self, retention: Duration) -> u64 {
        let now = Instant::now();
        let mut events = self.lock();
        let before = events.by_key.len();
        events.by_key.retain(|_, entry| {
            let running = matches!(entry.state, State::Claimed { until, .. } if until > now);
            running || now.duration_since(entry.changed) < retention
        });
        u64::try_from(before.saturating_sub(events.by_key.len())).unwrap_or(u64::MAX)
    }

    /// Whether the event is done.
    pub fn is_done(&self, key: &Key) -> bool {
        self.lock().by_key.get(key).is_some_and(|entry| entry.state == State::Done)
    }

    /// How many events are in which state.
    pub fn counts(&self) -> Counts {
        let now = Instant::now();
        let mut counts = Counts::default();
        for entry in self.lock().by_key.values() {
            match &entry.state {
                State::Claimed { until, .. } if *until > now => counts.in_flight += 1,
                State::Claimed { .. } => counts.expired += 1,
                State::Released => counts.released += 1,
                State::Done => counts.done += 1,
            }
        }
        counts
    }

    /// A token holds until somebody else takes the event, also a little beyond its lease.
    fn change(&self, key: &Key, token: &str, state: impl FnOnce(Instant) -> State) -> bool {
        let now = Instant::now();
        match self.lock().by_key.get_mut(key) {
            Some(entry) if matches!(&entry.state, State::Claimed { token: held, .. } if held == token) => {
                entry.state = state(now);
                entry.changed = now;
                true
            }
            _ => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Events> {
        // Every change is one assignment, so no panic can leave half of one behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn later(now: Instant, by: Duration) -> Instant {
    now.checked_add(by).unwrap_or(now)
}
