//! The order of members: by the code points of their decoded names, the last of several counts.
//!
//! In well-formed UTF-8 the order of code points is the order of bytes. The written form of a name
//! differs from the decoded one only where it has an escape, and then it is decoded to compare.

use std::cmp::Ordering;
use std::ops::Range;

use super::output::Output;
use super::{Span, string};

/// A member of an object, as offsets in the output. It ends where the next one starts, less the comma.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// The opening quote of the name.
    pub(super) start: usize,
    /// Behind the closing quote of the name.
    pub(super) name_end: usize,
    /// Whether the written name has an escape.
    pub(super) escaped: bool,
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
pub(super) fn sort(output: &[u8], members: &[Member], end: usize, order: &mut Vec<Span>) -> bool {
    struct Entry<'a> {
        name: &'a [u8],
        escaped: bool,
        span: Span,
    }
    let next_starts = members.iter().skip(1).map(|member| member.start).chain([end + 1]);
    let mut entries: Vec<Entry<'_>> = members
        .iter()
        .zip(next_starts)
        .map(|(member, next)| Entry {
            name: output.get(member.name()).unwrap_or_default(),
            escaped: member.escaped,
            span: Span { start: member.start, end: next - 1 },
        })
        .collect();
    let by_name = |a: &Entry<'_>, b: &Entry<'_>| compare((a.name, a.escaped), (b.name, b.escaped));
    // A stable sort keeps members of one name in the order of the input.
    entries.sort_by(by_name);
    let mut entries = entries.iter().peekable();
    let mut replaced = false;
    while let Some(entry) = entries.next() {
        if entries.peek().is_some_and(|next| by_name(entry, next) == Ordering::Equal) {
            replaced = true;
        } else {
            order.push(entry.span);
        }
    }
    replaced
}

/// Writes the output with all members in their new order, each byte copied once.
pub(super) fn gather(source: &[u8], mut reorders: Vec<Reorder>, order: &[Span]) -> Vec<u8> {
    enum Task {
        Copy(Span),
        Members { range: Range<usize>, first: bool },
    }
    reorders.sort_unstable_by_key(|reorder| reorder.start);
    let copy = |target: &mut Vec<u8>, start: usize, end: usize| {
        target.extend_from_slice(source.get(start..end).unwrap_or_default());
    };
    let mut target = Vec::with_capacity(source.len());
    let mut tasks = vec![Task::Copy(Span { start: 0, end: source.len() })];
    while let Some(task) = tasks.pop() {
        match task {
            Task::Copy(Span { start, end }) => {
                let next = reorders.partition_point(|reorder| reorder.start < start);
                match reorders.get(next).filter(|reorder| reorder.start < end) {
                    None => copy(&mut target, start, end),
                    Some(reorder) => {
                        copy(&mut target, start, reorder.start + 1);
                        tasks.push(Task::Copy(Span { start: reorder.end - 1, end }));
                        tasks.push(Task::Members { range: reorder.members.clone(), first: true });
                    }
                }
            }
            Task::Members { mut range, first } => {
                let Some(&member) = range.next().and_then(|index| order.get(index)) else { continue };
                if !first {
                    target.push(b',');
                }
                tasks.push(Task::Members { range, first: false });
                tasks.push(Task::Copy(member));
            }
        }
    }
    target
}
