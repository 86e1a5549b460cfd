//! A TCP connection that waits in slices, and asks in between whether the call should go on.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::call::{Call, current};
use ureq::config::Config;
use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport};

pub(super) struct Socket {
    stream: TcpStream,
    buffers: LazyBuffers,
    read_timeout: Duration,
    write_timeout: Duration,
    /// Whether an answer came in since it was last looked whether the connection is open.
    answered: bool,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, config: &Config) -> Self {
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Self { stream, buffers, read_timeout: Duration::ZERO, write_timeout: Duration::ZERO, answered: false }
    }

    /// Costs a system call only when the slice has changed.
    fn patience(&mut self, call: &Call, reading: bool) -> io::Result<()> {
        let slice = call.slice();
        if reading && self.read_timeout != slice {
            self.stream.set_read_timeout(Some(slice))?;
            self.read_timeout = slice;
        } else if !reading && self.write_timeout != slice {
            self.stream.set_write_timeout(Some(slice))?;
            self.write_timeout = slice;
        }
        Ok(())
    }
}

/// Whether nothing has happened yet. EINTR is one of these: a signal is a reason to ask the hook.
fn not_yet(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let call = current()?;
        let mut written = 0;
        while written < amount {
            call.go_on()?;
            self.patience(&call, false)?;
            let rest = self.buffers.output().get(written..amount).unwrap_or_default();
            match self.stream.write(rest) {
                Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero).into()),
                Ok(count) => written += count,
                Err(error) if not_yet(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let call = current()?;
        loop {
            call.go_on()?;
            self.patience(&call, true)?;
            match self.stream.read(self.buffers.input_append_buf()) {
                Ok(count) => {
                    self.buffers.input_appended(count);
                    self.answered = count > 0;
                    return Ok(count > 0);
                }
                Err(error) if not_yet(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// An idle connection has nothing to read: not the end of the stream, and no stray bytes either.
    ///
    /// ureq asks twice: when it puts the connection away behind an answer, and when it takes it out for the next
    /// request. Only then the system is asked, which takes three calls: whatever it could have said before, it says
    /// then as well.
    fn is_open(&mut self) -> bool {
        if std::mem::take(&mut self.answered) {
            return true;
        }
        let idle = || -> io::Result<bool> {
            self.stream.set_nonblocking(true)?;
            let idle = matches!(self.stream.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
            self.stream.set_nonblocking(false)?;
            Ok(idle)
        };
        idle().unwrap_or(false)
    }
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}
