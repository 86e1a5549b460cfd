//! The one pass over the input: grammar, white space, nesting, and which members are out of order.

use super::objects::{Document, Name, Object, Objects};
use super::order::{self, Offset};
use super::output::Output;
use super::{MAX_DEPTH, number, string};
use crate::{Code, Error};

/// A container that is not closed yet, or what is around the outermost one.
#[derive(Clone, Copy)]
struct Frame {
    kind: Kind,
    object: Object,
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
    /// The output, and the objects in it.
    objects: Objects<'a>,
    /// The innermost container, and those around it.
    frame: Frame,
    frames: Vec<Frame>,
    /// Reused for the text of numbers.
    scratch: Vec<u8>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(input: &'a [u8], limit: usize) -> Self {
        let objects = Objects::new(Output::new(input, limit.min(Offset::MAX)));
        let frame = Frame { kind: Kind::Document, object: objects.open(0) };
        Self { input, at: 0, objects, frame, frames: Vec::with_capacity(16), scratch: Vec::new() }
    }

    pub(super) fn document(mut self) -> Result<Document<'a>, Error> {
        if self.input.len() > Offset::MAX {
            return Err(Code::BodyTooLarge.into());
        }
        self.values()?;
        if self.at < self.input.len() {
            return Err(self.syntax());
        }
        self.objects.document(self.at)
    }

    /// Reads values until the outermost one is complete.
    fn values(&mut self) -> Result<(), Error> {
        loop {
            match self.peek() {
                Some(b'"') => self.at = string::copy(self.input, self.at, &mut self.objects.output)?.end,
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
                    self.at = number::copy(self.input, self.at, &mut self.objects.output, &mut self.scratch)?;
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
        if self.at > start { self.objects.output.skip(start, self.at) } else { Ok(()) }
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
        self.frame = Frame { kind, object: self.objects.open(self.at) };
        self.at += 1;
        if let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() { self.skip_space() } else { Ok(()) }
    }

    /// Reads a member's name and the colon behind it.
    #[inline(always)]
    fn member(&mut self) -> Result<(), Error> {
        self.expect(b'"')?;
        let opening = self.at;
        let start = self.objects.output.offset(self.at);
        let name = string::copy(self.input, self.at, &mut self.objects.output)?;
        self.at = name.end;
        let written = Name { start, end: self.objects.output.offset(self.at), escaped: name.escaped };
        let prefix = if name.plain {
            order::prefix(self.input, opening + 1, self.at - 1)
        } else {
            order::decoded_prefix(self.objects.output.slice(start + 1, written.end - 1, self.at))
        };
        self.objects.name(&mut self.frame.object, written, prefix, self.at);
        self.expect(b':')?;
        self.at += 1;
        Ok(())
    }

    /// Closes the innermost container, at whose closing bracket the pass stands.
    #[inline(always)]
    fn close(&mut self) -> Result<(), Error> {
        self.at += 1;
        let Frame { kind, object } = self.frame;
        self.frame = self.frames.pop().ok_or_else(|| self.syntax())?;
        self.objects.close(object, self.at, self.frames.is_empty() && kind == Kind::Object);
        Ok(())
    }
}

/// What comes behind a value.
#[derive(PartialEq, Eq)]
enum After {
    Value,
    End,
}
