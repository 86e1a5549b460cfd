//! What the connections have to know about the call that uses them just now.
//!
//! ureq hands a connector and a transport no more than a time-out. Everything that it does happens on
//! the thread of the caller, so the facts of the call lie in a thread-local slot while it runs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::api::cancel::{SLICE, Stop, Stopped};
use crate::api::transport::{Cause, Failure};

thread_local! {
    static CURRENT: RefCell<Option<Rc<Call>>> = const { RefCell::new(None) };
}

/// The call that a thread is busy with.
pub(super) struct Call {
    stop: Stop,
    connect_timeout: Duration,
    connect_until: Cell<Option<Instant>>,
    /// More than zero while a connection is being made; a proxy makes one inside another.
    connecting: Cell<u32>,
    sent: Cell<bool>,
    asked: Cell<Instant>,
    failure: RefCell<Option<(Cause, Option<String>)>>,
}

/// Puts the slot back as it was: a hook may call the API on the same thread.
pub(super) struct Entered {
    call: Rc<Call>,
    before: Option<Rc<Call>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        CURRENT.with(|slot| *slot.borrow_mut() = before);
    }
}

impl std::ops::Deref for Entered {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

pub(super) fn enter(stop: &Stop, connect_timeout: Duration) -> Entered {
    let call = Rc::new(Call {
        stop: stop.clone(),
        connect_timeout,
        connect_until: Cell::new(None),
        connecting: Cell::new(0),
        sent: Cell::new(false),
        asked: Cell::new(Instant::now()),
        failure: RefCell::new(None),
    });
    let before = CURRENT.with(|slot| slot.borrow_mut().replace(Rc::clone(&call)));
    Entered { call, before }
}

/// The call of this thread. Outside of one there is nothing to wait for, so waiting fails.
pub(super) fn current() -> std::io::Result<Rc<Call>> {
    CURRENT.with(|slot| slot.borrow().clone()).ok_or_else(|| std::io::ErrorKind::NotConnected.into())
}

impl Call {
    /// Runs `connect`; what is written meanwhile is not the request.
    pub(super) fn connecting<T>(&self, connect: impl FnOnce() -> T) -> T {
        let depth = self.connecting.get();
        if depth == 0 {
            self.connect_until.set(Instant::now().checked_add(self.connect_timeout));
        }
        self.connecting.set(depth + 1);
        let result = connect();
        self.connecting.set(depth);
        if depth == 0 {
            self.connect_until.set(None);
        }
        result
    }

    /// Bytes of the request are about to be written.
    pub(super) fn sending(&self) {
        if self.connecting.get() == 0 {
            self.sent.set(true);
        }
    }

    pub(super) fn sent(&self) -> bool {
        self.sent.get()
    }

    /// How long to wait for the socket before asking again.
    pub(super) fn slice(&self) -> Duration {
        let connect = self.connect_until.get().map(|until| until.saturating_duration_since(Instant::now()));
        connect.map_or(SLICE, |left| left.min(SLICE)).min(self.stop.slice()).max(Duration::from_millis(1))
    }

    /// Whether to go on; asks the hook at most once in a slice.
    pub(super) fn go_on(&self) -> std::io::Result<()> {
        let now = Instant::now();
        let stopped = if now.duration_since(self.asked.get()) >= SLICE {
            self.asked.set(now);
            self.stop.ask()
        } else {
            self.stop.check()
        };
        match stopped {
            Err(Stopped::Cancelled) => Err(self.fail(Cause::Cancelled, None)),
            Err(Stopped::Deadline) => Err(self.fail(Cause::Deadline, None)),
            Ok(()) if self.connect_until.get().is_some_and(|until| until <= now) => {
                Err(self.fail(Cause::ConnectTimeout, None))
            }
            Ok(()) => Ok(()),
        }
    }

    /// Keeps the cause, which ureq's errors could not carry, and gives an error to return through it.
    pub(super) fn fail(&self, cause: Cause, text: Option<String>) -> std::io::Error {
        self.failure.borrow_mut().get_or_insert((cause, text));
        std::io::ErrorKind::Other.into()
    }

    /// What became of the call: the cause that was kept, or else the one given.
    pub(super) fn failure(&self, cause: Cause, text: Option<String>) -> Failure {
        let (cause, text) = self.failure.borrow_mut().take().unwrap_or((cause, text));
        Failure { cause, sent: self.sent(), text }
    }
}
