//! Where the quotes of a text stand, found 64 bytes at a time and handed out in order.
//!
//! A quote behind an odd number of backslashes does not count. Whether a backslash stands inside a string is not known
//! here: who walks along the quotes has to look at every byte outside of strings, and so finds a backslash there
//! before it could have hidden a quote that matters.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, i8x64, mask8x64, u8x64};

use super::string::Escape;

/// As many bytes as a mask has bits.
const BLOCK: usize = 64;

/// How much of the text is looked at in one go, if it has few quotes; less at first, because most texts that turn out to
/// be of another kind do so soon.
const BLOCKS: usize = 24;
const FIRST_BLOCKS: usize = 8;

/// So many positions can be known: few enough to stay near the processor, and cost little to begin with. A power of
/// two, so that none is out of bounds once it is masked.
const POSITIONS: usize = 4 * BLOCK;

/// So many positions can be looked at together.
pub(super) const AHEAD: usize = 4;

/// No position: the text is over.
pub(super) const END: u32 = u32::MAX;

/// The quotes of a text, and what else its strings hold.
pub(super) struct Quotes<'a> {
    level: Level,
    text: &'a [u8],
    blocks: &'a [[u8; BLOCK]],
    rest: &'a [u8],
    /// Where the next block starts.
    start: usize,
    /// Bytes of the next block that belong to an escape of the block before it.
    hidden: u64,
    /// There is room for one block more than is needed, because a block is noted as a whole.
    positions: [u32; POSITIONS + AHEAD],
    known: usize,
    /// The text's last bytes, and spaces behind them.
    last: [u8; BLOCK],
    /// The escapes so far.
    pub(super) escapes: Vec<Escape>,
    /// How many of them have been passed, and where the next one is, `END` if there is none so far.
    passed_escapes: usize,
    pub(super) next_escape: usize,
    /// All of the last blocks that have bytes that are not ASCII lie before this.
    not_ascii_until: usize,
    /// The first of these bytes, and behind the last one; they are not known yet to be UTF-8.
    not_ascii: (usize, usize),
}

impl<'a> Quotes<'a> {
    /// The quotes of a text, if it can be one that a walk gets through.
    pub(super) fn of(text: &'a [u8]) -> Option<Self> {
        if text.len() >= END as usize || !text.starts_with(b"{\"") {
            return None;
        }
        let (blocks, rest) = text.as_chunks();
        Some(Self {
            level: Level::new(),
            text,
            blocks,
            rest,
            start: 0,
            hidden: 0,
            positions: [END; POSITIONS + AHEAD],
            known: 0,
            last: [b' '; BLOCK],
            escapes: Vec::new(),
            passed_escapes: 0,
            next_escape: END as usize,
            not_ascii_until: 0,
            not_ascii: (0, 0),
        })
    }

    /// Behind this many passed positions fewer than `AHEAD` are known.
    #[inline(always)]
    pub(super) fn enough_until(&self) -> usize {
        self.known.wrapping_sub(AHEAD)
    }

    /// So much of the text has been looked at.
    pub(super) fn looked_until(&self) -> usize {
        self.start.min(self.text.len())
    }

    /// The positions behind the first `passed` ones.
    #[inline(always)]
    pub(super) fn behind(&self, passed: usize) -> Option<[usize; AHEAD]> {
        let passed = passed & (POSITIONS - 1);
        let ahead: &[u32; AHEAD] = self.positions.get(passed..passed + AHEAD)?.first_chunk()?;
        Some(ahead.map(|position| position as usize))
    }

    /// The next escape before `end`; it has been passed then.
    pub(super) fn escape_before(&mut self, end: usize) -> Option<&Escape> {
        let escape = self.escapes.get(self.passed_escapes).filter(|escape| escape.start() < end)?;
        self.passed_escapes += 1;
        self.next_escape = self.escapes.get(self.passed_escapes).map_or(END as usize, Escape::start);
        Some(escape)
    }

    /// Whether nothing of what has been looked at is anything but ASCII.
    pub(super) fn are_ascii(&self) -> bool {
        self.not_ascii_until == 0
    }

    /// Whether all that has been looked at is UTF-8; the text may not end or go on with anything but ASCII then.
    pub(super) fn are_utf8(&self) -> bool {
        let (start, end) = self.not_ascii;
        std::str::from_utf8(self.text.get(start..end).unwrap_or_default()).is_ok()
    }

    /// Forgets the `passed` positions, and looks at blocks until some more are known, or the text is over. `END` is
    /// noted then. `None`: there is something that only the full pass knows how to treat.
    #[cold]
    #[inline(never)]
    pub(super) fn refill(&mut self, passed: usize) -> Option<()> {
        // Once for each kind of processor, with all instructions that it has.
        dispatch!(self.level, simd => self.refill_with(simd, passed))
    }

    #[inline(always)]
    fn refill_with(&mut self, simd: impl Simd, passed: usize) -> Option<()> {
        // Fewer than so many are left.
        let left: [u32; AHEAD] = *self.positions.get(passed..)?.first_chunk()?;
        *self.positions.first_chunk_mut()? = left;
        self.known = self.known.checked_sub(passed).filter(|&left| left < AHEAD)?;
        while self.known < AHEAD {
            let mut looked_at = 0;
            let most = if self.start == 0 { FIRST_BLOCKS } else { BLOCKS };
            for block in self.blocks.iter().take(most) {
                // Any of its bytes may be a quote.
                if self.known > POSITIONS - BLOCK {
                    break;
                }
                self.look_at(simd, block)?;
                looked_at += 1;
            }
            self.blocks = self.blocks.get(looked_at..)?;
            if looked_at == 0 {
                if self.rest.is_empty() {
                    self.positions.get_mut(self.known..self.known + AHEAD)?.fill(END);
                    self.known += AHEAD;
                    break;
                }
                // One of its own, so that what is done with a block is there but once.
                self.last = [b' '; BLOCK];
                self.last.iter_mut().zip(self.rest).for_each(|(byte, &other)| *byte = other);
                self.rest = &[];
                let last = self.last;
                self.look_at(simd, &last)?;
            }
        }
        Some(())
    }

    #[inline(always)]
    fn look_at<S: Simd>(&mut self, simd: S, block: &[u8; BLOCK]) -> Option<()> {
        let line: i8x64<S> = block.map(u8::cast_signed).simd_into(simd);
        let mut quotes = line.simd_eq(b'"'.cast_signed()).to_bitmask();
        let backslashes = line.simd_eq(b'\\'.cast_signed());
        // Control characters, and, because the sign counts, what is not ASCII.
        let below = line.simd_lt(b' '.cast_signed());
        if (backslashes | below).any_true() || self.hidden != 0 {
            let not_ascii = line.simd_lt(0).to_bitmask();
            quotes = self.look_closer(quotes, backslashes.to_bitmask(), below.to_bitmask(), not_ascii)?;
        }
        self.note(simd, quotes)?;
        self.start = self.start.wrapping_add(BLOCK);
        Some(())
    }

    /// Appends the positions of the quotes in the block that starts at `start`.
    #[inline(always)]
    fn note<S: Simd>(&mut self, simd: S, mut quotes: u64) -> Option<()> {
        let room: &mut [u32; BLOCK] = self.positions.get_mut(self.known..)?.first_chunk_mut()?;
        let count = quotes.count_ones() as usize;
        #[expect(clippy::cast_possible_truncation, reason = "the text is shorter")]
        let start = self.start as u32;
        // As many positions as most blocks have quotes: what is too much is overwritten by the next block.
        if compresses(simd) && count <= 16 {
            let places: u8x64<S> = PLACES.simd_into(simd);
            let places: [u8; BLOCK] = places.compress(mask8x64::from_bitmask(simd, quotes)).into();
            for (position, place) in room.iter_mut().take(16).zip(places) {
                *position = start.wrapping_add(u32::from(place));
            }
        } else {
            let (usual, others) = room.split_at_mut(12);
            for position in usual {
                *position = start.wrapping_add(quotes.trailing_zeros());
                quotes &= quotes.wrapping_sub(1);
            }
            for position in others {
                if quotes == 0 {
                    break;
                }
                *position = start.wrapping_add(quotes.trailing_zeros());
                quotes &= quotes.wrapping_sub(1);
            }
        }
        self.known = self.known.wrapping_add(count);
        Some(())
    }

    /// Looks at a block that has an escape, a control character or a byte that is not ASCII, and returns which of its
    /// `quotes` count. The masks say where in the block what is.
    #[inline(never)]
    fn look_closer(&mut self, mut quotes: u64, backslashes: u64, below: u64, not_ascii: u64) -> Option<u64> {
        if below & !not_ascii != 0 {
            return None;
        }
        if not_ascii != 0 {
            // What is next to such blocks is ASCII, so none of their characters reaches over there.
            if self.not_ascii_until != self.start {
                if !self.are_utf8() {
                    return None;
                }
                self.not_ascii.0 = self.start + not_ascii.trailing_zeros() as usize;
            }
            self.not_ascii_until = self.start + BLOCK;
            self.not_ascii.1 = self.not_ascii_until - not_ascii.leading_zeros() as usize;
        }
        quotes &= !self.hidden;
        let mut backslashes = backslashes & !self.hidden;
        self.hidden = 0;
        while backslashes != 0 {
            let place = backslashes.trailing_zeros();
            let escape = Escape::at(self.text, self.start + place as usize)?;
            // An escape has two to twelve bytes.
            let bytes = (1_u64 << escape.length()) - 1;
            let inside = !(bytes << place);
            quotes &= inside;
            backslashes &= inside;
            self.hidden = bytes.unbounded_shr(u64::BITS - place);
            self.next_escape = self.next_escape.min(escape.start());
            if self.escapes.is_empty() {
                // Where there is one, there are mostly more.
                self.escapes.reserve(64);
            }
            self.escapes.push(escape);
        }
        // So that memory is bounded: one byte in six is the densest that letters are escaped.
        (self.escapes.len() <= 16 + self.text.len() / 6).then_some(quotes)
    }
}

/// The bytes of a block by their numbers.
#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "computed by the compiler")]
const PLACES: [u8; BLOCK] = {
    let mut places = [0; BLOCK];
    let mut place = 0;
    while place < BLOCK {
        places[place] = place as u8;
        place += 1;
    }
    places
};

/// Whether the processor moves the bytes of a mask together in one instruction.
#[inline(always)]
fn compresses(simd: impl Simd) -> bool {
    match simd.level() {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Avx512(_) => true,
        _ => false,
    }
}
