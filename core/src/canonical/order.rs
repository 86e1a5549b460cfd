//! The order of members: by the code points of their decoded names, the last of several counts.
//!
//! In well-formed UTF-8 the order of code points is the order of bytes. The written form of a name
//! differs from the decoded one only where it has an escape, and then it is decoded to compare.

use std::cmp::Ordering;
use std::ops::Range;

use super::buffer::Buffer;
use super::output::Output;
use super::{Members, Span, string};

/// A member of an object, as offsets in the output. It ends where the next one starts, less the comma.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// The opening quote of the name.
    pub(super) start: usize,
    /// Behind the closing quote of the name.
    pub(super) name_end: usize,
    /// Whether the written name has an escape.
    pub(super) escaped: bool,
    /// The first bytes of the decoded name, which decide most comparisons.
    pub(super) prefix: u64,
    /// How many reorders were known when the member began.
    pub(super) reorders: usize,
}

/// A member in its new place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) span: Span,
    /// Behind the closing quote of the name.
    name_end: usize,
    /// Whether members have to move inside its value.
    reorders: bool,
}

/// The first eight bytes as a number that is ordered as they are, zeros behind the end.
#[inline]
pub(super) fn prefix(name: &[u8]) -> u64 {
    match name.first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => name.iter().rev().fold(0, |word, &byte| word >> 8 | u64::from(byte) << 56),
    }
}

/// The same of a name in canonical spelling.
pub(super) fn decoded_prefix(written: &[u8]) -> u64 {
    let mut name = [0; 8];
    name.iter_mut().zip(string::decoded_bytes(written)).for_each(|(byte, decoded)| *byte = decoded);
    u64::from_be_bytes(name)
}

impl Member {
    /// The name as written, without its quotes.
    fn name(&self) -> Range<usize> {
        self.start + 1..self.name_end - 1
    }
}

/// An object whose members have to move.
#[derive(Debug)]
pub(super) struct Reorder {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its members in their new order, in the list that all reorders share.
    pub(super) members: Range<usize>,
}

/// Whether `next` has a greater name than `previous`.
pub(super) fn ascends(output: &mut Output<'_>, previous: &Member, next: &Member, at: usize) -> bool {
    if previous.prefix != next.prefix {
        return previous.prefix < next.prefix;
    }
    // Both names lie behind `previous.start`, so one slice holds them.
    let both = output.slice(previous.start, next.name_end, at);
    let base = previous.start;
    let name = |member: &Member| {
        let range = member.name();
        both.get(range.start - base..range.end - base).unwrap_or_default()
    };
    compare((name(previous), previous.escaped), (name(next), next.escaped)) == Ordering::Less
}

fn compare(left: (&[u8], bool), right: (&[u8], bool)) -> Ordering {
    if left.1 || right.1 {
        string::decoded_bytes(left.0).cmp(string::decoded_bytes(right.0))
    } else {
        left.0.cmp(right.0)
    }
}

/// Appends to `order` where the object's members lie, sorted, and without those that a later one
/// replaces. `end` is where the object's closing brace stands. Returns whether any was replaced.
///
/// `ranks` is room to sort in; `reorders` is how many reorders are known.
pub(super) fn sort(
    output: &[u8],
    members: &[Member],
    end: usize,
    reorders: usize,
    ranks: &mut Vec<(u64, usize)>,
    order: &mut Vec<Placed>,
) -> bool {
    let by_name = |left: &(u64, usize), right: &(u64, usize)| {
        let full = || {
            let name = |index: usize| {
                members
                    .get(index)
                    .map_or((&[][..], false), |member| (output.get(member.name()).unwrap_or_default(), member.escaped))
            };
            compare(name(left.1), name(right.1))
        };
        left.0.cmp(&right.0).then_with(full)
    };
    ranks.clear();
    ranks.extend(members.iter().enumerate().map(|(index, member)| (member.prefix, index)));
    // Of one name the member that comes last in the input comes last here.
    ranks.sort_unstable_by(|left, right| by_name(left, right).then_with(|| left.1.cmp(&right.1)));
    let mut ranks = ranks.iter().peekable();
    let mut replaced = false;
    while let Some(rank) = ranks.next() {
        if ranks.peek().is_some_and(|next| by_name(rank, next) == Ordering::Equal) {
            replaced = true;
        } else if let Some(member) = members.get(rank.1) {
            let (next, known) = members.get(rank.1 + 1).map_or((end + 1, reorders), |next| (next.start, next.reorders));
            let span = Span { start: member.start, end: next - 1 };
            order.push(Placed { span, name_end: member.name_end, reorders: known > member.reorders });
        }
    }
    replaced
}

/// Writes the output with all members in their new order, each byte copied once.
///
/// Also returns where the members of the top-level object are, if that is among the `reorders`.
pub(super) fn gather(source: &[u8], mut reorders: Vec<Reorder>, order: &[Placed]) -> (Vec<u8>, Option<Members>) {
    enum Task {
        Copy { span: Span, reorders: bool },
        Members { range: Range<usize>, first: bool },
    }
    reorders.sort_unstable_by_key(|reorder| reorder.start);
    let root = reorders.first().filter(|reorder| reorder.start == 0).map(|reorder| reorder.members.clone());
    let is_root = |index: usize| root.as_ref().is_some_and(|root| root.contains(&index));
    let mut starts = Vec::with_capacity(root.clone().map_or(0, |root| root.len()));
    let mut target = Buffer::with_room(source.len());
    let mut tasks = vec![Task::Copy { span: Span { start: 0, end: source.len() }, reorders: true }];
    while let Some(task) = tasks.pop() {
        match task {
            Task::Copy { span: Span { start, end }, reorders: false } => target.append(source, start, end),
            Task::Copy { span: Span { start, end }, reorders: true } => {
                let next = reorders.partition_point(|reorder| reorder.start < start);
                match reorders.get(next).filter(|reorder| reorder.start < end) {
                    None => target.append(source, start, end),
                    Some(reorder) => {
                        target.append(source, start, reorder.start + 1);
                        let rest = Span { start: reorder.end - 1, end };
                        tasks.push(Task::Copy { span: rest, reorders: rest.start + 1 < end });
                        tasks.push(Task::Members { range: reorder.members.clone(), first: true });
                    }
                }
            }
            Task::Members { mut range, mut first } => {
                while let Some((index, member)) = range.next().and_then(|index| Some((index, order.get(index)?))) {
                    if !first {
                        target.push(b',');
                    }
                    first = false;
                    if is_root(index) {
                        starts.push((target.len(), member));
                    }
                    if member.reorders {
                        tasks.push(Task::Members { range, first });
                        tasks.push(Task::Copy { span: member.span, reorders: true });
                        break;
                    }
                    target.append(source, member.span.start, member.span.end);
                }
            }
        }
    }
    let members = root.map(|_| {
        let located = |(start, member): (usize, &Placed)| {
            let name = Span { start: start + 1, end: start + member.name_end - member.span.start - 1 };
            (name, Span { start: name.end + 2, end: start + member.span.end - member.span.start })
        };
        Members::from(starts.into_iter().map(located).collect::<Vec<_>>())
    });
    (target.into_vec(), members)
}
