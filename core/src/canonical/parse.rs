//! The one pass over the input: grammar, white space, nesting, and which members are out of order.

use std::borrow::Cow;

use super::order::{self, Member, Offset, Placed, Rank, Reorder};
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

/// A container that is not closed yet, or what is around the outermost one.
#[derive(Clone, Copy)]
struct Frame {
    kind: Kind,
    /// Where its bracket stands in the output.
    open: usize,
    /// For an object: where its members start on the stack of members.
    first: usize,
    /// For an object: the prefix of its last name so far.
    prefix: u64,
    /// For an object: whether each name so far was greater than the one before it.
    sorted: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Document,
    Array,
    Object,
}

pub(super) struct Parser<'a> {
    input: &'a [u8],
    at: usize,
    output: Output<'a>,
    /// The innermost container, and those around it.
    frame: Frame,
    frames: Vec<Frame>,
    members: Vec<Member>,
    reorders: Vec<Reorder>,
    order: Vec<Placed>,
    has_duplicates: bool,
    root: Option<Vec<Member>>,
    /// Reused to sort in.
    ranks: Vec<Rank>,
    /// Reused for the text of numbers.
    scratch: Vec<u8>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(input: &'a [u8], limit: usize) -> Self {
        Self {
            input,
            at: 0,
            output: Output::new(input, limit.min(Offset::MAX)),
            frame: Frame { kind: Kind::Document, open: 0, first: 0, prefix: 0, sorted: true },
            frames: Vec::with_capacity(16),
            members: Vec::with_capacity(64),
            reorders: Vec::new(),
            order: Vec::new(),
            has_duplicates: false,
            root: None,
            ranks: Vec::new(),
            scratch: Vec::new(),
        }
    }

    pub(super) fn document(mut self) -> Result<Document<'a>, Error> {
        if self.input.len() > Offset::MAX {
            return Err(Code::BodyTooLarge.into());
        }
        self.values()?;
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

    /// Reads values until the outermost one is complete.
    fn values(&mut self) -> Result<(), Error> {
        loop {
            match self.peek() {
                Some(b'"') => self.at = string::copy(self.input, self.at, &mut self.output)?.end,
                Some(b'{') => {
                    self.open(Kind::Object)?;
                    if self.peek() != Some(b'}') {
                        self.member()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.open(Kind::Array)?;
                    if self.peek() != Some(b']') {
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => {
                    self.at = number::copy(self.input, self.at, &mut self.output, &mut self.scratch)?;
                }
                Some(b't') => self.literal(b"true")?,
                Some(b'f') => self.literal(b"false")?,
                Some(b'n') => self.literal(b"null")?,
                Some(b' ' | b'\n' | b'\t' | b'\r') => {
                    self.skip_space()?;
                    continue;
                }
                _ => return Err(self.syntax()),
            }
            if self.after_value()? == After::End {
                return Ok(());
            }
        }
    }

    /// Goes on from the end of a value to the next one, past brackets, a comma and a name.
    #[inline(always)]
    fn after_value(&mut self) -> Result<After, Error> {
        loop {
            match (self.peek(), self.frame.kind) {
                (Some(b','), Kind::Object) => {
                    self.at += 1;
                    self.member()?;
                    return Ok(After::Value);
                }
                (Some(b','), Kind::Array) => {
                    self.at += 1;
                    return Ok(After::Value);
                }
                (Some(b'}'), Kind::Object) | (Some(b']'), Kind::Array) => self.close()?,
                (Some(b' ' | b'\n' | b'\t' | b'\r'), _) => self.skip_space()?,
                (_, Kind::Document) => return Ok(After::End),
                _ => return Err(self.syntax()),
            }
        }
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    #[cold]
    fn syntax(&self) -> Error {
        Error::at(Code::Syntax, self.at)
    }

    /// Goes to the next byte that is no white space, which has to be `expected`.
    #[inline(always)]
    fn expect(&mut self, expected: u8) -> Result<(), Error> {
        if self.peek() != Some(expected) {
            self.skip_space()?;
            if self.peek() != Some(expected) {
                return Err(self.syntax());
            }
        }
        Ok(())
    }

    /// Takes white space out of the output.
    #[inline(never)]
    fn skip_space(&mut self) -> Result<(), Error> {
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
        if self.at > start { self.output.skip(start, self.at) } else { Ok(()) }
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), Error> {
        if self.input.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            Ok(())
        } else {
            Err(self.syntax())
        }
    }

    #[inline(always)]
    fn open(&mut self, kind: Kind) -> Result<(), Error> {
        if self.frames.len() == MAX_DEPTH {
            return Err(Error::at(Code::TooDeep, self.at));
        }
        self.frames.push(self.frame);
        let open = self.output.offset(self.at);
        self.frame = Frame { kind, open, first: self.members.len(), prefix: 0, sorted: true };
        self.at += 1;
        if let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() { self.skip_space() } else { Ok(()) }
    }

    /// Reads a member's name and the colon behind it.
    #[inline(always)]
    fn member(&mut self) -> Result<(), Error> {
        self.expect(b'"')?;
        let opening = self.at;
        let start = self.output.offset(self.at);
        let name = string::copy(self.input, self.at, &mut self.output)?;
        self.at = name.end;
        let name_end = self.output.offset(self.at);
        let prefix = if name.plain {
            order::prefix(self.input, opening + 1, self.at - 1)
        } else {
            order::decoded_prefix(self.output.slice(start + 1, name_end - 1, self.at))
        };
        let member = Member {
            prefix,
            start: Offset::new(start),
            name_end: Offset::new(name_end),
            reorders: Offset::new(self.reorders.len()),
            escaped: name.escaped,
        };
        if prefix <= self.frame.prefix {
            self.compare(&member);
        }
        self.frame.prefix = prefix;
        self.members.push(member);
        self.expect(b':')?;
        self.at += 1;
        Ok(())
    }

    /// Compares a name with the one before it where the prefixes do not show that it is greater.
    fn compare(&mut self, member: &Member) {
        if self.frame.sorted
            && let Some(previous) = self.members.get(self.frame.first..).and_then(<[Member]>::last)
        {
            self.frame.sorted = order::ascends(&mut self.output, previous, member, self.at);
        }
    }

    /// Closes the innermost container, at whose closing bracket the pass stands.
    #[inline(always)]
    fn close(&mut self) -> Result<(), Error> {
        let end = self.output.offset(self.at);
        self.at += 1;
        let frame = self.frame;
        self.frame = self.frames.pop().ok_or_else(|| self.syntax())?;
        if !frame.sorted {
            self.sort(frame, end);
        } else if self.frames.is_empty() && frame.kind == Kind::Object {
            // `first` is zero here: the top-level object is the only one that is open.
            self.root = Some(std::mem::take(&mut self.members));
        }
        self.members.truncate(frame.first);
        Ok(())
    }

    fn sort(&mut self, frame: Frame, end: usize) {
        let spans = self.order.len();
        let written = self.output.written(self.at);
        let members = self.members.get(frame.first..).unwrap_or_default();
        self.has_duplicates |=
            order::sort(written, members, end, self.reorders.len(), &mut self.ranks, &mut self.order);
        self.reorders.push(Reorder::new(frame.open..end + 1, spans..self.order.len()));
    }
}

/// What comes behind a value.
#[derive(PartialEq, Eq)]
enum After {
    Value,
    End,
}
