//! The output of the canonical writer: verbatim runs of the input, and replacements between them.

use std::borrow::Cow;

use super::buffer::Buffer;
use crate::{Code, Error};

/// Canonical bytes in the making.
///
/// Input that is canonical already is not copied while nothing before it had to change: `run` is where
/// the part of the input starts that is still to be copied as it is.
pub(super) struct Output<'a> {
    input: &'a [u8],
    bytes: Buffer,
    run: usize,
    /// What leads from the input's bytes behind `run` to their place in the output, modulo 2^64.
    shift: usize,
    changed: bool,
    limit: usize,
}

impl<'a> Output<'a> {
    pub(super) fn new(input: &'a [u8], limit: usize) -> Self {
        Self { input, bytes: Buffer::default(), run: 0, shift: 0, changed: false, limit }
    }

    /// Where in the output the input's byte `at` goes, if it is kept.
    #[inline(always)]
    pub(super) fn offset(&self, at: usize) -> usize {
        at.wrapping_add(self.shift)
    }

    /// Puts `replacement` in the place of the input's bytes from `from` to `to`.
    pub(super) fn replace(&mut self, from: usize, to: usize, replacement: &[u8]) -> Result<(), Error> {
        self.skip(from, to)?;
        self.bytes.append_slice(replacement);
        self.shift = self.shift.wrapping_add(replacement.len());
        self.check()
    }

    /// Leaves out the input's bytes from `from` to `to`.
    #[inline(always)]
    pub(super) fn skip(&mut self, from: usize, to: usize) -> Result<(), Error> {
        if !self.changed {
            self.start();
        }
        self.bytes.append(self.input, self.run, from);
        self.run = to;
        self.shift = self.bytes.len().wrapping_sub(to);
        self.check()
    }

    #[cold]
    fn start(&mut self) {
        self.changed = true;
        // Most bodies shrink or keep their length, so one allocation is the rule.
        self.bytes = Buffer::with_room(self.input.len().min(self.limit));
    }

    #[inline]
    fn check(&self) -> Result<(), Error> {
        if self.bytes.len() > self.limit { Err(Code::BodyTooLarge.into()) } else { Ok(()) }
    }

    fn flush(&mut self, to: usize) {
        self.bytes.append(self.input, self.run, to);
        self.run = to;
    }

    /// The output from `start` to `end`, where `at` is how far the input has been read.
    pub(super) fn slice(&mut self, start: usize, end: usize, at: usize) -> &[u8] {
        if start < self.bytes.len() && end > self.bytes.len() {
            self.flush(at);
        }
        let (from, start, end) = match start.checked_sub(self.bytes.len()) {
            Some(start) => (self.input.get(self.run..), start, end - self.bytes.len()),
            None => (Some(self.bytes.as_slice()), start, end),
        };
        from.and_then(|from| from.get(start..end)).unwrap_or_default()
    }

    /// The output from `start` on, where `at` is how far the input has been read. What comes behind `at` is not the
    /// output.
    #[inline(always)]
    pub(super) fn from(&mut self, start: usize, at: usize) -> &[u8] {
        let from = if !self.changed {
            self.input.get(self.run + start..)
        } else {
            self.flush(at);
            self.bytes.with_room_behind().get(start..)
        };
        from.unwrap_or_default()
    }

    /// All output so far as one slice, where `at` is how far the input has been read.
    pub(super) fn written(&mut self, at: usize) -> &[u8] {
        if self.changed {
            self.flush(at);
            self.bytes.as_slice()
        } else {
            self.input.get(self.run..at).unwrap_or_default()
        }
    }

    /// The whole output: borrowed if every byte was kept.
    pub(super) fn finish(mut self, at: usize) -> Result<Cow<'a, [u8]>, Error> {
        if self.offset(at) > self.limit {
            return Err(Code::BodyTooLarge.into());
        }
        if self.changed {
            self.flush(at);
            Ok(Cow::Owned(self.bytes.into_vec()))
        } else {
            Ok(Cow::Borrowed(self.input.get(self.run..at).unwrap_or_default()))
        }
    }
}
