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
    /// For an object: the prefix of its last name so far, and where that starts; zeros before the first name.
    prefix: u64,
    name: usize,
}

impl Frame {
    const fn new(is_object: bool) -> Self {
        Self { is_object, prefix: 0, name: 0 }
    }
}

/// The canonical form of a body of the usual kind, of up to `limit` bytes.
pub(super) fn canonicalize(body: &[u8], limit: usize) -> Option<Canonical<'_>> {
    if body.len() >= END as usize || !body.starts_with(b"{\"") {
        return None;
    }
    let mut quotes = Quotes::of(body);
    let names = walk(body, &mut quotes)?;
    if !quotes.are_utf8() {
        return None;
    }
    let (bytes, names) = rewrite(body, &quotes.escapes, names);
    (bytes.len() <= limit.min(Offset::MAX)).then(|| {
        let members = Members::of_names(&names, bytes.len());
        Canonical { bytes, members: Some(members), has_duplicates: false }
    })
}

/// Walks through the object at the text's start, behind which the text has to end, and returns the names of its
/// members, without their quotes.
fn walk(text: &[u8], quotes: &mut Quotes<'_>) -> Option<Vec<Span>> {
    let mut names = Vec::with_capacity(32);
    let mut frames = Vec::with_capacity(16);
    let mut frame = Frame::new(true);
    // No sum can overflow: the text is shorter than `END`.
    let mut at = 1_usize;
    // How many of the known quotes have been passed, and up to where they may be without a refill.
    let mut passed = 0_usize;
    quotes.refill(passed)?;
    let mut enough_until = quotes.enough_until();
    // One more container is open than there are frames around the innermost one.
    let is_deepest = |frames: &Vec<Frame>| frames.len() + 1 >= MAX_DEPTH;
    'container: loop {
        if frame.is_object {
            let Frame { mut prefix, mut name, .. } = frame;
            // Before a name.
            loop {
                if passed > enough_until {
                    quotes.refill(passed)?;
                    (passed, enough_until) = (0, quotes.enough_until());
                }
                let [open, close, second_open, second_close] = quotes.behind(passed)?;
                if open != at || text.get(close.wrapping_add(1)) != Some(&b':') {
                    return None;
                }
                let start = open.wrapping_add(1);
                if close > quotes.next_escape && quotes.escapes_in(Span { start, end: close }) {
                    return None;
                }
                let next = order::prefix(text, start, close);
                if next <= prefix && (next < prefix || !comes_behind(text, name, start, close)) {
                    return None;
                }
                (prefix, name) = (next, start);
                if frames.is_empty() {
                    note(&mut names, Span { start, end: close });
                }
                at = close.wrapping_add(2);
                if second_open == at {
                    at = second_close.wrapping_add(1);
                    passed = passed.wrapping_add(4);
                } else {
                    passed = passed.wrapping_add(2);
                    match other(text, at)? {
                        Other::End(end) => at = end,
                        Other::Empty | Other::Open { .. } if is_deepest(&frames) => return None,
                        Other::Empty => at = at.wrapping_add(2),
                        Other::Open { is_object } => {
                            frames.push(Frame { is_object: true, prefix, name });
                            frame = Frame::new(is_object);
                            at = at.wrapping_add(1);
                            continue 'container;
                        }
                    }
                }
                let behind = *text.get(at)?;
                at = at.wrapping_add(1);
                if behind != b',' {
                    if behind == b'}' {
                        break;
                    }
                    return None;
                }
            }
        } else {
            // Before an element.
            loop {
                if passed > enough_until {
                    quotes.refill(passed)?;
                    (passed, enough_until) = (0, quotes.enough_until());
                }
                let [open, close, ..] = quotes.behind(passed)?;
                if open == at {
                    at = close.wrapping_add(1);
                    passed = passed.wrapping_add(2);
                } else {
                    match other(text, at)? {
                        Other::End(end) => at = end,
                        Other::Empty | Other::Open { .. } if is_deepest(&frames) => return None,
                        Other::Empty => at = at.wrapping_add(2),
                        Other::Open { is_object } => {
                            frames.push(frame);
                            frame = Frame::new(is_object);
                            at = at.wrapping_add(1);
                            continue 'container;
                        }
                    }
                }
                let behind = *text.get(at)?;
                at = at.wrapping_add(1);
                if behind != b',' {
                    if behind == b']' {
                        break;
                    }
                    return None;
                }
            }
        }
        // Behind a container.
        loop {
            match frames.pop() {
                Some(outer) => frame = outer,
                None => return (at == text.len()).then_some(names),
            }
            let behind = *text.get(at)?;
            at = at.wrapping_add(1);
            if behind == b',' {
                break;
            }
            if behind != if frame.is_object { b'}' } else { b']' } {
                return None;
            }
        }
    }
}

/// Out of line, like all that is rare, to leave the registers to the walk.
#[inline(never)]
fn note(names: &mut Vec<Span>, name: Span) {
    names.push(name);
}

/// Whether the name from `start` to `end` is greater than the one that starts at `previous` and has the same prefix;
/// neither has an escape. Zero stands for no name, than which any is greater.
#[inline(never)]
fn comes_behind(text: &[u8], previous: usize, start: usize, end: usize) -> bool {
    let word = |at: usize| {
        text.get(at..at.wrapping_add(8)).and_then(<[u8]>::first_chunk).map(|word| u64::from_le_bytes(*word))
    };
    let mut at = 8;
    while start.wrapping_add(at) < end {
        let (Some(one), Some(other)) = (word(previous.wrapping_add(at)), word(start.wrapping_add(at))) else { break };
        if one != other {
            at = at.wrapping_add(((one ^ other).trailing_zeros() / 8) as usize);
            break;
        }
        at = at.wrapping_add(8);
    }
    // They are the same up to there, so the previous name did not end before.
    let ends = |byte: u8| byte == b'"';
    previous == 0
        || (start.wrapping_add(at) < end
            && matches!((text.get(previous.wrapping_add(at)), text.get(start.wrapping_add(at))), (Some(&one), Some(&other)) if ends(one) || one < other))
}

/// A value that is no string.
enum Other {
    /// It is complete and ends there.
    End(usize),
    /// A container with nothing in it.
    Empty,
    /// A container with something in it.
    Open { is_object: bool },
}

#[inline(always)]
fn other(text: &[u8], at: usize) -> Option<Other> {
    let first = match text.get(at..at.wrapping_add(4)).and_then(<[u8]>::first_chunk::<4>) {
        Some(first) => *first,
        None => last_bytes(text, at),
    };
    Some(match &first {
        b"null" | b"true" => Other::End(at.wrapping_add(4)),
        [b'{', b'}', ..] | [b'[', b']', ..] => Other::Empty,
        [b'{', ..] => Other::Open { is_object: true },
        [b'[', ..] => Other::Open { is_object: false },
        b"fals" if text.get(at.wrapping_add(4)) == Some(&b'e') => Other::End(at.wrapping_add(5)),
        // One or two digits before what can follow a number.
        [b'0'..=b'9', b',' | b'}' | b']', ..] => Other::End(at.wrapping_add(1)),
        [b'1'..=b'9', b'0'..=b'9', b',' | b'}' | b']', ..] => Other::End(at.wrapping_add(2)),
        _ => Other::End(number::skip_canonical(text, at)?),
    })
}

/// The last bytes of the text, zeros behind them.
#[cold]
#[inline(never)]
fn last_bytes(text: &[u8], at: usize) -> [u8; 4] {
    let mut bytes = [0; 4];
    bytes.iter_mut().zip(text.get(at..).unwrap_or_default()).for_each(|(byte, &other)| *byte = other);
    bytes
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
