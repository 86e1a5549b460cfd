//! The stores that are compiled in, and the texts for those that are not.

use std::path::PathBuf;
use std::time::Duration;

use didit_core::store::{
    Attempt, Counts, DEFAULT_LEASE_MS, DEFAULT_RETENTION_SECONDS, Dialect, Key, MemoryStore, Placeholders, SCRIPTS,
    SqliteStore, StoreError, check_lease, check_retention, statements,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::raised;
use crate::guard::guard;

/// The answer's name, the token of a new claim, and how many attempts there were.
type Answer = (&'static str, Option<String>, u32);

enum Kind {
    Memory(MemoryStore),
    Sqlite(Box<SqliteStore>),
}

/// A store in memory, or in an SQLite file if it has a path.
///
/// Without `wait`, a method returns None where another process is writing.
#[pyclass(frozen, module = "didit_client._native")]
pub(crate) struct Store(Kind);

#[pymethods]
impl Store {
    #[new]
    #[pyo3(signature = (path, table))]
    fn new(py: Python<'_>, path: Option<PathBuf>, table: &str) -> PyResult<Self> {
        guard(py, || match path {
            None => Ok(Self(Kind::Memory(MemoryStore::new()))),
            Some(path) => py
                .detach(|| SqliteStore::open(&path, table))
                .map(|store| Self(Kind::Sqlite(Box::new(store))))
                .map_err(failed),
        })
    }

    /// Asks for the right to do an event.
    fn claim(
        &self,
        py: Python<'_>,
        namespace: &str,
        event_id: &str,
        lease: u64,
        wait: bool,
    ) -> PyResult<Option<Answer>> {
        let lease = Duration::from_millis(lease);
        let attempt = self.guarded(py, namespace, event_id, wait, |kind, key| match kind {
            Kind::Memory(store) => Ok(store.claim(key, lease)),
            Kind::Sqlite(store) => store.claim(key, lease, wait),
        })?;
        Ok(attempt.map(|attempt| {
            let name = attempt.as_str();
            match attempt {
                Attempt::New(claim) => (name, Some(claim.token), claim.attempts),
                _ => (name, None, 0),
            }
        }))
    }

    /// Makes the lease begin anew.
    fn renew(
        &self,
        py: Python<'_>,
        namespace: &str,
        event_id: &str,
        token: &str,
        lease: u64,
        wait: bool,
    ) -> PyResult<Option<bool>> {
        let lease = Duration::from_millis(lease);
        self.guarded(py, namespace, event_id, wait, |kind, key| match kind {
            Kind::Memory(store) => Ok(store.renew(key, token, lease)),
            Kind::Sqlite(store) => store.renew(key, token, lease, wait),
        })
    }

    /// Records that the event is done.
    fn complete(
        &self,
        py: Python<'_>,
        namespace: &str,
        event_id: &str,
        token: &str,
        wait: bool,
    ) -> PyResult<Option<bool>> {
        self.guarded(py, namespace, event_id, wait, |kind, key| match kind {
            Kind::Memory(store) => store.complete(key, token).map(|()| true),
            Kind::Sqlite(store) => store.complete(key, token, wait).map(|()| true),
        })
    }

    /// Gives the event back.
    fn release(
        &self,
        py: Python<'_>,
        namespace: &str,
        event_id: &str,
        token: &str,
        wait: bool,
    ) -> PyResult<Option<bool>> {
        self.guarded(py, namespace, event_id, wait, |kind, key| match kind {
            Kind::Memory(store) => Ok(store.release(key, token)),
            Kind::Sqlite(store) => store.release(key, token, wait),
        })
    }

    /// Tells whether the event is done.
    fn is_done(&self, py: Python<'_>, namespace: &str, event_id: &str, wait: bool) -> PyResult<Option<bool>> {
        self.guarded(py, namespace, event_id, wait, |kind, key| match kind {
            Kind::Memory(store) => Ok(store.is_done(key)),
            Kind::Sqlite(store) => store.is_done(key, wait),
        })
    }

    /// Forgets what has not changed for so many seconds.
    fn purge(&self, py: Python<'_>, retention: u64, wait: bool) -> PyResult<Option<u64>> {
        guard(py, || {
            waited(match &self.0 {
                Kind::Memory(store) => Ok(store.purge(Duration::from_secs(retention))),
                Kind::Sqlite(store) => py.detach(|| store.purge(retention, wait)),
            })
        })
    }

    /// Closes the file before a fork, once no thread uses it.
    fn pause(&self, py: Python<'_>) -> PyResult<()> {
        guard(py, || {
            if let Kind::Sqlite(store) = &self.0 {
                // The thread that uses it may need the GIL to come to its end.
                py.detach(|| store.pause());
            }
            Ok(())
        })
    }

    /// Goes on after a fork, in the child or in its parent.
    fn resume(&self, py: Python<'_>, child: bool) -> PyResult<()> {
        guard(py, || {
            if let Kind::Sqlite(store) = &self.0 {
                if child { store.resume_in_child() } else { store.resume() }
            }
            Ok(())
        })
    }

    /// Counts the events: in flight, expired, released, done.
    fn counts(&self, py: Python<'_>, wait: bool) -> PyResult<Option<(u64, u64, u64, u64)>> {
        guard(py, || {
            let counts = waited(match &self.0 {
                Kind::Memory(store) => Ok(store.counts()),
                Kind::Sqlite(store) => py.detach(|| store.counts(wait)),
            })?;
            Ok(counts.map(|Counts { in_flight, expired, released, done }| (in_flight, expired, released, done)))
        })
    }
}

impl Store {
    /// A call that may wait for another process gives up the GIL; the others are over sooner than a switch.
    fn guarded<T: Send>(
        &self,
        py: Python<'_>,
        namespace: &str,
        event_id: &str,
        wait: bool,
        work: impl Send + FnOnce(&Kind, &Key) -> Result<T, StoreError>,
    ) -> PyResult<Option<T>> {
        guard(py, || {
            let key = Key::new(namespace, event_id).map_err(PyValueError::new_err)?;
            let may_wait = wait && matches!(self.0, Kind::Sqlite(_));
            waited(if may_wait { py.detach(|| work(&self.0, &key)) } else { work(&self.0, &key) })
        })
    }
}

fn waited<T>(result: Result<T, StoreError>) -> PyResult<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::Busy) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: StoreError) -> PyErr {
    raised(&error.into())
}

/// Makes the text of a key out of a namespace and an event: `namespace:event`.
#[pyfunction]
pub(crate) fn store_key(py: Python<'_>, namespace: &str, event_id: &str) -> PyResult<String> {
    guard(py, || {
        let key = Key::new(namespace, event_id).map_err(PyValueError::new_err)?;
        Ok(key.as_str().to_owned())
    })
}

/// What tells an event from every other: its id, or a hash of the authenticated bytes.
#[pyfunction]
pub(crate) fn event_key(py: Python<'_>, event_id: Option<&str>, authenticated: &[u8]) -> PyResult<String> {
    guard(py, || Ok(didit_core::store::event_key(event_id, authenticated)))
}

/// Lists the SQL statements: name, text and parameters.
#[pyfunction]
pub(crate) fn store_statements(
    py: Python<'_>,
    placeholders: &str,
    table: &str,
) -> PyResult<Vec<(&'static str, String, Vec<&'static str>)>> {
    guard(py, || {
        let placeholders = match placeholders {
            "colon" => Placeholders::Colon,
            "pyformat" => Placeholders::Pyformat,
            _ => return Err(PyValueError::new_err("placeholders: colon or pyformat")),
        };
        let all = statements(Dialect::Postgres, placeholders, table).map_err(PyValueError::new_err)?;
        Ok(all.into_iter().map(|statement| (statement.name, statement.text, statement.parameters)).collect())
    })
}

/// Lists the Redis scripts: name and text.
#[pyfunction]
pub(crate) fn store_scripts(py: Python<'_>) -> PyResult<Vec<(&'static str, &'static str)>> {
    guard(py, || Ok(SCRIPTS.to_vec()))
}

/// Checks a lease in milliseconds and a retention in seconds, against the window of deliveries.
#[pyfunction]
pub(crate) fn check_limits(py: Python<'_>, lease: u64, retention: u64, window: u64) -> PyResult<()> {
    guard(py, || {
        check_lease(lease).map_err(PyValueError::new_err)?;
        check_retention(retention, window, 0).map_err(PyValueError::new_err)?;
        Ok(())
    })
}

/// The default lease in milliseconds, and the default retention in seconds.
#[pyfunction]
pub(crate) fn default_limits(py: Python<'_>) -> PyResult<(u64, u64)> {
    guard(py, || Ok((DEFAULT_LEASE_MS, DEFAULT_RETENTION_SECONDS)))
}
