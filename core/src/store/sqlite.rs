//! Events in an SQLite file: the embedded default, safe for all processes of one machine.

use std::path::{Path, PathBuf};
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, named_params};

use super::per_process::{Locked, PerProcess};
use super::{Attempt, Claim, Counts, Dialect, Key, Placeholders, StoreError, statements};

/// How long a call may wait for other processes, where it may wait at all.
const PATIENCE: Duration = Duration::from_secs(5);

/// A store in a file. Its journal is a write-ahead log that is not flushed at each commit: what a killed process
/// has recorded stays recorded, while a power failure can take back the last moments, whose events are then
/// done again if they come again.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    texts: Texts,
    /// SQLite must not be used across a fork.
    connection: PerProcess<Connection>,
    /// How many threads are about to fork.
    forking: AtomicU32,
}

#[derive(Debug)]
struct Texts {
    create: String,
    index: String,
    claim: String,
    renew: String,
    complete: String,
    release: String,
    state: String,
    purge: String,
    counts: String,
}

impl SqliteStore {
    /// The name of the table unless another is given.
    pub const TABLE: &str = "didit_processed_event";

    /// Opens the file, which is created where there is none, and the table in it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]: the file cannot be used, or the name cannot be that of a table.
    pub fn open(path: &Path, table: &str) -> Result<Self, StoreError> {
        let texts = Texts::new(table).map_err(StoreError::Unavailable)?;
        let store = Self { path: path.to_owned(), texts, connection: PerProcess::new(), forking: AtomicU32::new(0) };
        store.with(true, |_| Ok(()))?;
        Ok(store)
    }

    /// Asks for the right to do an event. With `wait` it waits for other threads and processes that are writing,
    /// without it says [`StoreError::Busy`] at once; so do all other methods.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]
    pub fn claim(&self, key: &Key, lease: Duration, wait: bool) -> Result<Attempt, StoreError> {
        self.with(wait, |connection| {
            let (namespace, event_id) = key.parts();
            let mut take = connection.prepare_cached(&self.texts.claim)?;
            let parameters = named_params! {
                ":key": key.as_str(), ":namespace": namespace, ":event_id": event_id,
                ":lease": milliseconds(lease),
            };
            let claimed = |row: &rusqlite::Row<'_>| Ok(Claim { attempts: row.get(0)?, token: row.get(1)? });
            if let Some(claim) = take.query_row(parameters, claimed).optional()? {
                return Ok(Attempt::New(claim));
            }
            Ok(if self.is_done_on(connection, key)? { Attempt::Done } else { Attempt::InFlight })
        })
    }

    /// Makes the lease begin anew; false if it was lost.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]
    pub fn renew(&self, key: &Key, token: &str, lease: Duration, wait: bool) -> Result<bool, StoreError> {
        let lease = milliseconds(lease);
        self.with(wait, |connection| {
            let parameters = named_params! { ":key": key.as_str(), ":token": token, ":lease": lease };
            Ok(connection.prepare_cached(&self.texts.renew)?.execute(parameters)? == 1)
        })
    }

    /// Records that the event is done.
    ///
    /// # Errors
    ///
    /// [`StoreError::ClaimLost`], [`StoreError::Busy`], [`StoreError::Unavailable`]
    pub fn complete(&self, key: &Key, token: &str, wait: bool) -> Result<(), StoreError> {
        let changed = self.with(wait, |connection| {
            let parameters = named_params! { ":key": key.as_str(), ":token": token };
            connection.prepare_cached(&self.texts.complete)?.execute(parameters)
        })?;
        if changed == 1 { Ok(()) } else { Err(StoreError::ClaimLost) }
    }

    /// Gives the event back, so that the next delivery is done at once; false if the claim was lost.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]
    pub fn release(&self, key: &Key, token: &str, wait: bool) -> Result<bool, StoreError> {
        self.with(wait, |connection| {
            let parameters = named_params! { ":key": key.as_str(), ":token": token };
            Ok(connection.prepare_cached(&self.texts.release)?.execute(parameters)? == 1)
        })
    }

    /// Forgets what has not changed for so many seconds, and says how many that were. What is being done stays.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]
    pub fn purge(&self, retention: u64, wait: bool) -> Result<u64, StoreError> {
        let retention = i64::try_from(retention).unwrap_or(i64::MAX);
        self.with(wait, |connection| {
            let parameters = named_params! { ":retention": retention };
            let removed = connection.prepare_cached(&self.texts.purge)?.execute(parameters)?;
            Ok(u64::try_from(removed).unwrap_or(u64::MAX))
        })
    }

    /// Whether the event is done.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]
    pub fn is_done(&self, key: &Key, wait: bool) -> Result<bool, StoreError> {
        self.with(wait, |connection| self.is_done_on(connection, key))
    }

    /// How many events are in which state.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Unavailable`]
    pub fn counts(&self, wait: bool) -> Result<Counts, StoreError> {
        self.with(wait, |connection| {
            let mut counts = Counts::default();
            let mut statement = connection.prepare_cached(&self.texts.counts)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let events = u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
                match row.get::<_, String>(0)?.as_str() {
                    "in_flight" => counts.in_flight = events,
                    "expired" => counts.expired = events,
                    "released" => counts.released = events,
                    _ => counts.done = events,
                }
            }
            Ok(counts)
        })
    }

    /// Waits for the call that is under way, if there is one, and closes the file, until [`Self::resume`].
    ///
    /// SQLite keeps its locks in memory, too, and a child that is forked in the middle of a call would take those of
    /// its parent for its own. So who forks calls this before, and afterwards the others in both processes, which then
    /// open the file anew.
    pub fn pause(&self) {
        self.forking.fetch_add(1, Ordering::AcqRel);
        if let Ok(mut open) = self.connection.lock(true) {
            open.take();
        }
    }

    /// Goes on in the process that has forked.
    pub fn resume(&self) {
        self.forking.fetch_sub(1, Ordering::AcqRel);
    }

    /// Goes on in the child, which has none of the other threads that were about to fork.
    pub fn resume_in_child(&self) {
        self.forking.store(0, Ordering::Release);
    }

    fn is_done_on(&self, connection: &Connection, key: &Key) -> rusqlite::Result<bool> {
        let parameters = named_params! { ":key": key.as_str() };
        let mut statement = connection.prepare_cached(&self.texts.state)?;
        let state: Option<String> = statement.query_row(parameters, |row| row.get(0)).optional()?;
        Ok(state.as_deref() == Some("done"))
    }

    fn with<T>(&self, wait: bool, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let mut open = self.lock(wait)?;
        let patience = if wait { PATIENCE } else { Duration::ZERO };
        let connection = match &mut *open {
            Some(connection) => connection,
            none => none.insert(self.connect(wait).map_err(unavailable)?),
        };
        connection.busy_timeout(patience).map_err(unavailable)?;
        work(connection).map_err(unavailable)
    }

    /// Each statement is a transaction of its own, so no panic can leave half of one behind.
    fn lock(&self, wait: bool) -> Result<MutexGuard<'_, Option<Connection>>, StoreError> {
        loop {
            let open = self.connection.lock(wait).map_err(|locked| match locked {
                Locked::ByThread => StoreError::Busy,
                Locked::ForEver => StoreError::Unavailable("forked in the middle of a call, too many times".to_owned()),
            })?;
            if self.forking.load(Ordering::Acquire) == 0 {
                return Ok(open);
            }
            drop(open);
            if !wait {
                return Err(StoreError::Busy);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits, if at all, for other processes also where SQLite does not ask its busy handler: while one of them
    /// switches the journal, or recovers it after a crash.
    fn connect(&self, wait: bool) -> rusqlite::Result<Connection> {
        let began = Instant::now();
        loop {
            match self.connect_once(if wait { PATIENCE } else { Duration::ZERO }) {
                Err(error)
                    if wait
                        && error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && began.elapsed() < 4 * PATIENCE =>
                {
                    std::thread::sleep(Duration::from_millis(10));
                }
                result => return result,
            }
        }
    }

    fn connect_once(&self, patience: Duration) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(patience)?;
        connection.set_prepared_statement_cache_capacity(16);
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(&self.texts.create)?;
        connection.execute_batch(&self.texts.index)?;
        Ok(connection)
    }
}

impl Texts {
    fn new(table: &str) -> Result<Self, String> {
        let all = statements(Dialect::Sqlite, Placeholders::Colon, table)?;
        let text = |name: &str| {
            all.iter().find(|statement| statement.name == name).map(|found| found.text.clone()).unwrap_or_default()
        };
        Ok(Self {
            create: text("create"),
            index: text("index"),
            claim: text("claim"),
            renew: text("renew"),
            complete: text("complete"),
            release: text("release"),
            state: text("state"),
            purge: text("purge"),
            counts: text("counts"),
        })
    }
}

fn milliseconds(lease: Duration) -> i64 {
    i64::try_from(lease.as_millis()).unwrap_or(i64::MAX)
}

/// SQLite's own words name files, tables and columns, never a value.
fn unavailable(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        _ => StoreError::Unavailable(error.to_string()),
    }
}
