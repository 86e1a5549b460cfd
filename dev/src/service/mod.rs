//! The emulated service: what Didit would answer, keep and send. It knows no HTTP server.
//!
//! * [`call`], [`reply`]: what goes in and out
//! * [`status`](Status), [`session`], [`decision`], [`template`]: the life of a session
//! * `sessions`, `webhooks`, ...: the operations, one file for each resource
//! * [`event`]: what is sent to destinations
//! * [`routes`]: from an operation's id to the function that answers it

pub mod account;
pub mod application;
pub mod call;
pub mod caller;
pub mod check;
pub mod decision;
pub mod deliveries;
pub mod destination;
pub mod documents;
pub mod event;
pub mod examples;
pub mod faults;
pub mod legacy;
pub mod limits;
pub mod listing;
pub mod media;
pub mod options;
pub mod page;
pub mod people;
pub mod removal;
pub mod reply;
pub mod report;
pub mod review;
pub mod routes;
pub mod sample;
pub mod session;
pub mod sessions;
pub mod status;
pub mod template;
pub mod transactions;
pub mod webhooks;
pub mod workflows;

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rusqlite::Connection;
use tokio::sync::mpsc::UnboundedSender;

use crate::clock::Clock;
use crate::delivery::misbehaviour::Misbehaviours;
use crate::hub::Hub;
use crate::ids::Ids;
use crate::store::{self, Database};
use destination::Destinations;
use event::Event;
use faults::Faults;
use limits::Limits;
pub use options::Options;
use reply::Refusal;
pub use status::Status;

/// The emulated service.
pub struct Service {
    /// The time by which everything goes.
    pub clock: Clock,
    /// How it was started.
    pub options: Options,
    /// The address that it can be reached by, without a slash at the end; set once it is bound.
    base: OnceLock<String>,
    queue: OnceLock<UnboundedSender<Dispatch>>,
    state: Mutex<State>,
    /// Faults that were asked for.
    pub faults: Faults,
    /// How deliveries go wrong, where that was asked for.
    pub misbehaviours: Misbehaviours,
    /// What inspectors see.
    pub hub: Hub,
}

struct State {
    db: Connection,
    ids: Ids,
    destinations: Destinations,
    limits: Limits,
}

/// An event on its way to one destination.
#[derive(Debug, Clone)]
pub struct Dispatch {
    /// What is sent.
    pub event: Arc<Event>,
    /// The destination's id.
    pub destination: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The time that the first attempt was stamped with.
    pub stamp: Option<i64>,
    /// The id that the attempt is written down under, where it is promised already: a manual resend.
    pub promised: Option<String>,
}

/// One transaction: everything that a call reads and changes.
pub struct Context<'s> {
    /// The state.
    pub db: &'s Connection,
    /// New identifiers.
    pub ids: &'s mut Ids,
    /// The destinations of all applications.
    pub destinations: &'s mut Destinations,
    /// How the emulator was started.
    pub options: &'s Options,
    /// The emulator's own address.
    pub base: &'s str,
    /// Recent calls.
    pub limits: &'s mut Limits,
    /// Unix seconds.
    pub now: i64,
    /// Unix seconds with a fraction.
    pub precise: f64,
    outbox: Vec<Dispatch>,
}

impl Service {
    /// Open the state and make the application that every emulator starts with.
    ///
    /// # Errors
    ///
    /// A message when the file cannot be used or the machine has no random numbers.
    pub fn open(options: Options, clock: Clock, file: Option<&Path>) -> Result<Self, String> {
        let db = store::open(file).map_err(|error| format!("the state cannot be opened: {error}"))?;
        let broken = |error: rusqlite::Error| format!("the state cannot be read: {error}");
        let run = next_run(&db).map_err(broken)?;
        let ids = match &options.seed {
            Some(seed) => Ids::seeded(seed, run),
            None => Ids::random().map_err(|error| error.to_string())?,
        };
        let destinations = Destinations::load(&db).map_err(broken)?;
        let state = Mutex::new(State { db, ids, destinations, limits: Limits::default() });
        let service = Self {
            clock,
            options,
            base: OnceLock::new(),
            queue: OnceLock::new(),
            state,
            faults: Faults::default(),
            misbehaviours: Misbehaviours::default(),
            hub: Hub::new(),
        };
        service.with(application::seed).map_err(|_| "the state cannot be written".to_owned())?;
        Ok(service)
    }

    /// Begin anew: everything but the first application's credentials is forgotten, and the clock is what it was at the start.
    ///
    /// # Errors
    ///
    /// 500 if the state cannot be written.
    pub fn reset(&self) -> Result<(), Refusal> {
        self.faults.clear();
        self.misbehaviours.clear();
        self.hub.clear();
        self.clock.restart();
        self.with(|context| {
            for table in ["accounts", "tokens", "sessions", "destinations", "deliveries", "documents"] {
                context.db.run(&format!("DELETE FROM {table}"), [])?;
            }
            let others = "DELETE FROM applications WHERE id <> (SELECT value FROM meta WHERE name = 'first')";
            context.db.run(others, [])?;
            // What the single webhook's settings were belongs to it; sessions are counted from 1 again.
            let settings = "UPDATE applications SET credits = ?1,
                details = json_remove(details, '$.capture_method', '$.data_retention_months', '$.allowed_domains')";
            context.db.run(settings, [context.options.credits])?;
            context.db.run("DELETE FROM sqlite_sequence", [])?;
            *context.destinations = Destinations::default();
            context.limits.clear();
            Ok(())
        })
    }

    /// Say where the emulator can be reached, once.
    pub fn set_base(&self, base: String) {
        let _already_set = self.base.set(base);
    }

    /// Where the emulator can be reached.
    pub fn base(&self) -> &str {
        self.base.get().map_or("http://127.0.0.1", String::as_str)
    }

    /// Say who sends the events, once.
    pub fn set_queue(&self, queue: UnboundedSender<Dispatch>) {
        let _already_set = self.queue.set(queue);
    }

    /// Do something in one transaction. What it sends goes out when it is done; a refusal undoes it.
    ///
    /// # Errors
    ///
    /// What `work` returns.
    pub fn with<T>(&self, work: impl FnOnce(&mut Context<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        // A panic in a call has undone its transaction, so the state is still good.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { db, ids, destinations, limits } = &mut *state;
        let transaction = Transaction::begin(db)?;
        let (options, base, precise) = (&self.options, self.base(), self.clock.precise());
        let now = crate::clock::whole(precise);
        let mut context = Context { db, ids, destinations, options, base, limits, now, precise, outbox: Vec::new() };
        let done = work(&mut context)?;
        let outbox = context.outbox;
        transaction.commit()?;
        if let Some(queue) = self.queue.get() {
            // Under the lock, so that events leave in the order of their changes.
            outbox.into_iter().for_each(|dispatch| drop(queue.send(dispatch)));
        }
        Ok(done)
    }
}

impl Context<'_> {
    /// Send an event to one destination once the transaction is done.
    pub fn dispatch(&mut self, event: &Arc<Event>, destination: String) {
        self.outbox.push(Dispatch { event: Arc::clone(event), destination, attempt: 1, stamp: None, promised: None });
    }
}

impl Context<'_> {
    /// Send an event once more; its attempt will have the id that was promised.
    pub fn dispatch_again(&mut self, event: &Arc<Event>, destination: String, promised: String) {
        let again =
            Dispatch { event: Arc::clone(event), destination, attempt: 1, stamp: None, promised: Some(promised) };
        self.outbox.push(again);
    }
}

/// A transaction that is undone unless it is committed, by a panic too.
struct Transaction<'c>(Option<&'c Connection>);

impl<'c> Transaction<'c> {
    fn begin(db: &'c Connection) -> rusqlite::Result<Self> {
        db.run("BEGIN IMMEDIATE", [])?;
        Ok(Self(Some(db)))
    }

    fn commit(mut self) -> rusqlite::Result<()> {
        match self.0.take() {
            Some(db) => db.run("COMMIT", []).map(drop),
            None => Ok(()),
        }
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if let Some(db) = self.0
            && let Err(error) = db.run("ROLLBACK", [])
        {
            tracing::error!(%error, "a transaction could not be undone");
        }
    }
}

/// How often the state was opened before; ids of several runs differ although their seed is the same.
fn next_run(db: &Connection) -> rusqlite::Result<u64> {
    db.run(
        "INSERT INTO meta VALUES ('runs', '0') ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1",
        [],
    )?;
    let text: String = db.value("SELECT value FROM meta WHERE name = 'runs'", [])?;
    Ok(text.parse().unwrap_or(0))
}
