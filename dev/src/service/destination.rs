//! Where events go. The destinations of all applications are few and asked for all the time, so they stay in memory too.

use rusqlite::{Connection, Row};

use crate::store::Database;

/// Where events of some types are sent.
#[derive(Debug, Clone)]
pub struct Destination {
    /// Its UUID.
    pub id: String,
    /// The application's UUID.
    pub application: String,
    /// A name for people.
    pub label: String,
    /// Where to.
    pub url: String,
    /// Whether anything is sent.
    pub enabled: bool,
    /// `v1`, `v2` or `v3`: the form of the payload.
    pub version: String,
    /// The types of events.
    pub events: Vec<String>,
    /// What signs.
    pub secret: String,
    /// Whether it is the application's single webhook, which lists do not show.
    pub hidden: bool,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub updated_at: i64,
}

/// Every destination, oldest first.
#[derive(Debug, Default)]
pub struct Destinations(Vec<Destination>);

fn read(row: &Row<'_>) -> rusqlite::Result<Destination> {
    let events: String = row.get(6)?;
    Ok(Destination {
        id: row.get(0)?,
        application: row.get(1)?,
        label: row.get(2)?,
        url: row.get(3)?,
        enabled: row.get(4)?,
        version: row.get(5)?,
        events: serde_json::from_str(&events).unwrap_or_default(),
        secret: row.get(7)?,
        hidden: row.get(8)?,
        created_at: row.get(9)?,
        updated_at: row.get(10)?,
    })
}

impl Destinations {
    /// Read them from the state.
    ///
    /// # Errors
    ///
    /// If the state cannot be read.
    pub fn load(db: &Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT id, application, label, url, enabled, version, events, secret, hidden, created_at, updated_at
                   FROM destinations ORDER BY position";
        db.rows(sql, [], read).map(Self)
    }

    /// The destination of that id.
    pub fn get(&self, id: &str) -> Option<&Destination> {
        self.0.iter().find(|destination| destination.id == id)
    }

    /// The destinations of an application.
    pub fn of<'a>(&'a self, application: &'a str) -> impl Iterator<Item = &'a Destination> {
        self.0.iter().filter(move |destination| destination.application == application)
    }

    /// Whether an application has any that is enabled.
    pub fn any(&self, application: &str) -> bool {
        self.of(application).any(|destination| destination.enabled)
    }

    /// The ids of the enabled destinations that are subscribed to a type of event.
    pub fn subscribed(&self, application: &str, kind: &str, legacy: bool) -> Vec<String> {
        let subscribed =
            |one: &&Destination| one.enabled && (one.hidden || !legacy) && one.events.iter().any(|event| event == kind);
        self.of(application).filter(subscribed).map(|one| one.id.clone()).collect()
    }

    /// Add or replace one, here and in the state.
    ///
    /// # Errors
    ///
    /// If the state cannot be written.
    pub fn save(&mut self, db: &Connection, one: Destination) -> rusqlite::Result<()> {
        let events = serde_json::to_string(&one.events).unwrap_or_default();
        db.run(
            "INSERT INTO destinations (id, application, label, url, enabled, version, events, secret, hidden, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (id) DO UPDATE SET label = ?3, url = ?4, enabled = ?5, version = ?6, events = ?7, secret = ?8, updated_at = ?11",
            rusqlite::params![
                one.id, one.application, one.label, one.url, one.enabled, one.version, events, one.secret, one.hidden,
                one.created_at, one.updated_at
            ],
        )?;
        match self.0.iter_mut().find(|known| known.id == one.id) {
            Some(known) => *known = one,
            None => self.0.push(one),
        }
        Ok(())
    }

    /// Remove one with its deliveries.
    ///
    /// # Errors
    ///
    /// If the state cannot be written.
    pub fn remove(&mut self, db: &Connection, id: &str) -> rusqlite::Result<()> {
        db.run("DELETE FROM destinations WHERE id = ?1", [id])?;
        db.run("DELETE FROM deliveries WHERE destination = ?1", [id])?;
        self.0.retain(|destination| destination.id != id);
        Ok(())
    }
}
