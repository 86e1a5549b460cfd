//! Which process is this? Its number alone does not tell: the system gives it again when the process has ended.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// For how long a thread believes what it has read. Numbers go round, so that none is given again as soon as that.
const BELIEVED: Duration = Duration::from_secs(1);

/// A process, told from all that had its number before by the time at which it was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    id: u32,
    /// In ticks of the system's clock; 0 where the system does not say.
    started: u32,
}

impl Process {
    pub(super) const fn new(id: u32, started: u32) -> Self {
        Self { id, started }
    }

    /// The one that runs.
    pub(super) fn this() -> Self {
        thread_local! {
            static KNOWN: Cell<Option<(Process, Instant)>> = const { Cell::new(None) };
        }
        let id = std::process::id();
        let known = KNOWN.get().filter(|(process, _)| process.id == id);
        if let Some((process, read)) = known
            && read.elapsed() < BELIEVED
        {
            return process;
        }
        let process = Self::new(id, started().unwrap_or_default());
        KNOWN.set(Some((process, Instant::now())));
        process
    }

    /// Both as one number, which is not 0.
    pub(super) const fn number(self) -> u64 {
        (self.id as u64) << 32 | self.started as u64
    }

    /// Whether a number stands for this process; where the time is not known, its own number has to do.
    pub(super) const fn is(self, number: u64) -> bool {
        let started = number & 0xFFFF_FFFF;
        number >> 32 == self.id as u64 && (started == self.started as u64 || started == 0 || self.started == 0)
    }
}

/// When this process was started, in ticks since the machine was.
#[cfg(target_os = "linux")]
fn started() -> Option<u32> {
    let stat = std::fs::read("/proc/self/stat").ok()?;
    // The name of the program, the second field, stands in parentheses and may hold any others.
    let behind_the_name = stat.iter().rposition(|byte| *byte == b')')?;
    let fields = std::str::from_utf8(stat.get(behind_the_name..)?).ok()?;
    let ticks: u64 = fields.split_ascii_whitespace().nth(20)?.parse().ok()?;
    u32::try_from(ticks & 0xFFFF_FFFF).ok()
}

#[cfg(not(target_os = "linux"))]
fn started() -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_for_one_process() {
        let process = Process::new(100, 7000);
        assert!(process.is(process.number()));
        assert!(!process.is(Process::new(100, 7001).number()));
        assert!(!process.is(Process::new(101, 7000).number()));
        // Where /proc cannot be read, now or before.
        assert!(process.is(Process::new(100, 0).number()));
        assert!(Process::new(100, 0).is(process.number()));
        assert!(!Process::new(101, 0).is(process.number()));
        assert!(!process.is(0));
    }

    #[test]
    fn all_threads_are_one_process() {
        let this = Process::this();
        assert_eq!(this.id, std::process::id());
        assert_eq!(std::thread::spawn(Process::this).join().ok(), Some(this));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_was_started_later() {
        let child = std::process::Command::new("cat").arg("/proc/self/stat").output().unwrap();
        let text = String::from_utf8(child.stdout).unwrap();
        let ticks: u64 = text.split_ascii_whitespace().nth(21).unwrap().parse().unwrap();
        let own = u64::from(started().unwrap());
        assert!(own > 0 && own <= ticks & 0xFFFF_FFFF, "{own} {ticks}");
    }
}
