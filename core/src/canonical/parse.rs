//! The one pass over the input: grammar, white space, nesting, and which members are out of order.

use std::borrow::Cow;

use super::order::{self, Member, Placed, Reorder};
use super::output::Output;
use super::{MAX_DEPTH, number, string};
use crate::{Code, Error};

/// What the pass over the input found.
pub(super) struct Document<'a> {
    /// Canonical tokens, members still in the order of the input.
    pub(super) bytes: Cow<'a, [u8]>,
    /// The members of the top-level object, if that is in order.
    pub(super) root: Option<Vec<Member>>,
    /// The objects whose members have to move.
    pub(super) reorders: Vec<Reorder>,
    /// The members of those objects in their new order.
    pub(super) order: Vec<Placed>,
    pub(super) has_duplicates: bool,
}

/// A container that is not closed yet.
struct Frame {
    /// Where its bracket stands in the output.
    open: usize,
    /// For an object: where its members start on the stack of members.
    members: Option<usize>,
    /// For an object: whether each name so far was greater than the one before it.
    sorted: bool,
}

pub(super) struct Parser<'a> {
    input: &'a [u8],
    at: usize,
    output: Output<'a>,
    frames: Vec<Frame>,
    members: Vec<Member>,
    reorders: Vec<Reorder>,
    order: Vec<Placed>,
    has_duplicates: bool,
    root: Option<Vec<Member>>,
    /// Reused to sort in.
    ranks: Vec<(u64, usize)>,
    /// Reused for the text of numbers.
    scratch: Vec<u8>,
}

/// What to read next.
enum Step {
    Value,
    Member,
    Close,
    Done,
}

impl<'a> Parser<'a> {
    /// `input` is well-formed UTF-8 without a byte order mark.
    pub(super) fn new(input: &'a [u8], limit: usize) -> Self {
        Self {
            input,
            at: 0,
            output: Output::new(input, limit),
            frames: Vec::new(),
            members: Vec::new(),
            reorders: Vec::new(),
            order: Vec::new(),
            has_duplicates: false,
            root: None,
            ranks: Vec::new(),
            scratch: Vec::new(),
        }
    }

    pub(super) fn document(mut self) -> Result<Document<'a>, Error> {
        self.skip_space()?;
        let mut step = Step::Value;
        loop {
            step = match step {
                Step::Value => self.value()?,
                Step::Member => self.member()?,
                Step::Close => self.after_value()?,
                Step::Done => break,
            };
        }
        if self.at < self.input.len() {
            return Err(self.syntax());
        }
        let bytes = self.output.finish(self.at)?;
        Ok(Document {
            bytes,
            root: self.root,
            reorders: self.reorders,
            order: self.order,
            has_duplicates: self.has_duplicates,
        })
    }

    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    fn syntax(&self) -> Error {
        Error::at(Code::Syntax, self.at)
    }

    /// Takes white space out of the output.
    #[inline]
    fn skip_space(&mut self) -> Result<(), Error> {
        match self.peek() {
            Some(b' ' | b'\n' | b'\t' | b'\r') => self.skip_some_space(),
            _ => Ok(()),
        }
    }

    fn skip_some_space(&mut self) -> Result<(), Error> {
        const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
        let start = self.at;
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
            // Behind the first, indentation: eight spaces at a time.
            while let Some(&bytes) = self.input.get(self.at..).and_then(<[u8]>::first_chunk) {
                let spaces = (u64::from_le_bytes(bytes) ^ SPACES).trailing_zeros() / 8;
                self.at += spaces as usize;
                if spaces < 8 {
                    break;
                }
            }
        }
        self.output.skip(start, self.at)
    }

    #[inline(always)]
    fn value(&mut self) -> Result<Step, Error> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.at = string::copy(self.input, start, &mut self.output)?.end,
            Some(b'{') => {
                self.open(Some(self.members.len()))?;
                if self.peek() != Some(b'}') {
                    return Ok(Step::Member);
                }
                self.close(b'}')?;
            }
            Some(b'[') => {
                self.open(None)?;
                if self.peek() != Some(b']') {
                    return Ok(Step::Value);
                }
                self.close(b']')?;
            }
            Some(b'-' | b'0'..=b'9') => self.at = number::copy(self.input, start, &mut self.output, &mut self.scratch)?,
            Some(b't') => self.literal(b"true")?,
            Some(b'f') => self.literal(b"false")?,
            Some(b' ' | b'\n' | b'\t' | b'\r') => {
                self.skip_some_space()?;
                return Ok(Step::Value);
            }
            Some(b'n') => self.literal(b"null")?,
            _ => return Err(self.syntax()),
        }
        Ok(Step::Close)
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), Error> {
        if self.input.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            Ok(())
        } else {
            Err(self.syntax())
        }
    }

    fn open(&mut self, members: Option<usize>) -> Result<(), Error> {
        if self.frames.len() == MAX_DEPTH {
            return Err(Error::at(Code::TooDeep, self.at));
        }
        self.frames.push(Frame { open: self.output.offset(self.at), members, sorted: true });
        self.at += 1;
        self.skip_space()
    }

    #[inline(always)]
    /// Reads a member's name and the colon behind it.
    fn member(&mut self) -> Result<Step, Error> {
        if self.peek() != Some(b'"') {
            self.skip_space()?;
            if self.peek() != Some(b'"') {
                return Err(self.syntax());
            }
        }
        let opening = self.at;
        let start = self.output.offset(self.at);
        let name = string::copy(self.input, self.at, &mut self.output)?;
        self.at = name.end;
        let name_end = self.output.offset(self.at);
        let prefix = if name.plain {
            order::prefix(self.input.get(opening + 1..self.at - 1).unwrap_or_default())
        } else {
            order::decoded_prefix(self.output.slice(start + 1, name_end - 1, self.at))
        };
        let member = Member { start, name_end, escaped: name.escaped, prefix, reorders: self.reorders.len() };
        if let Some(Frame { sorted: sorted @ true, members: Some(first), .. }) = self.frames.last_mut()
            && let Some(previous) = self.members.get(*first..).and_then(<[Member]>::last)
        {
            *sorted = order::ascends(&mut self.output, previous, &member, self.at);
        }
        self.members.push(member);
        if self.peek() != Some(b':') {
            self.skip_space()?;
            if self.peek() != Some(b':') {
                return Err(self.syntax());
            }
        }
        self.at += 1;
        Ok(Step::Value)
    }

    #[inline(always)]
    fn after_value(&mut self) -> Result<Step, Error> {
        let Some(frame) = self.frames.last() else {
            self.skip_space()?;
            return Ok(Step::Done);
        };
        let is_object = frame.members.is_some();
        match (self.peek(), is_object) {
            (Some(b' ' | b'\n' | b'\t' | b'\r'), _) => {
                self.skip_some_space()?;
                Ok(Step::Close)
            }
            (Some(b','), _) => {
                self.at += 1;
                Ok(if is_object { Step::Member } else { Step::Value })
            }
            (Some(end @ b'}'), true) | (Some(end @ b']'), false) => {
                self.close(end)?;
                Ok(Step::Close)
            }
            _ => Err(self.syntax()),
        }
    }

    /// Closes the innermost container, at whose closing bracket the pass stands.
    fn close(&mut self, bracket: u8) -> Result<(), Error> {
        debug_assert_eq!(self.peek(), Some(bracket));
        let end = self.output.offset(self.at);
        self.at += 1;
        let Some(frame) = self.frames.pop() else { return Err(self.syntax()) };
        let Some(first) = frame.members else { return Ok(()) };
        if !frame.sorted {
            let spans = self.order.len();
            let written = self.output.written(self.at);
            let members = self.members.get(first..).unwrap_or_default();
            self.has_duplicates |=
                order::sort(written, members, end, self.reorders.len(), &mut self.ranks, &mut self.order);
            self.reorders.push(Reorder { start: frame.open, end: end + 1, members: spans..self.order.len() });
        } else if self.frames.is_empty() {
            // `first` is zero here: the top-level object is the only one that is open.
            self.root = Some(std::mem::take(&mut self.members));
        }
        self.members.truncate(first);
        Ok(())
    }
}
