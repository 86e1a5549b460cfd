//! SQLite: in memory by default, or in a file that survives the emulator.

use std::path::Path;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Params, Row};

const SCHEMA: &str = include_str!("schema.sql");

/// Open the state in a file, or new in memory.
///
/// # Errors
///
/// When the file cannot be opened, or is no state of this version.
pub fn open(file: Option<&Path>) -> rusqlite::Result<Connection> {
    let db = match file {
        Some(file) => {
            reserve(file);
            // Without URI, so that the file is the one that was named.
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
            Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?
        }
        None => Connection::open_in_memory()?,
    };
    // One process owns the file, and an emulator may lose its last moment in a power cut.
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;")?;
    db.set_prepared_statement_cache_capacity(128);
    db.execute_batch(SCHEMA)?;
    if let Some(file) = file {
        protect(file);
    }
    Ok(db)
}

/// Make the file if it is not there, for its owner only: it holds keys. What SQLite writes beside it takes after it.
fn reserve(file: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Where it is there, or cannot be, SQLite says what is wrong.
    let _there_already = options.open(file);
}

/// Take from others what they could read of a file that was there before, now that it is known to be a state.
#[cfg(unix)]
fn protect(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    for more in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(more);
        let Ok(found) = std::fs::metadata(&name) else { continue };
        if found.permissions().mode() & 0o077 == 0 {
            continue;
        }
        if let Err(error) = std::fs::set_permissions(&name, std::fs::Permissions::from_mode(0o600)) {
            tracing::warn!(%error, file = %Path::new(&name).display(), "others can read the state, which holds keys");
        }
    }
}

#[cfg(not(unix))]
fn protect(_: &Path) {}

/// Short forms for what the service does all the time; every statement is prepared once.
pub trait Database {
    /// Run a statement, and say how many rows it changed.
    fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize>;
    /// The first row.
    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>>;
    /// Every row.
    fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>>;
    /// The first column of the only row.
    fn value<T: FromSql>(&self, sql: &str, params: impl Params) -> rusqlite::Result<T>;
}

impl Database for Connection {
    fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.prepare_cached(sql)?.execute(params)
    }

    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.prepare_cached(sql)?.query_row(params, map).optional()
    }

    fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.prepare_cached(sql)?.query_map(params, map)?.collect()
    }

    fn value<T: FromSql>(&self, sql: &str, params: impl Params) -> rusqlite::Result<T> {
        self.prepare_cached(sql)?.query_row(params, |row| row.get(0))
    }
}
