//! The order of members: by the code points of their decoded names, the last of several counts.
//!
//! In well-formed UTF-8 the order of code points is the order of bytes. The written form of a name
//! differs from the decoded one only where it has an escape, and then it is decoded to compare.

use std::cmp::Ordering;
use std::ops::Range;

use super::buffer::Buffer;
use super::output::Output;
use super::{Members, Span, string};

/// An offset in the output. There may be millions of them, so they are half as long as a `usize`; longer bodies and
/// outputs are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Offset(u32);

impl Offset {
    /// The longest body and the longest output.
    pub(super) const MAX: usize = u32::MAX as usize;

    /// What does not fit lies behind the limit of the output, and the pass ends with an error.
    #[inline(always)]
    pub(super) fn new(offset: usize) -> Self {
        Self(u32::try_from(offset).unwrap_or(u32::MAX))
    }

    #[inline(always)]
    pub(super) fn get(self) -> usize {
        self.0 as usize
    }
}

/// A member of an object, as offsets in the output. It ends where the next one starts, less the comma.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// The first bytes of the decoded name, which decide most comparisons.
    pub(super) prefix: u64,
    /// The opening quote of the name.
    pub(super) start: Offset,
    /// Behind the closing quote of the name.
    pub(super) name_end: Offset,
    /// How many reorders were known when the member began.
    pub(super) reorders: Offset,
    /// Whether the written name has an escape.
    pub(super) escaped: bool,
}

/// A member in its new place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    start: Offset,
    end: Offset,
    /// Behind the closing quote of the name.
    name_end: Offset,
    /// Whether members have to move inside its value.
    reorders: bool,
}

/// The first eight bytes of the name from `start` to `end`, zeros behind its end, as a number that is ordered as
/// they are.
#[inline(always)]
pub(super) fn prefix(input: &[u8], start: usize, end: usize) -> u64 {
    let bytes = match input.get(start..start.wrapping_add(8)).and_then(<[u8]>::first_chunk) {
        Some(bytes) => *bytes,
        None => last_bytes(input, start),
    };
    let length = end.wrapping_sub(start).min(8);
    u64::from_be_bytes(bytes) & KEPT.get(length).copied().unwrap_or_default()
}

/// The bits of the first bytes, by how many bytes there are.
#[expect(clippy::indexing_slicing, reason = "computed by the compiler")]
const KEPT: [u64; 9] = {
    let mut kept = [u64::MAX; 9];
    let mut length = 0;
    while length < 8 {
        kept[length] = !(u64::MAX >> (8 * length));
        length += 1;
    }
    kept
};

#[cold]
#[inline(never)]
fn last_bytes(input: &[u8], start: usize) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(input.get(start..).unwrap_or_default()).for_each(|(byte, &other)| *byte = other);
    bytes
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
        self.start.get() + 1..self.name_end.get() - 1
    }
}

impl Placed {
    fn span(&self) -> Span {
        Span { start: self.start.get(), end: self.end.get() }
    }
}

/// An object whose members have to move.
#[derive(Debug)]
pub(super) struct Reorder {
    start: Offset,
    end: Offset,
    /// Its members in their new order, in the list that all reorders share.
    members: Range<Offset>,
}

impl Reorder {
    pub(super) fn new(object: Range<usize>, members: Range<usize>) -> Self {
        let Range { start, end } = object;
        let members = Offset::new(members.start)..Offset::new(members.end);
        Self { start: Offset::new(start), end: Offset::new(end), members }
    }

    fn members(&self) -> Range<usize> {
        self.members.start.get()..self.members.end.get()
    }
}

/// Whether `next` has a greater name than `previous`.
#[inline(always)]
pub(super) fn ascends(output: &mut Output<'_>, previous: &Member, next: &Member, at: usize) -> bool {
    if previous.prefix != next.prefix {
        return previous.prefix < next.prefix;
    }
    // Both names lie behind `previous.start`, so one slice holds them.
    let base = previous.start.get();
    let both = output.from(base, at);
    let name = |member: &Member| member.name().start - base..member.name().end - base;
    compare(both, (name(previous), previous.escaped), (name(next), next.escaped), 8) == Ordering::Less
}

/// Compares two names of `output` of which so many bytes of the prefix are `known` to be the same.
#[inline(always)]
fn compare(output: &[u8], left: (Range<usize>, bool), right: (Range<usize>, bool), known: usize) -> Ordering {
    let (is_plain, left, right) = (!(left.1 || right.1), left.0, right.0);
    if !is_plain {
        let decoded = |name| string::decoded_bytes(output.get(name).unwrap_or_default());
        return decoded(left).cmp(decoded(right));
    }
    // Eight bytes at a time: most names differ in the bytes that come next.
    let mut at = known;
    while at < left.len() && at < right.len() {
        let one = prefix(output, left.start + at, left.end);
        let other = prefix(output, right.start + at, right.end);
        if one != other {
            return one.cmp(&other);
        }
        at += 8;
    }
    left.len().cmp(&right.len())
}

/// Members to be sorted: each as the first bytes of its prefix above its number, so that comparing two integers orders
/// members by those bytes, and where they are the same as the members came.
#[derive(Clone, Copy)]
struct Ranks {
    /// The bits of the number.
    mask: u64,
    /// How many bytes of the prefix there are.
    known: usize,
}

impl Ranks {
    fn of(members: usize) -> Self {
        // There are no more members than an offset can tell apart.
        let bits = usize::BITS - members.leading_zeros();
        let bytes = bits.div_ceil(8).clamp(1, 4);
        Self { mask: (1 << (8 * bytes)) - 1, known: 8 - bytes as usize }
    }

    fn rank(self, number: usize, member: &Member) -> u64 {
        member.prefix & !self.mask | number as u64
    }

    fn number(self, rank: u64) -> usize {
        usize::try_from(rank & self.mask).unwrap_or(usize::MAX)
    }

    /// Whether the bytes of both prefixes are the same.
    fn are_alike(self, left: u64, right: u64) -> bool {
        (left ^ right) & !self.mask == 0
    }
}

/// Appends to `order` where the object's members lie, sorted, and without those that a later one
/// replaces. `end` is where the object's closing brace stands. Returns whether any was replaced.
///
/// `room` is to sort in; `reorders` is how many reorders are known.
pub(super) fn sort(
    output: &[u8],
    members: &[Member],
    end: usize,
    reorders: usize,
    room: &mut Vec<u64>,
    order: &mut Vec<Placed>,
) -> bool {
    let ranks = Ranks::of(members.len());
    let by_name = |left: u64, right: u64| {
        let name =
            |rank| members.get(ranks.number(rank)).map_or((0..0, false), |member| (member.name(), member.escaped));
        compare(output, name(left), name(right), ranks.known)
    };
    room.clear();
    room.extend(members.iter().enumerate().map(|(number, member)| ranks.rank(number, member)));
    room.sort_unstable();
    if room.iter().zip(room.iter().skip(1)).any(|(&left, &right)| ranks.are_alike(left, right)) {
        for alike in room.chunk_by_mut(|&left, &right| ranks.are_alike(left, right)) {
            if alike.len() > 1 {
                // Of one name the member that comes last in the input comes last here.
                alike.sort_unstable_by(|&left, &right| by_name(left, right).then(left.cmp(&right)));
            }
        }
    }
    let mut replaced = false;
    for (place, &rank) in room.iter().enumerate() {
        if let Some(&next) = room.get(place + 1)
            && ranks.are_alike(rank, next)
            && by_name(rank, next) == Ordering::Equal
        {
            replaced = true;
        } else if let Some(member) = members.get(ranks.number(rank)) {
            let next = members.get(ranks.number(rank) + 1);
            let (next, known) = next.map_or((end + 1, reorders), |next| (next.start.get(), next.reorders.get()));
            let Member { start, name_end, .. } = *member;
            let reorders = known > member.reorders.get();
            order.push(Placed { start, end: Offset::new(next - 1), name_end, reorders });
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
    let root = reorders.first().filter(|reorder| reorder.start.get() == 0).map(Reorder::members);
    let is_root = |index: usize| root.as_ref().is_some_and(|root| root.contains(&index));
    let mut starts = Vec::with_capacity(root.clone().map_or(0, |root| root.len()));
    let mut target = Buffer::with_room(source.len());
    let mut tasks = vec![Task::Copy { span: Span { start: 0, end: source.len() }, reorders: true }];
    while let Some(task) = tasks.pop() {
        match task {
            Task::Copy { span: Span { start, end }, reorders: false } => target.append(source, start, end),
            Task::Copy { span: Span { start, end }, reorders: true } => {
                let next = reorders.partition_point(|reorder| reorder.start.get() < start);
                match reorders.get(next).filter(|reorder| reorder.start.get() < end) {
                    None => target.append(source, start, end),
                    Some(reorder) => {
                        target.append(source, start, reorder.start.get() + 1);
                        let rest = Span { start: reorder.end.get() - 1, end };
                        tasks.push(Task::Copy { span: rest, reorders: rest.start + 1 < end });
                        tasks.push(Task::Members { range: reorder.members(), first: true });
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
                        tasks.push(Task::Copy { span: member.span(), reorders: true });
                        break;
                    }
                    target.append(source, member.start.get(), member.end.get());
                }
            }
        }
    }
    let members = root.map(|_| {
        let name = |(start, member): (usize, &Placed)| {
            let length = member.name_end.get() - member.start.get();
            Span { start: start + 1, end: start + length - 1 }
        };
        Members::of_names(starts.into_iter().map(name).collect(), target.len())
    });
    (target.into_vec(), members)
}
