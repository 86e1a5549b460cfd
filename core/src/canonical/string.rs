//! Strings: which escapes stay, which become characters, and the decoded form.

use std::borrow::Cow;

use wide::i8x16;

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
#[inline(always)]
pub(super) fn copy(input: &[u8], start: usize, output: &mut Output<'_>) -> Result<Copied, Error> {
    let at = skip_ascii(input, start + 1);
    match input.get(at) {
        Some(b'"') => Ok(Copied { end: at + 1, escaped: false, plain: true }),
        _ => copy_from(input, at, output),
    }
}

/// The rest of a string, from the first byte on that needs a closer look.
fn copy_from(input: &[u8], mut at: usize, output: &mut Output<'_>) -> Result<Copied, Error> {
    let start = at;
    let mut escaped = false;
    let mut plain = true;
    let mut is_ascii = true;
    loop {
        match input.get(at) {
            Some(b'"') => break,
            Some(b'\\') => {
                plain = false;
                let (end, rewritten, escape) = copy_escape(input, at)?;
                if let Some(rewritten) = rewritten {
                    output.replace(at, end, rewritten.as_bytes())?;
                }
                escaped |= escape;
                at = end;
            }
            Some(0x80..) => is_ascii = false,
            // A raw control character, or the end of the input.
            _ => return Err(Error::at(Code::Syntax, at)),
        }
        at = if is_ascii { skip_ascii(input, at) } else { skip_plain(input, at) };
    }
    if !is_ascii && let Err(error) = std::str::from_utf8(input.get(start..at).unwrap_or_default()) {
        return Err(Error::at(Code::InvalidUtf8, start + error.valid_up_to()));
    }
    Ok(Copied { end: at + 1, escaped, plain })
}

/// Below this are the control characters, and, because the sign counts, what is not ASCII.
const FIRST_PLAIN: i8x16 = i8x16::new([b' '.cast_signed(); 16]);

/// The first byte from `at` on that is a quote, a backslash, a control character or not ASCII.
#[inline(always)]
fn skip_ascii(input: &[u8], at: usize) -> usize {
    skip(input, at, |line| line.simd_lt(FIRST_PLAIN))
}

/// The first byte from `at` on that is a quote, a backslash or a control character.
pub(super) fn skip_plain(input: &[u8], at: usize) -> usize {
    // As unsigned numbers: what is not ASCII is far above.
    const SIGN: i8x16 = i8x16::new([i8::MIN; 16]);
    skip(input, at, |line| (line ^ SIGN).simd_lt(FIRST_PLAIN ^ SIGN))
}

/// The first byte from `at` on that is a quote, a backslash or of the kind that `is_other` finds.
#[inline(always)]
fn skip(input: &[u8], mut at: usize, is_other: impl Fn(i8x16) -> i8x16) -> usize {
    const QUOTE: i8x16 = i8x16::new([b'"'.cast_signed(); 16]);
    const BACKSLASH: i8x16 = i8x16::new([b'\\'.cast_signed(); 16]);
    let found = |line: &[u8; 16]| {
        let line = i8x16::new(line.map(u8::cast_signed));
        let found = line.simd_eq(QUOTE) | line.simd_eq(BACKSLASH) | is_other(line);
        found.to_bitmask()
    };
    while let Some(line) = input.get(at..).and_then(<[u8]>::first_chunk) {
        let found = found(line);
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += 16;
    }
    // A quote behind the end: it is where the input ends.
    let rest = input.get(at..).unwrap_or_default();
    let mut line = [b'"'; 16];
    line.iter_mut().zip(rest).for_each(|(byte, &other)| *byte = other);
    at + found(&line).trailing_zeros() as usize
}

const LOWER_HEX: &[u8; 16] = b"0123456789abcdef";

/// The longest canonical spelling of an escape.
pub(super) const LONGEST_SPELLING: usize = 6;

/// A character in its canonical spelling.
pub(super) struct Spelling {
    bytes: [u8; LONGEST_SPELLING],
    length: usize,
}

impl Spelling {
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Appends it to what has room for more.
    #[inline(always)]
    pub(super) fn append_to(&self, text: &mut Vec<u8>) {
        // A copy of fixed length costs less than one of the right length.
        let end = text.len() + self.length;
        text.extend_from_slice(&self.bytes);
        text.truncate(end);
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

/// A valid escape: where it is, and which character it stands for.
pub(super) struct Escape {
    start: u32,
    length: u8,
    character: char,
}

impl Escape {
    /// The escape whose backslash stands at `start`, if it is valid; a surrogate pair is one escape.
    pub(super) fn at(text: &[u8], start: usize) -> Option<Self> {
        let (character, end) = read_escape(text, start).ok()?;
        Some(Self { start: start.try_into().ok()?, length: (end - start).try_into().ok()?, character })
    }

    pub(super) fn start(&self) -> usize {
        self.start as usize
    }

    /// How many bytes it has as it is written, backslash included.
    pub(super) fn length(&self) -> usize {
        usize::from(self.length)
    }

    pub(super) fn spelling(&self) -> Spelling {
        Spelling::of(self.character)
    }

    /// Whether it is written in its canonical spelling.
    pub(super) fn is_canonical(&self, text: &[u8]) -> bool {
        text.get(self.start()..self.start() + self.length()) == Some(self.spelling().as_bytes())
    }
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
        // It was valid when it was read, and to see that again is faster than to repair what is not.
        return str::from_utf8(written).map_or_else(|_| String::from_utf8_lossy(written), Cow::Borrowed);
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
