//! The objects of a text while a pass goes over it: their members, and which of them are out of order.

use std::borrow::Cow;

use super::order::{self, Member, Offset, Placed, Reorder};
use super::output::Output;
use crate::Error;

/// What a pass over a text found.
pub(super) struct Document<'a> {
    /// Canonical tokens, members still in the order of the text.
    pub(super) bytes: Cow<'a, [u8]>,
    /// The members of the outermost object, if that is in order.
    pub(super) root: Option<Vec<Member>>,
    /// The objects whose members have to move.
    pub(super) reorders: Vec<Reorder>,
    /// The members of those objects in their new order.
    pub(super) order: Vec<Placed>,
    pub(super) has_duplicates: bool,
}

/// An object that is not closed yet. Arrays are treated as objects without members.
#[derive(Clone, Copy)]
pub(super) struct Object {
    /// Where its bracket stands in the output.
    open: usize,
    /// Where its members start on the stack of members.
    first: usize,
    /// The prefix of its last name so far.
    prefix: u64,
    /// Whether each name so far was greater than the one before it.
    sorted: bool,
}

/// A name in canonical spelling: where in the output it stands, quotes included, and whether it has an escape.
pub(super) struct Name {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) escaped: bool,
}

/// The output, and what is known of its objects.
pub(super) struct Objects<'a> {
    pub(super) output: Output<'a>,
    /// Those of all objects that are open.
    members: Vec<Member>,
    reorders: Vec<Reorder>,
    order: Vec<Placed>,
    has_duplicates: bool,
    root: Option<Vec<Member>>,
    /// Reused to sort in.
    ranks: Vec<u64>,
}

impl<'a> Objects<'a> {
    pub(super) fn new(output: Output<'a>) -> Self {
        Self {
            output,
            members: Vec::with_capacity(64),
            reorders: Vec::new(),
            order: Vec::new(),
            has_duplicates: false,
            root: None,
            ranks: Vec::new(),
        }
    }

    /// Opens a container whose bracket stands at `at` in the input.
    #[inline(always)]
    pub(super) fn open(&self, at: usize) -> Object {
        Object { open: self.output.offset(at), first: self.members.len(), prefix: 0, sorted: true }
    }

    /// Adds a member to the innermost object, where `at` is how far the input has been read and `prefix` that of the
    /// decoded name.
    #[inline(always)]
    pub(super) fn name(&mut self, object: &mut Object, name: Name, prefix: u64, at: usize) {
        self.members.push(Member {
            prefix,
            start: Offset::new(name.start),
            name_end: Offset::new(name.end),
            reorders: Offset::new(self.reorders.len()),
            escaped: name.escaped,
        });
        if prefix <= object.prefix && object.sorted {
            object.sorted = self.ascends(object.first, at);
        }
        object.prefix = prefix;
    }

    /// Compares the last name with the one before it, where the prefixes do not show that it is greater.
    fn ascends(&mut self, first: usize, at: usize) -> bool {
        match self.members.get(first..) {
            Some([.., previous, last]) => order::ascends(&mut self.output, previous, last, at),
            _ => true,
        }
    }

    /// Closes the innermost container, behind whose bracket the pass stands at `at`.
    #[inline(always)]
    pub(super) fn close(&mut self, object: Object, at: usize, is_outermost_object: bool) {
        if !object.sorted {
            self.sort(object, at);
        } else if is_outermost_object {
            // `first` is zero here: the outermost object is the only one that is open.
            self.root = Some(std::mem::take(&mut self.members));
        }
        self.members.truncate(object.first);
    }

    fn sort(&mut self, object: Object, at: usize) {
        if self.reorders.is_empty() {
            self.make_room();
        }
        let spans = self.order.len();
        let end = self.output.offset(at);
        let written = self.output.written(at);
        let members = self.members.get(object.first..).unwrap_or_default();
        self.has_duplicates |=
            order::sort(written, members, end - 1, self.reorders.len(), &mut self.ranks, &mut self.order);
        self.reorders.push(Reorder::new(object.open..end, spans..self.order.len()));
    }

    /// Where one object is out of order, others mostly are.
    #[cold]
    fn make_room(&mut self) {
        const MEMBERS: usize = 256;
        self.reorders.reserve(MEMBERS / 8);
        self.order.reserve(MEMBERS);
        self.ranks.reserve(MEMBERS / 4);
    }

    /// All that was found, where `at` is where the input ends.
    pub(super) fn document(self, at: usize) -> Result<Document<'a>, Error> {
        Ok(Document {
            bytes: self.output.finish(at)?,
            root: self.root,
            reorders: self.reorders,
            order: self.order,
            has_duplicates: self.has_duplicates,
        })
    }
}
