//! The fast pass over bodies without white space whose members are not in order, or whose numbers are written otherwise.
//!
//! That is what a JSON library makes of a delivery. Like the pass for bodies in order this one never decides that a body
//! is wrong; it is as sure of one as the [`walk`] is of its grammar, and the rest is done as in the full pass.

use super::index::Quotes;
use super::objects::{Document, Name, Object, Objects};
use super::order::{self, Offset};
use super::output::Output;
use super::string::Escape;
use super::walk::{Visitor, walk};
use super::{Span, number};

/// What there is in an object without white space between its tokens, if none of its names has an escape.
pub(super) fn document(text: &[u8], limit: usize) -> Option<Document<'_>> {
    let mut quotes = Quotes::of(text)?;
    let objects = Objects::new(Output::new(text, limit.min(Offset::MAX)));
    let mut unsorted = Unsorted { objects, scratch: Vec::new() };
    walk(text, &mut quotes, &mut unsorted)?;
    unsorted.objects.document(text.len()).ok()
}

struct Unsorted<'a> {
    objects: Objects<'a>,
    /// Reused for the text of numbers.
    scratch: Vec<u8>,
}

impl Visitor for Unsorted<'_> {
    type Frame = Object;

    // They change where in the output things stand.
    const WANTS_ESCAPES: bool = true;

    #[inline(always)]
    fn pass(&mut self, _: usize) {}

    #[inline(always)]
    fn know(&mut self, _: &[Escape], _: usize) {}

    #[inline(always)]
    fn open(&mut self, at: usize) -> Object {
        self.objects.open(at)
    }

    #[inline(always)]
    fn name(&mut self, text: &[u8], object: &mut Object, Span { start, end }: Span, _: bool) -> Option<()> {
        let offset = |at| self.objects.output.offset(at);
        let written = Name { start: offset(start.wrapping_sub(1)), end: offset(end.wrapping_add(1)), escaped: false };
        self.objects.name(object, written, order::prefix(text, start, end), end.wrapping_add(1));
        Some(())
    }

    #[cold]
    #[inline(never)]
    fn number(&mut self, text: &[u8], start: usize) -> Option<usize> {
        number::copy(text, start, &mut self.objects.output, &mut self.scratch).ok()
    }

    fn escape(&mut self, text: &[u8], escape: &Escape) -> Option<()> {
        if escape.is_canonical(text) {
            return Some(());
        }
        let (start, end) = (escape.start(), escape.start() + escape.length());
        self.objects.output.replace(start, end, escape.spelling().as_bytes()).ok()
    }

    #[inline(always)]
    fn close(&mut self, object: Object, end: usize, is_outermost: bool) {
        self.objects.close(object, end, is_outermost);
    }
}
