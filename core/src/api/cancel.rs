//! Ending a call from outside.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a call waits at most before it asks whether it should end.
pub(crate) const SLICE: Duration = Duration::from_millis(50);

/// Ends the calls that it was given to. Cloning gives another handle of the same token.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that nobody has used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the calls, wherever they are, within about 50 ms.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelToken").field(&self.is_cancelled()).finish()
    }
}

/// Asked about every 50 ms while a call waits, on the thread of the call; `Break` ends the call.
pub type Poll = Arc<dyn Fn() -> ControlFlow<()> + Send + Sync>;

/// Everything that can end a call before its answer: the token, the hook, the deadline.
#[derive(Clone, Default)]
pub struct Stop {
    cancel: CancelToken,
    poll: Option<Poll>,
    deadline: Option<Instant>,
}

/// Why a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// By the token or the hook.
    Cancelled,
    /// By the deadline.
    Deadline,
}

impl Stop {
    pub(crate) fn new(cancel: CancelToken, poll: Option<Poll>, deadline: Option<Instant>) -> Self {
        Self { cancel, poll, deadline }
    }

    /// What is left until the deadline; `None` without one.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// How long to wait before asking again.
    pub fn slice(&self) -> Duration {
        self.remaining().map_or(SLICE, |remaining| remaining.min(SLICE))
    }

    /// Whether the call should end now, without asking the hook. Cheap.
    ///
    /// # Errors
    ///
    /// Why it should.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        match self.remaining() {
            Some(Duration::ZERO) => Err(Stopped::Deadline),
            _ => Ok(()),
        }
    }

    /// Whether the call should end now; asks the hook too.
    ///
    /// # Errors
    ///
    /// Why it should.
    pub fn ask(&self) -> Result<(), Stopped> {
        if self.poll.as_ref().is_some_and(|poll| poll().is_break()) {
            self.cancel.cancel();
        }
        self.check()
    }

    /// Sleeps, unless the call ends before.
    ///
    /// # Errors
    ///
    /// Why it ended.
    pub fn sleep(&self, duration: Duration) -> Result<(), Stopped> {
        let until = Instant::now() + duration;
        loop {
            self.ask()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(self.slice()));
        }
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop").field("cancel", &self.cancel).field("deadline", &self.deadline).finish_non_exhaustive()
    }
}
