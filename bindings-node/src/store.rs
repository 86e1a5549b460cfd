//! The stores that are compiled in, and the texts for those that are not.

use std::path::Path;
use std::time::Duration;

use didit_core::store::{
    Attempt, DEFAULT_LEASE_MS, DEFAULT_RETENTION_SECONDS, Dialect, Key, MemoryStore, Placeholders, SCRIPTS,
    SqliteStore, StoreError, check_lease, check_retention, event_key, statements,
};
use didit_core::{Code, Error};
use napi::bindgen_prelude::{Either, External};
use napi_derive::napi;

use crate::error::Failure;

/// A store in memory or in a file.
pub enum Kind {
    /// In the memory of this process.
    Memory(MemoryStore),
    /// In an SQLite file.
    Sqlite(Box<SqliteStore>),
}

/// An open store.
#[napi(object, object_from_js = false)]
pub struct OpenStore {
    /// The store, which JavaScript cannot look into.
    #[napi(ts_type = "ExternalObject<unknown>")]
    pub handle: External<Kind>,
}

/// How many events were forgotten.
#[napi(object, object_from_js = false)]
pub struct Purged {
    /// The number.
    pub events: f64,
}

/// How many events are in which state.
#[napi(object, object_from_js = false)]
pub struct StoreCounts {
    /// Being done.
    pub in_flight: f64,
    /// Claimed by a worker that died.
    pub expired: f64,
    /// Failed.
    pub released: f64,
    /// Done.
    pub done: f64,
}

/// A statement of the one table.
#[napi(object, object_from_js = false)]
pub struct StoreStatement {
    /// What it is for.
    pub name: String,
    /// Its text, with `$1` and so on.
    pub text: String,
    /// The names of its parameters.
    pub parameters: Vec<String>,
}

/// Opens a store: in memory without a path.
#[napi(catch_unwind)]
pub fn open_store(path: Option<String>, table: String) -> Either<OpenStore, Failure> {
    let kind = match path {
        None => Kind::Memory(MemoryStore::new()),
        Some(path) => match SqliteStore::open(Path::new(&path), &table) {
            Ok(store) => Kind::Sqlite(Box::new(store)),
            Err(error) => return Either::B(failed(error)),
        },
    };
    Either::A(OpenStore { handle: External::new(kind) })
}

/// Asks for the right to do an event: `new`, `in_flight` or `done`, and behind `new` how many workers have claimed the event
/// and the token, which a text carries across the border in a fraction of the time of an object. Like all that follow
/// it returns nothing where another process is writing.
#[napi(catch_unwind)]
pub fn store_claim(
    #[napi(ts_arg_type = "ExternalObject<unknown>")] store: &External<Kind>,
    namespace: String,
    event_id: String,
    lease: f64,
) -> Option<Either<String, Failure>> {
    let lease = milliseconds(lease);
    let answer = with_key(&namespace, &event_id, |key| match &**store {
        Kind::Memory(store) => Ok(store.claim(key, lease)),
        Kind::Sqlite(store) => store.claim(key, lease, false),
    })?;
    Some(match answer {
        Either::A(Attempt::New(claim)) => Either::A(format!("new {} {}", claim.attempts, claim.token)),
        Either::A(attempt) => Either::A(attempt.as_str().to_owned()),
        Either::B(failure) => Either::B(failure),
    })
}

/// Makes the lease begin anew.
#[napi(catch_unwind)]
pub fn store_renew(
    #[napi(ts_arg_type = "ExternalObject<unknown>")] store: &External<Kind>,
    namespace: String,
    event_id: String,
    token: String,
    lease: f64,
) -> Option<Either<bool, Failure>> {
    let lease = milliseconds(lease);
    with_key(&namespace, &event_id, |key| match &**store {
        Kind::Memory(store) => Ok(store.renew(key, &token, lease)),
        Kind::Sqlite(store) => store.renew(key, &token, lease, false),
    })
}

/// Records that the event is done.
#[napi(catch_unwind)]
pub fn store_complete(
    #[napi(ts_arg_type = "ExternalObject<unknown>")] store: &External<Kind>,
    namespace: String,
    event_id: String,
    token: String,
) -> Option<Either<bool, Failure>> {
    with_key(&namespace, &event_id, |key| match &**store {
        Kind::Memory(store) => store.complete(key, &token).map(|()| true),
        Kind::Sqlite(store) => store.complete(key, &token, false).map(|()| true),
    })
}

/// Gives the event back.
#[napi(catch_unwind)]
pub fn store_release(
    #[napi(ts_arg_type = "ExternalObject<unknown>")] store: &External<Kind>,
    namespace: String,
    event_id: String,
    token: String,
) -> Option<Either<bool, Failure>> {
    with_key(&namespace, &event_id, |key| match &**store {
        Kind::Memory(store) => Ok(store.release(key, &token)),
        Kind::Sqlite(store) => store.release(key, &token, false),
    })
}

/// Tells whether the event is done.
#[napi(catch_unwind)]
pub fn store_is_done(
    #[napi(ts_arg_type = "ExternalObject<unknown>")] store: &External<Kind>,
    namespace: String,
    event_id: String,
) -> Option<Either<bool, Failure>> {
    with_key(&namespace, &event_id, |key| match &**store {
        Kind::Memory(store) => Ok(store.is_done(key)),
        Kind::Sqlite(store) => store.is_done(key, false),
    })
}

/// Forgets what has not changed for so many seconds.
#[napi(catch_unwind)]
pub fn store_purge(
    #[napi(ts_arg_type = "ExternalObject<unknown>")] store: &External<Kind>,
    retention: f64,
) -> Option<Either<Purged, Failure>> {
    let seconds = whole(retention);
    let removed = match &**store {
        Kind::Memory(store) => Ok(store.purge(Duration::from_secs(seconds))),
        Kind::Sqlite(store) => store.purge(seconds, false),
    };
    Some(match waited(removed)? {
        Either::A(events) => Either::A(Purged { events: number(events) }),
        Either::B(failure) => Either::B(failure),
    })
}

/// Counts the events by their state.
#[napi(catch_unwind)]
pub fn store_counts(
    #[napi(ts_arg_type = "ExternalObject<unknown>")] store: &External<Kind>,
) -> Option<Either<StoreCounts, Failure>> {
    let counts = match &**store {
        Kind::Memory(store) => Ok(store.counts()),
        Kind::Sqlite(store) => store.counts(false),
    };
    Some(match waited(counts)? {
        Either::A(counts) => Either::A(StoreCounts {
            in_flight: number(counts.in_flight),
            expired: number(counts.expired),
            released: number(counts.released),
            done: number(counts.done),
        }),
        Either::B(failure) => Either::B(failure),
    })
}

/// The text of a key: `namespace:event`, or why there can be none.
#[napi(catch_unwind)]
pub fn store_key(namespace: String, event_id: String) -> Either<String, Failure> {
    match Key::new(&namespace, &event_id) {
        Ok(key) => Either::A(key.as_str().to_owned()),
        Err(message) => Either::B(Failure::range_error(message)),
    }
}

/// What tells an event from every other: its id, or a hash of the authenticated bytes.
#[napi(catch_unwind)]
pub fn store_event_key(event_id: Option<String>, authenticated: &[u8]) -> String {
    event_key(event_id.as_deref(), authenticated)
}

/// The SQL of the one table, for node-postgres.
#[napi(catch_unwind)]
pub fn store_statements(table: String) -> Either<Vec<StoreStatement>, Failure> {
    match statements(Dialect::Postgres, Placeholders::Numbered, &table) {
        Ok(all) => Either::A(
            all.into_iter()
                .map(|statement| StoreStatement {
                    name: statement.name.to_owned(),
                    text: statement.text,
                    parameters: statement.parameters.into_iter().map(str::to_owned).collect(),
                })
                .collect(),
        ),
        Err(message) => Either::B(Failure::range_error(message)),
    }
}

/// The Redis scripts: names and texts in turn.
#[napi(catch_unwind)]
pub fn store_scripts() -> Vec<String> {
    SCRIPTS.iter().flat_map(|(name, text)| [(*name).to_owned(), (*text).to_owned()]).collect()
}

/// The default lease in milliseconds, and the default retention in seconds.
#[napi(catch_unwind)]
pub fn store_defaults() -> Vec<f64> {
    vec![number(DEFAULT_LEASE_MS), number(DEFAULT_RETENTION_SECONDS)]
}

/// Checks a lease in milliseconds and a retention in seconds, against the window of deliveries.
#[napi(catch_unwind)]
pub fn check_limits(lease: f64, retention: f64, window: f64) -> Option<Failure> {
    let checked = check_lease(whole(lease)).and_then(|_| check_retention(whole(retention), whole(window), 0));
    checked.err().map(Failure::range_error)
}

/// A failure of a store that is not one of these, in the words of its driver.
#[napi(catch_unwind)]
pub fn store_failure(reason: Option<String>) -> Failure {
    match reason {
        Some(reason) => Error::store_unavailable(&reason).into(),
        None => Error::new(Code::ClaimLost).into(),
    }
}

fn with_key<T>(
    namespace: &str,
    event_id: &str,
    work: impl FnOnce(&Key) -> Result<T, StoreError>,
) -> Option<Either<T, Failure>> {
    match Key::new(namespace, event_id) {
        Ok(key) => waited(work(&key)),
        Err(message) => Some(Either::B(Failure::range_error(message))),
    }
}

fn waited<T>(result: Result<T, StoreError>) -> Option<Either<T, Failure>> {
    match result {
        Ok(value) => Some(Either::A(value)),
        Err(StoreError::Busy) => None,
        Err(error) => Some(Either::B(failed(error))),
    }
}

fn failed(error: StoreError) -> Failure {
    Error::from(error).into()
}

fn milliseconds(lease: f64) -> Duration {
    Duration::from_millis(whole(lease))
}

/// The face has checked that the number is finite and not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn whole(number: f64) -> u64 {
    number as u64
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts to 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}
