//! The fast pass: over bodies that are written the way Didit writes them.
//!
//! That is an object without white space between its tokens, with every object's members in order and every number
//! in canonical form; only escapes inside strings may have to change. This pass never decides that a body is wrong.
//! It returns `None` for whatever it is not sure of, and then the full pass decides.
//!
//! It is sure of a body for these reasons:
//!
//! - It walks along the quotes ([`Quotes`]) and checks each byte outside of strings, so the grammar is complete, and
//!   the quotes that it takes for the ends of strings are those.
//! - Strings hold no control character, their escapes are valid, and the whole text is UTF-8, or [`Quotes`] gives up.
//! - Each name is greater than the one before it in the same object, so members are in order and none is there twice.
//!   Names with an escape are left to the full pass; of others the order of bytes is that of code points.
//! - Numbers are only taken if the rules of [`number`] leave them as they are.
//! - What escapes become is decided by the rules of [`string`].

use std::borrow::Cow;

use super::index::{END, Quotes};
use super::order::{self, Offset};
use super::string::Escape;
use super::{Canonical, MAX_DEPTH, Members, Span, number};

/// An open container.
#[derive(Clone, Copy)]
struct Frame {
    is_object: bool,
    /// For an object: the last name so far and its prefix; zeros before the first name.
    prefix: u64,
    name: Span,
}

impl Frame {
    const fn new(is_object: bool) -> Self {
        Self { is_object, prefix: 0, name: Span { start: 0, end: 0 } }
    }
}

struct Walk<'a> {
    text: &'a [u8],
    quotes: Quotes<'a>,
    frames: Vec<Frame>,
    /// The names of the top-level members.
    names: Vec<Span>,
    /// How many escapes lie before the last name, and where the next one is.
    passed_escapes: usize,
    next_escape: usize,
    scratch: Vec<u8>,
}

/// The canonical form of a body of the usual kind, of up to `limit` bytes.
pub(super) fn canonicalize(body: &[u8], limit: usize) -> Option<Canonical<'_>> {
    if body.len() >= END as usize || !body.starts_with(b"{\"") {
        return None;
    }
    let mut walk = Walk {
        text: body,
        quotes: Quotes::of(body),
        frames: Vec::with_capacity(16),
        names: Vec::with_capacity(32),
        passed_escapes: 0,
        next_escape: 0,
        scratch: Vec::new(),
    };
    walk.object()?;
    if !walk.quotes.are_utf8() {
        return None;
    }
    let Walk { quotes, names, .. } = walk;
    let (bytes, names) = rewrite(body, &quotes.escapes, names);
    (bytes.len() <= limit.min(Offset::MAX)).then(|| {
        let members = Members::of_names(&names, bytes.len());
        Canonical { bytes, members: Some(members), has_duplicates: false }
    })
}

impl Walk<'_> {
    /// Walks through the object at the text's start, behind which the text has to end.
    fn object(&mut self) -> Option<()> {
        let text = self.text;
        let mut at = 1;
        let mut frame = Frame::new(true);
        loop {
            // Before a value, or in objects before a name.
            let [open, close, second_open, second_close] = self.quotes.ahead()?;
            if frame.is_object {
                if open != at {
                    return None;
                }
                self.name(&mut frame, Span { start: open + 1, end: close })?;
                if text.get(close + 1) != Some(&b':') {
                    return None;
                }
                at = close + 2;
                if second_open == at {
                    at = second_close + 1;
                    self.quotes.pass(4);
                } else {
                    self.quotes.pass(2);
                    if self.other(&mut frame, &mut at)? {
                        continue;
                    }
                }
            } else if open == at {
                at = close + 1;
                self.quotes.pass(2);
            } else if self.other(&mut frame, &mut at)? {
                continue;
            }
            // Behind a value.
            loop {
                match text.get(at)? {
                    b',' => {
                        at += 1;
                        break;
                    }
                    b'}' if frame.is_object => {}
                    b']' if !frame.is_object => {}
                    _ => return None,
                }
                at += 1;
                match self.frames.pop() {
                    Some(outer) => frame = outer,
                    None => return (at == text.len()).then_some(()),
                }
            }
        }
    }

    /// Whether the name comes behind the one before it in its object.
    #[inline(always)]
    fn name(&mut self, frame: &mut Frame, name: Span) -> Option<()> {
        if name.end > self.next_escape {
            self.pass_escapes(name)?;
        }
        let prefix = order::prefix(self.text, name.start, name.end);
        if prefix <= frame.prefix && !order::comes_behind(self.text, (frame.prefix, frame.name), (prefix, name)) {
            return None;
        }
        (frame.prefix, frame.name) = (prefix, name);
        if self.frames.is_empty() {
            self.names.push(name);
        }
        Some(())
    }

    /// Goes on to the escapes behind the name, in which there has to be none.
    #[cold]
    fn pass_escapes(&mut self, name: Span) -> Option<()> {
        let rest = self.quotes.escapes.get(self.passed_escapes..)?;
        let passed = rest.iter().take_while(|escape| escape.start() < name.start).count();
        self.passed_escapes += passed;
        // What has not been looked at yet lies behind the name.
        self.next_escape = rest.get(passed).map_or(name.end, Escape::start);
        (self.next_escape >= name.end).then_some(())
    }

    /// Goes past a value that is no string; or into it, which is the answer.
    #[inline(always)]
    fn other(&mut self, frame: &mut Frame, at: &mut usize) -> Option<bool> {
        let rest = self.text.get(*at..)?;
        match rest {
            [b'{', b'}', ..] | [b'[', b']', ..] => *at += 2,
            [bracket @ (b'{' | b'['), ..] => {
                // One more container is open than there are frames around the innermost one.
                if self.frames.len() + 1 >= MAX_DEPTH {
                    return None;
                }
                self.frames.push(*frame);
                *frame = Frame::new(*bracket == b'{');
                *at += 1;
                return Some(true);
            }
            [b'n', b'u', b'l', b'l', ..] | [b't', b'r', b'u', b'e', ..] => *at += 4,
            [b'f', b'a', b'l', b's', b'e', ..] => *at += 5,
            _ => *at = number::skip_canonical(self.text, *at, &mut self.scratch)?,
        }
        Some(false)
    }
}

/// The text with its escapes in canonical spelling, and where the names are then.
fn rewrite<'a>(text: &'a [u8], escapes: &[Escape], mut names: Vec<Span>) -> (Cow<'a, [u8]>, Vec<Span>) {
    if escapes.iter().all(|escape| escape.is_canonical(text)) {
        return (Cow::Borrowed(text), names);
    }
    // No escape is shorter than what becomes of it.
    let mut bytes = Vec::with_capacity(text.len());
    let mut run = 0;
    let mut names_left = names.iter_mut();
    let mut moved = names_left.next();
    for escape in escapes {
        // Names have no escapes, so what lies before this one is moved as a whole.
        while let Some(name) = moved.take_if(|name| name.start < escape.start()) {
            *name = Span { start: name.start - run + bytes.len(), end: name.end - run + bytes.len() };
            moved = names_left.next();
        }
        bytes.extend_from_slice(text.get(run..escape.start()).unwrap_or_default());
        bytes.extend_from_slice(escape.spelling().as_bytes());
        run = escape.start() + escape.length();
    }
    for name in moved.into_iter().chain(names_left) {
        *name = Span { start: name.start - run + bytes.len(), end: name.end - run + bytes.len() };
    }
    bytes.extend_from_slice(text.get(run..).unwrap_or_default());
    (Cow::Owned(bytes), names)
}
