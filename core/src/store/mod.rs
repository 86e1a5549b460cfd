//! Was this event done already?
//!
//! Didit repeats an `event_id`: in its retries, for every destination, and when somebody resends a delivery.
//! A store remembers the events, and lets one worker at a time do each. `docs/idempotency.md` has the rules:
//!
//! * [`Key`]: a namespace and an event, and what stands in for a missing `event_id`
//! * [`Claim`] and [`Attempt`]: the states of an event, and what a worker is told
//! * [`MemoryStore`], and `SqliteStore` behind the feature `sqlite`: the stores that are compiled in
//! * [`statements`]: the SQL of the one table, for stores that use the application's own connection
//! * [`SCRIPTS`]: the Lua of the one key, for stores that use the application's own Redis client
//!
//! ```text
//!                claim                      complete
//!   (no row) ------------> claimed(lease) ------------> done
//!                            |  ^    ^ |
//!                    release |  |    | | the lease ends: the worker is dead
//!                            v  |    +-+
//!                        released -> claim
//! ```
//!
//! A claim is a lease. Its token proves who holds it: whoever lost the lease can neither complete nor release.

mod error;
mod key;
mod limits;
mod lua;
mod memory;
#[cfg(feature = "sqlite")]
mod per_process;
#[cfg(feature = "sqlite")]
mod process;
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use error::StoreError;
pub use key::{Key, event_key};
pub use limits::{
    DEFAULT_LEASE_MS, DEFAULT_RETENTION_SECONDS, FIRST_RETRY_MS, check_lease, check_retention, check_table,
};
pub use lua::SCRIPTS;
pub use memory::MemoryStore;
pub use sql::{Dialect, Placeholders, Statement, statements};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

/// The right to do an event, until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Proves who holds the claim.
    pub token: String,
    /// How many workers have claimed the event, this one included: more than 1 after a failure or a dead worker.
    pub attempts: u32,
}

/// What a worker that wants to do an event is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// Do it: nobody has, and nobody is.
    New(Claim),
    /// Another worker is doing it.
    InFlight,
    /// It is done.
    Done,
}

impl Attempt {
    /// The name of the answer, the same in all languages.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::New(_) => "new",
            Self::InFlight => "in_flight",
            Self::Done => "done",
        }
    }
}

/// How many events are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Being done, their leases running.
    pub in_flight: u64,
    /// Claimed by a worker that died or was cut off: the lease has ended, and nobody has tried again yet.
    pub expired: u64,
    /// Failed, and not tried again yet.
    pub released: u64,
    /// Done.
    pub done: u64,
}
