//! SQLite: in memory by default, or in a file that survives the emulator.

use std::path::Path;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension, Params, Row};

const SCHEMA: &str = include_str!("schema.sql");

/// Open the state in a file, or new in memory.
///
/// # Errors
///
/// When the file cannot be opened, or is no state of this version.
pub fn open(file: Option<&Path>) -> rusqlite::Result<Connection> {
    let db = match file {
        Some(file) => Connection::open(file)?,
        None => Connection::open_in_memory()?,
    };
    // One process owns the file, and an emulator may lose its last moment in a power cut.
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;")?;
    db.set_prepared_statement_cache_capacity(128);
    db.execute_batch(SCHEMA)?;
    Ok(db)
}

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
