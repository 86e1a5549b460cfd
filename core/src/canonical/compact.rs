//! The fast pass: over bodies that are written the way Didit writes them.
//!
//! That is an object without white space between its tokens, with every object's members in order and every number
//! in canonical form; only escapes inside strings may have to change. This pass never decides that a body is wrong.
//! It returns `None` for whatever it is not sure of, and then another one decides.
//!
//! What it is sure of is valid JSON because of the [`walk`], and canonical but for its escapes for these reasons:
//!
//! - Each name is greater than the one before it in the same object, so members are in order and none is there twice.
//!   Names have no escape, so the order of bytes is that of code points.
//! - Numbers are only taken if the rules of [`number`] leave them as they are.
//! - What escapes become is decided by the rules of [`string`](super::string).

use std::borrow::Cow;

use super::index::Quotes;
use super::order::{self, Offset};
use super::rewriting::{self, Rewriting};
use super::string::Escape;
use super::walk::{Visitor, walk};
use super::{Canonical, HASH_BLOCK, Listener, Members, Span, number};

/// The canonical form of a body of the usual kind, of up to `limit` bytes. The listener hears the start of it.
pub(super) fn canonicalize<'a, L: Listener>(body: &'a [u8], limit: usize, listener: &mut L) -> Option<Canonical<'a>> {
    let mut quotes = Quotes::of(body)?;
    let names = Vec::with_capacity(32);
    let mut sorted = Sorted { names, rewriting: Rewriting::of(body), listener, heard: 0, next: HASH_BLOCK };
    walk(body, &mut quotes, &mut sorted)?;
    let Sorted { names, rewriting, heard, .. } = sorted;
    let canonical = |bytes: Cow<'a, [u8]>, names: Vec<Span>, sent| {
        let members = Some(Members::of_names(names, bytes.len()));
        (bytes.len() <= limit.min(Offset::MAX)).then_some(Canonical {
            bytes,
            members,
            sent,
            has_duplicates: false,
            heard,
        })
    };
    match rewriting.finish(&quotes.escapes) {
        None => canonical(Cow::Borrowed(body), names, None),
        Some(bytes) => {
            let moved = rewriting::moved(&names, &quotes.escapes);
            // For verified deliveries alone; nobody else asks.
            let sent = (L::LISTENS && quotes.are_ascii()).then(|| Members::of_names(names, body.len()));
            canonical(Cow::Owned(bytes), moved, sent)
        }
    }
}

/// Members that are in order.
struct Sorted<'a, 'l, L> {
    /// The names of the outermost object's members, without their quotes.
    names: Vec<Span>,
    rewriting: Rewriting<'a>,
    listener: &'l mut L,
    /// So many bytes of what the text becomes.
    heard: usize,
    /// Where the walk has to be before the listener hears more.
    next: usize,
}

impl<L: Listener> Sorted<'_, '_, L> {
    /// Out of line and behind an unlikely branch, to leave the registers to the walk. Hashing waits for its own results
    /// most of the time, and meanwhile the processor goes on with the next members.
    #[cold]
    #[inline(never)]
    fn tell(&mut self) {
        self.next = self.next.wrapping_add(HASH_BLOCK);
        let end = self.heard.wrapping_add(HASH_BLOCK);
        if let Some(block) = self.rewriting.so_far().get(self.heard..end).and_then(<[u8]>::first_chunk) {
            self.heard = end;
            self.listener.hear(block);
        }
    }
}

/// The prefix of an object's last name so far, and where that starts; zeros before the first name.
#[derive(Clone, Copy)]
struct Last {
    prefix: u64,
    start: usize,
}

impl<L: Listener> Visitor for Sorted<'_, '_, L> {
    type Frame = Last;

    const WANTS_ESCAPES: bool = false;

    #[inline(always)]
    fn pass(&mut self, at: usize) {
        if L::LISTENS && at >= self.next {
            self.tell();
        }
    }

    fn know(&mut self, escapes: &[Escape], end: usize) {
        self.rewriting.go_on(escapes, end);
    }

    #[inline(always)]
    fn open(&mut self, _: usize) -> Last {
        Last { prefix: 0, start: 0 }
    }

    #[inline(always)]
    fn name(&mut self, text: &[u8], last: &mut Last, Span { start, end }: Span, is_outermost: bool) -> Option<()> {
        let prefix = order::prefix(text, start, end);
        if prefix <= last.prefix && (prefix < last.prefix || !comes_behind(text, last.start, start, end)) {
            return None;
        }
        *last = Last { prefix, start };
        if is_outermost {
            note(&mut self.names, Span { start, end });
        }
        Some(())
    }

    #[cold]
    #[inline(never)]
    fn number(&mut self, text: &[u8], start: usize) -> Option<usize> {
        number::skip_canonical(text, start)
    }

    fn escape(&mut self, _: &[u8], _: &Escape) -> Option<()> {
        Some(())
    }

    #[inline(always)]
    fn close(&mut self, _: Last, _: usize, _: bool) {}
}

/// Out of line, like all that is rare, to leave the registers to the walk.
#[cold]
#[inline(never)]
fn note(names: &mut Vec<Span>, name: Span) {
    names.push(name);
}

/// Whether the name from `start` to `end` is greater than the one that starts at `previous` and has the same prefix;
/// neither has an escape. Zero stands for no name, than which any is greater.
#[cold]
#[inline(never)]
fn comes_behind(text: &[u8], previous: usize, start: usize, end: usize) -> bool {
    let word = |at: usize| {
        text.get(at..at.wrapping_add(8)).and_then(<[u8]>::first_chunk).map(|word| u64::from_le_bytes(*word))
    };
    let mut at = 8;
    while start.wrapping_add(at) < end {
        let (Some(one), Some(other)) = (word(previous.wrapping_add(at)), word(start.wrapping_add(at))) else {
            // Close to the end of the text.
            if text.get(previous.wrapping_add(at)) != text.get(start.wrapping_add(at)) {
                break;
            }
            at = at.wrapping_add(1);
            continue;
        };
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
