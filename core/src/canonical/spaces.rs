//! White space between tokens, taken out before anything else looks at the text.
//!
//! Most of an indented body is white space. To leave it out 64 bytes at a time costs less than to meet it between any
//! two tokens.
//!
//! What is left is the same sequence of tokens. White space inside strings stays, and if some stands between two bytes
//! of numbers or words, nothing is left out at all, because one token might come of two. Where a backslash stands
//! outside of a string, it is not known what is inside of strings behind it; but that backslash is left too, and no
//! text that has one there is valid.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, mask8x64, u8x64};

/// As many bytes as a mask has bits.
const BLOCK: usize = 64;

/// So many bytes may be left over for as long as the text is kept: to give fewer back costs more than they are worth.
const LEFT: usize = 1 << 16;

/// The text without white space between its tokens. `None` if there is none, or if it cannot be left out.
///
/// The result is a valid JSON text only if the text is one too, with the same tokens.
pub(super) fn without(text: &[u8]) -> Option<Vec<u8>> {
    // Once for each kind of processor, with all instructions that it has.
    dispatch!(Level::new(), simd => Spaces::default().leave_out(simd, text))
}

/// What is known at the start of a block.
#[derive(Default)]
struct Spaces {
    /// The first bit: whether the block's first byte belongs to an escape.
    hidden: u64,
    /// All bits: whether the block starts inside a string.
    inside: u64,
    /// The first bit: whether the byte before it is a part of a number or word.
    is_behind_part: u64,
    /// The first bit: whether there is white space before it, and before that a part of a number or word.
    is_behind_gap: u64,
}

impl Spaces {
    #[inline(always)]
    fn leave_out(mut self, simd: impl Simd, text: &[u8]) -> Option<Vec<u8>> {
        let (blocks, rest) = text.as_chunks();
        // Behind the end come brackets, which are no white space.
        let mut last = [b']'; BLOCK];
        last.iter_mut().zip(rest).for_each(|(byte, &other)| *byte = other);
        let mut kept = Vec::new();
        // `kept` may be empty again and again later, while there is nothing but white space.
        let mut has_begun = false;
        let mut length = 0_usize;
        for block in blocks.iter().chain([&last]) {
            let line: u8x64<_> = (*block).simd_into(simd);
            let spaces = self.spaces(line)?;
            if !has_begun {
                if spaces == 0 {
                    length += BLOCK;
                    continue;
                }
                has_begun = true;
                // So many bytes have stayed so far, and no more than all of them will.
                kept = Vec::with_capacity(text.len() + 2 * BLOCK);
                kept.extend_from_slice(text.get(..length)?);
            }
            let packed: [u8; BLOCK] = line.compress(mask8x64::from_bitmask(simd, !spaces)).into();
            length = length.wrapping_add(spaces.count_zeros() as usize);
            // A copy of fixed length costs less than one of the right length.
            kept.extend_from_slice(&packed);
            kept.truncate(length);
        }
        kept.truncate(length.checked_sub(BLOCK - rest.len())?);
        if kept.capacity() - kept.len() > LEFT {
            kept.shrink_to_fit();
        }
        (!kept.is_empty()).then_some(kept)
    }

    /// Where white space stands between tokens.
    #[inline(always)]
    fn spaces<S: Simd>(&mut self, line: u8x64<S>) -> Option<u64> {
        let quotes = line.simd_eq(b'"').to_bitmask();
        let backslashes = line.simd_eq(b'\\').to_bitmask();
        let spaces = line.simd_eq(b' ') | line.simd_eq(b'\n') | line.simd_eq(b'\r') | line.simd_eq(b'\t');
        // This bit makes the brackets alike. Of two control characters it makes a colon and a comma, but no text is
        // valid that has them outside of strings.
        let alike = line | u8x64::splat(line.token(), 0x20);
        let structure = alike.simd_eq(b'{') | alike.simd_eq(b'}') | alike.simd_eq(b':') | alike.simd_eq(b',');
        let quotes = if backslashes | self.hidden == 0 { quotes } else { self.unhidden(quotes, backslashes) };
        let inside = parity(quotes) ^ self.inside;
        self.inside = 0_u64.wrapping_sub(inside >> 63);
        let spaces = spaces.to_bitmask() & !inside;
        let parts = !(structure.to_bitmask() | quotes | spaces | inside);
        // A gap is white space behind a part. To add its first bit carries it to where the gap ends.
        let behind_parts = parts << 1 | self.is_behind_part;
        let (sums, reaches_end) = spaces.overflowing_add(spaces & (behind_parts | self.is_behind_gap));
        let behind_gaps = sums & !spaces | (self.is_behind_gap & !spaces);
        self.is_behind_part = parts >> 63;
        self.is_behind_gap = u64::from(reaches_end);
        (behind_gaps & parts == 0).then_some(spaces)
    }

    /// Those quotes that no backslash stands before.
    #[inline(never)]
    fn unhidden(&mut self, mut quotes: u64, mut backslashes: u64) -> u64 {
        quotes &= !self.hidden;
        backslashes &= !self.hidden;
        self.hidden = 0;
        while backslashes != 0 {
            let escape = 0b11 << backslashes.trailing_zeros();
            self.hidden = u64::from(backslashes == 1 << 63);
            quotes &= !escape;
            backslashes &= !escape;
        }
        quotes
    }
}

/// For each bit, whether up to it, itself included, an odd number is set.
#[inline(always)]
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}
