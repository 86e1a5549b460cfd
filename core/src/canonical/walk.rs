//! Along the quotes of a compact text: its grammar, and what a pass wants to know of it.
//!
//! The text is an object without white space between its tokens. A walk never decides that a text is wrong: it returns
//! `None` for whatever it is not sure of, and then the full pass decides. What a walk comes to the end of is valid JSON,
//! for these reasons:
//!
//! - It checks each byte outside of strings, so the grammar is complete, and the quotes ([`Quotes`]) that it takes for
//!   the ends of strings are those.
//! - Strings hold no control character, their escapes are valid, and the whole text is UTF-8, or [`Quotes`] gives up.
//! - Names have no escape.
//! - Numbers are the visitor's to check, but for those of one or two digits.

use super::index::{AHEAD, Quotes};
use super::string::Escape;
use super::{MAX_DEPTH, Span};

/// What a pass does with what the walk comes across, in the order of the text.
pub(super) trait Visitor {
    /// What it knows of a container that is open.
    type Frame: Copy;

    /// Whether it needs each escape before it is told of what lies behind that.
    const WANTS_ESCAPES: bool;

    /// The escapes of the text up to `end` are these, and the last one may reach over it. The walk is not there yet, and may
    /// give the text up before it is.
    fn know(&mut self, escapes: &[Escape], end: usize);

    /// The walk is at `at`, where a member or an element begins.
    fn pass(&mut self, at: usize);

    /// A container begins, with the bracket at `at`.
    fn open(&mut self, at: usize) -> Self::Frame;

    /// A member of the innermost container begins, with this name, which has no escape. `is_outermost`: no other
    /// container is around that.
    fn name(&mut self, text: &[u8], frame: &mut Self::Frame, name: Span, is_outermost: bool) -> Option<()>;

    /// Behind the number that starts at `start`.
    fn number(&mut self, text: &[u8], start: usize) -> Option<usize>;

    /// An escape in a value.
    fn escape(&mut self, text: &[u8], escape: &Escape) -> Option<()>;

    /// A container ends before `end`.
    fn close(&mut self, frame: Self::Frame, end: usize, is_outermost: bool);
}

/// An open container.
#[derive(Clone, Copy)]
struct Open<F> {
    is_object: bool,
    frame: F,
}

/// Walks through the text whose quotes these are.
#[inline(never)]
pub(super) fn walk<V: Visitor>(text: &[u8], quotes: &mut Quotes<'_>, visitor: &mut V) -> Option<()> {
    let mut around = Vec::with_capacity(16);
    let mut inner = Open { is_object: true, frame: visitor.open(0) };
    // Behind the brace. No sum can overflow: the text is shorter than `END`.
    let mut at = 1_usize;
    // How many of the known quotes have been passed, and up to where they may be without a refill.
    let mut passed = 0_usize;
    quotes.refill(passed)?;
    visitor.know(&quotes.escapes, quotes.looked_until());
    let mut enough_until = quotes.enough_until();
    // One more container is open than there are around the innermost one.
    let is_deepest = |around: &Vec<Open<V::Frame>>| around.len() + 1 >= MAX_DEPTH;
    'container: loop {
        let mut frame = inner.frame;
        if inner.is_object {
            // Before a name.
            loop {
                visitor.pass(at);
                if passed > enough_until {
                    quotes.refill(passed)?;
                    visitor.know(&quotes.escapes, quotes.looked_until());
                    (passed, enough_until) = (0, quotes.enough_until());
                }
                let [open, close, second_open, second_close] = quotes.behind(passed)?;
                if open != at || text.get(close.wrapping_add(1)) != Some(&b':') {
                    return None;
                }
                let start = open.wrapping_add(1);
                if close > quotes.next_escape {
                    pass_escapes(text, quotes, visitor, start)?;
                    if close > quotes.next_escape {
                        return None;
                    }
                }
                visitor.name(text, &mut frame, Span { start, end: close }, around.is_empty())?;
                at = close.wrapping_add(2);
                if second_open == at {
                    at = second_close.wrapping_add(1);
                    passed = passed.wrapping_add(AHEAD);
                } else {
                    passed = passed.wrapping_add(2);
                    match other(text, at, quotes, visitor)? {
                        Other::End(end) => at = end,
                        Other::Empty | Other::Open { .. } if is_deepest(&around) => return None,
                        Other::Empty => at = at.wrapping_add(2),
                        Other::Open { is_object } => {
                            around.push(Open { is_object: true, frame });
                            inner = Open { is_object, frame: opened(text, at, quotes, visitor)? };
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
                visitor.pass(at);
                if passed > enough_until {
                    quotes.refill(passed)?;
                    visitor.know(&quotes.escapes, quotes.looked_until());
                    (passed, enough_until) = (0, quotes.enough_until());
                }
                let [open, close, ..] = quotes.behind(passed)?;
                if open == at {
                    at = close.wrapping_add(1);
                    passed = passed.wrapping_add(2);
                } else {
                    match other(text, at, quotes, visitor)? {
                        Other::End(end) => at = end,
                        Other::Empty | Other::Open { .. } if is_deepest(&around) => return None,
                        Other::Empty => at = at.wrapping_add(2),
                        Other::Open { is_object } => {
                            around.push(Open { is_object: false, frame });
                            inner = Open { is_object, frame: opened(text, at, quotes, visitor)? };
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
            if V::WANTS_ESCAPES && at > quotes.next_escape {
                pass_escapes(text, quotes, visitor, at)?;
            }
            visitor.close(frame, at, around.is_empty());
            match around.pop() {
                Some(outer) => inner = outer,
                None => return (at == text.len() && quotes.are_utf8()).then_some(()),
            }
            frame = inner.frame;
            let behind = *text.get(at)?;
            at = at.wrapping_add(1);
            if behind == b',' {
                break;
            }
            if behind != if inner.is_object { b'}' } else { b']' } {
                return None;
            }
        }
    }
}

/// Shows the visitor all escapes before `end` that it has not seen.
#[cold]
#[inline(never)]
fn pass_escapes(text: &[u8], quotes: &mut Quotes<'_>, visitor: &mut impl Visitor, end: usize) -> Option<()> {
    while let Some(escape) = quotes.escape_before(end) {
        visitor.escape(text, escape)?;
    }
    Some(())
}

#[inline(always)]
fn opened<V: Visitor>(text: &[u8], at: usize, quotes: &mut Quotes<'_>, visitor: &mut V) -> Option<V::Frame> {
    if V::WANTS_ESCAPES && at > quotes.next_escape {
        pass_escapes(text, quotes, visitor, at)?;
    }
    Some(visitor.open(at))
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
fn other<V: Visitor>(text: &[u8], at: usize, quotes: &mut Quotes<'_>, visitor: &mut V) -> Option<Other> {
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
        _ => {
            if V::WANTS_ESCAPES && at > quotes.next_escape {
                pass_escapes(text, quotes, visitor, at)?;
            }
            Other::End(visitor.number(text, at)?)
        }
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
