//! The text with its escapes in canonical spelling, made piece by piece.

use super::Span;
use super::string::{Escape, LONGEST_SPELLING};

/// What the start of a text becomes.
pub(super) struct Rewriting<'a> {
    text: &'a [u8],
    /// Empty as long as every escape is in canonical spelling.
    bytes: Vec<u8>,
    has_changed: bool,
    /// How much of the text has been gone over.
    done: usize,
    /// How many of its escapes.
    passed: usize,
}

impl<'a> Rewriting<'a> {
    pub(super) fn of(text: &'a [u8]) -> Self {
        Self { text, bytes: Vec::new(), has_changed: false, done: 0, passed: 0 }
    }

    /// Goes on up to `end`, or to the end of an escape that reaches over it. The `escapes` are those of the text from
    /// its start on, up to there.
    pub(super) fn go_on(&mut self, escapes: &[Escape], end: usize) {
        // No escape is shorter than what becomes of it. A text that is given up soon asks for little.
        if self.has_changed {
            self.bytes.reserve_exact(self.text.len().saturating_sub(self.bytes.len()) + LONGEST_SPELLING);
        }
        for escape in escapes.get(self.passed..).unwrap_or_default() {
            if !self.has_changed {
                if escape.is_canonical(self.text) {
                    continue;
                }
                self.has_changed = true;
                self.done = 0;
                self.bytes.reserve_exact(end + LONGEST_SPELLING);
            }
            self.copy(escape.start());
            escape.spelling().append_to(&mut self.bytes);
            self.done = escape.start() + escape.length();
        }
        self.passed = escapes.len();
        if self.has_changed {
            self.copy(end);
        }
        self.done = end.max(self.done);
    }

    fn copy(&mut self, end: usize) {
        self.bytes.extend_from_slice(self.text.get(self.done..end).unwrap_or_default());
    }

    /// What has become of what has been gone over.
    #[inline(always)]
    pub(super) fn so_far(&self) -> &[u8] {
        if self.has_changed { &self.bytes } else { self.text.get(..self.done).unwrap_or_default() }
    }

    /// What becomes of the whole text, whose escapes these are. `None`: it stays as it is.
    pub(super) fn finish(mut self, escapes: &[Escape]) -> Option<Vec<u8>> {
        self.go_on(escapes, self.text.len());
        self.has_changed.then_some(self.bytes)
    }
}

/// Where names of the text stand in what becomes of it. They have no escapes, so each is moved as a whole.
pub(super) fn moved(names: &[Span], escapes: &[Escape]) -> Vec<Span> {
    let mut escapes = escapes.iter().peekable();
    let mut shrunk = 0;
    let mut place = |name: &Span| {
        while let Some(escape) = escapes.next_if(|escape| escape.start() < name.start) {
            shrunk += escape.length() - escape.spelling().as_bytes().len();
        }
        Span { start: name.start - shrunk, end: name.end - shrunk }
    };
    names.iter().map(&mut place).collect()
}
