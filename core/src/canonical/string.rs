//! Strings: which escapes stay, which become characters, and the decoded form.

use std::borrow::Cow;

use super::output::Output;
use crate::{Code, Error};

/// A string that was copied to the output.
pub(super) struct Copied {
    /// Where the input goes on behind the closing quote.
    pub(super) end: usize,
    /// Whether its canonical form has an escape.
    pub(super) escaped: bool,
    /// Whether there is no escape in it as it is written.
    pub(super) plain: bool,
}

/// Copies the string whose opening quote stands at `start`, escapes in their canonical spelling.
pub(super) fn copy(input: &[u8], start: usize, output: &mut Output<'_>) -> Result<Copied, Error> {
    let mut at = start + 1;
    let mut escaped = false;
    let mut plain = true;
    loop {
        at = skip_plain(input, at);
        match input.get(at) {
            Some(b'"') => return Ok(Copied { end: at + 1, escaped, plain }),
            Some(b'\\') => {
                plain = false;
                let (end, rewritten, escape) = copy_escape(input, at)?;
                if let Some(rewritten) = rewritten {
                    output.replace(at, end, rewritten.as_bytes())?;
                }
                escaped |= escape;
                at = end;
            }
            // A raw control character, or the end of the input.
            _ => return Err(Error::at(Code::Syntax, at)),
        }
    }
}

/// The first byte from `at` on that is a quote, a backslash or a control character.
#[inline]
pub(super) fn skip_plain(input: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Eight bytes at a time. In each byte of `word ^ (ONES * x)` that is zero, subtracting one borrows
    // into the high bit; the lowest such bit is exact, and only the lowest is used.
    while let Some(Ok(bytes)) = input.get(at..at + 8).map(<[u8; 8]>::try_from) {
        let word = u64::from_le_bytes(bytes);
        let quote = word ^ (ONES * u64::from(b'"'));
        let backslash = word ^ (ONES * u64::from(b'\\'));
        let found = (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let found = found & HIGH;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while input.get(at).is_some_and(|&byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        at += 1;
    }
    at
}

const LOWER_HEX: &[u8; 16] = b"0123456789abcdef";

/// A character in its canonical spelling.
struct Spelling {
    bytes: [u8; 6],
    length: usize,
}

impl Spelling {
    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn is_escape(&self) -> bool {
        self.bytes.first() == Some(&b'\\')
    }

    fn of(character: char) -> Self {
        let mut bytes = [0; 6];
        let short = match character {
            '"' => b'"',
            '\\' => b'\\',
            '\u{8}' => b'b',
            '\t' => b't',
            '\n' => b'n',
            '\u{c}' => b'f',
            '\r' => b'r',
            '\0'..='\u{1f}' => {
                let code = character as usize;
                let digit = |nibble: usize| LOWER_HEX.get(nibble & 0xf).copied().unwrap_or_default();
                return Self { bytes: [b'\\', b'u', b'0', b'0', digit(code >> 4), digit(code)], length: 6 };
            }
            _ => {
                let length = character.encode_utf8(&mut bytes).len();
                return Self { bytes, length };
            }
        };
        Self { bytes: [b'\\', short, 0, 0, 0, 0], length: 2 }
    }
}

/// Reads the escape at `at`: where it ends, its canonical spelling if that is another one, and whether
/// the canonical spelling is an escape.
fn copy_escape(input: &[u8], at: usize) -> Result<(usize, Option<Spelling>, bool), Error> {
    let (character, end) = read_escape(input, at)?;
    let spelling = Spelling::of(character);
    let escape = spelling.is_escape();
    let kept = input.get(at..end) == Some(spelling.as_bytes());
    Ok((end, (!kept).then_some(spelling), escape))
}

/// Reads the escape whose backslash stands at `at`: its character, and where it ends.
fn read_escape(input: &[u8], at: usize) -> Result<(char, usize), Error> {
    let short = match input.get(at + 1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return read_unicode_escape(input, at),
        _ => return Err(Error::at(Code::Syntax, at)),
    };
    Ok((short, at + 2))
}

fn read_unicode_escape(input: &[u8], at: usize) -> Result<(char, usize), Error> {
    let unit = code_unit(input, at).ok_or_else(|| Error::at(Code::Syntax, at))?;
    if let Some(character) = char::from_u32(unit) {
        return Ok((character, at + 6));
    }
    // A surrogate: a high one needs a low one directly behind it.
    let low = code_unit(input, at + 6).filter(|low| unit < 0xdc00 && (0xdc00..0xe000).contains(low));
    let pair = low.and_then(|low| char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)));
    match pair {
        Some(character) => Ok((character, at + 12)),
        None => Err(Error::at(Code::LoneSurrogate, at)),
    }
}

/// The number in `\uXXXX` at `at`, four hexadecimal digits of either case.
#[inline(always)]
fn code_unit(input: &[u8], at: usize) -> Option<u32> {
    let [b'\\', b'u', digits @ ..] = input.get(at..)?.first_chunk::<6>()? else { return None };
    let [a, b, c, d] = digits.map(|digit| DIGITS.get(usize::from(digit)).copied().unwrap_or(NO_DIGIT));
    let unit = a << 12 | b << 8 | c << 4 | d;
    (unit < NO_DIGIT).then_some(unit)
}

/// More than four hexadecimal digits.
const NO_DIGIT: u32 = 1 << 16;

/// The value of each hexadecimal digit.
#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "computed by the compiler")]
const DIGITS: [u32; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        digits[LOWER_HEX[value] as usize] = value as u32;
        digits[LOWER_HEX[value].to_ascii_uppercase() as usize] = value as u32;
        value += 1;
    }
    digits
};

/// The bytes of a name in canonical spelling, decoded; no allocation, for comparing.
pub(super) fn decoded_bytes(written: &[u8]) -> impl Iterator<Item = u8> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let byte = *written.get(at)?;
        // A canonical escape is a quote, a backslash or a control character: one byte decoded.
        match if byte == b'\\' { read_escape(written, at).ok() } else { None } {
            Some((character, end)) => {
                at = end;
                u8::try_from(character).ok()
            }
            None => {
                at += 1;
                Some(byte)
            }
        }
    })
}

/// The decoded form of the inside of a valid JSON string.
pub(crate) fn decode(written: &[u8]) -> Cow<'_, str> {
    if !written.contains(&b'\\') {
        return String::from_utf8_lossy(written);
    }
    let mut text = Vec::with_capacity(written.len());
    let mut at = 0;
    while let Some(&byte) = written.get(at) {
        match if byte == b'\\' { read_escape(written, at).ok() } else { None } {
            Some((character, end)) => {
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                at = end;
            }
            None => {
                text.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&text).into_owned())
}
