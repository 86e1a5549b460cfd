//! Numbers: integers digit by digit, everything else as CPython prints the double.

use std::str;

use super::output::Output;
use super::{MAX_INTEGER_DIGITS, whole};
use crate::{Code, Error};

/// A number literal taken apart; each part is a range of ASCII digits.
struct Literal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    /// The exponent with its sign, if there is one.
    exponent: Option<&'a [u8]>,
    /// Neither a point nor an exponent.
    is_integer: bool,
    text: &'a [u8],
}

/// Copies the number that starts at `start` and returns where the input goes on.
pub(super) fn copy(input: &[u8], start: usize, output: &mut Output<'_>, scratch: &mut Vec<u8>) -> Result<usize, Error> {
    if let Some(end) = skip_plain(input, start) {
        return Ok(end);
    }
    let (end, kept) = canonical(input, start, scratch)?;
    if kept < end {
        output.replace(kept, end, scratch)?;
    }
    Ok(end)
}

/// Behind the number at `start`, if it is one of up to 15 digits that shows at a glance to be canonical.
///
/// That is what [`plain_length`] would find of it: no sign, no exponent, no zero that may go.
#[inline]
fn skip_plain(input: &[u8], start: usize) -> Option<usize> {
    let digits_end = |mut at: usize| {
        while let Some(b'0'..=b'9') = input.get(at) {
            at += 1;
        }
        at
    };
    let mut end = digits_end(start);
    let zero = input.get(start) == Some(&b'0');
    if end == start || (zero && end > start + 1) {
        return None;
    }
    if input.get(end) == Some(&b'.') {
        let point = end;
        end = digits_end(point + 1);
        let first = input.get(point + 1)?;
        // Also without any digit behind it, because then the point is the last.
        if matches!(input.get(end - 1)?, b'0' | b'.') || (zero && *first == b'0') {
            return None;
        }
    }
    (end - start <= 15 && !matches!(input.get(end), Some(b'e' | b'E'))).then_some(end)
}

/// Reads the number that starts at `start`: where it ends, and up to where it stays as it is written. What
/// is behind that gives way to `text`.
fn canonical(input: &[u8], start: usize, text: &mut Vec<u8>) -> Result<(usize, usize), Error> {
    text.clear();
    let (literal, end) = scan(input, start)?;
    if literal.is_integer {
        if literal.whole.len() > MAX_INTEGER_DIGITS {
            return Err(Error::at(Code::IntegerTooLong, start));
        }
        if literal.negative && literal.whole == b"0" {
            text.push(b'0');
            return Ok((end, start));
        }
        return Ok((end, end));
    }
    if let Some(length) = plain_length(&literal) {
        return Ok((end, start + length));
    }
    let value = parse_double(&literal);
    if value.is_infinite() {
        return Err(Error::at(Code::NumberOutOfRange, start));
    }
    print_double(value, text);
    Ok((end, if text == literal.text { end } else { start }))
}

/// Whether this valid literal is a double, and so large and whole that other numbers look the same.
pub(crate) fn is_imprecise_double(text: &[u8]) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match scan(text, 0) {
        Ok((literal, end)) if end == text.len() && !literal.is_integer => parse_double(&literal).abs() >= EXACT,
        _ => false,
    }
}

fn scan(input: &[u8], start: usize) -> Result<(Literal<'_>, usize), Error> {
    let digits_from = |from: usize| {
        let rest = input.get(from..).unwrap_or_default();
        let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..length).unwrap_or_default()
    };
    let some_digits_from = |from: usize| match digits_from(from) {
        [] => Err(Error::at(Code::Syntax, from)),
        digits => Ok(digits),
    };
    let negative = input.get(start) == Some(&b'-');
    let mut at = start + usize::from(negative);
    let whole = some_digits_from(at)?;
    if whole.len() > 1 && whole.starts_with(b"0") {
        return Err(Error::at(Code::Syntax, at));
    }
    at += whole.len();
    let mut fraction = &[][..];
    let mut exponent = None;
    let mut is_integer = true;
    if input.get(at) == Some(&b'.') {
        is_integer = false;
        fraction = some_digits_from(at + 1)?;
        at += 1 + fraction.len();
    }
    if let Some(b'e' | b'E') = input.get(at) {
        is_integer = false;
        let sign = usize::from(matches!(input.get(at + 1), Some(b'+' | b'-')));
        let digits = some_digits_from(at + 1 + sign)?;
        let end = at + 1 + sign + digits.len();
        exponent = input.get(at + 1..end);
        at = end;
    }
    let text = input.get(start..at).unwrap_or_default();
    Ok((Literal { negative, whole, fraction, exponent, is_integer, text }, at))
}

/// How much of the literal is its canonical form, where that shows without a look at the double.
///
/// A decimal of up to 15 significant digits reads back as itself, so `repr` prints those digits, and
/// prints them plainly from 0.0001 on. Trailing zeros of the fraction go.
fn plain_length(literal: &Literal<'_>) -> Option<usize> {
    if literal.exponent.is_some() {
        return None;
    }
    let zeros = literal.fraction.iter().rev().take_while(|&&digit| digit == b'0').count();
    let fraction = literal.fraction.get(..literal.fraction.len() - zeros)?;
    let leading = fraction.iter().take_while(|&&digit| digit == b'0').count();
    let significant = if literal.whole != b"0" {
        literal.whole.len() + fraction.len()
    } else if !fraction.is_empty() && leading <= 3 {
        fraction.len() - leading
    } else {
        return None;
    };
    let sign = usize::from(literal.negative);
    let point = usize::from(!fraction.is_empty());
    (significant <= 15).then_some(sign + literal.whole.len() + point + fraction.len())
}

/// The double nearest to the literal, ties to even.
fn parse_double(literal: &Literal<'_>) -> f64 {
    /// More digits than any tie between two doubles needs; what follows only matters if not zero.
    const DECISIVE_DIGITS: usize = 800;
    let parse = |text: &[u8]| str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(f64::INFINITY);
    // The standard library clamps exponents, which only very long literals can notice.
    if literal.text.len() <= DECISIVE_DIGITS {
        return parse(literal.text);
    }
    let digits = || literal.whole.iter().chain(literal.fraction).copied();
    let leading = digits().take_while(|&digit| digit == b'0').count();
    let mut text: Vec<u8> = digits().skip(leading).take(DECISIVE_DIGITS).collect();
    let kept = text.len();
    if kept == 0 {
        return 0.0;
    }
    if digits().skip(leading + kept).any(|digit| digit != b'0') {
        text.push(b'1');
    }
    // The digits are those of a whole number; the exponent puts the point back.
    let point = literal.whole.len().cast_signed() as i64 - (leading + text.len()).cast_signed() as i64;
    let exponent = point.saturating_add(literal.exponent.map_or(0, parse_exponent));
    text.extend_from_slice(format!("e{}", exponent.clamp(-100_000, 100_000)).as_bytes());
    let value = parse(&text);
    if literal.negative { -value } else { value }
}

/// The exponent; beyond what any body is long its size does not matter, so it saturates.
fn parse_exponent(text: &[u8]) -> i64 {
    let negative = text.first() == Some(&b'-');
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    let size = digits
        .fold(0_i64, |size, digit| size.saturating_mul(10).saturating_add(i64::from(digit - b'0')).min(i64::MAX / 4));
    if negative { -size } else { size }
}

/// Prints a finite double as the canonical form does: `int` if it is whole, else `repr`.
fn print_double(value: f64, text: &mut Vec<u8>) {
    if value.fract() == 0.0 {
        whole::print(value, text);
    } else {
        text.extend_from_slice(print_fraction(value).as_bytes());
    }
}

/// `repr` of a double that is not whole: the shortest digits that read back as the same double, and of
/// those the nearest, and of two equally near ones the even one.
fn print_fraction(value: f64) -> String {
    // Rust finds how many digits are needed, but rounds a tie up. With the number of digits given it rounds
    // ties to even, and to the nearest; beside a power of two that may be another double.
    let shortest = format!("{value:e}");
    let digits = shortest.split('e').next().unwrap_or_default().bytes().filter(u8::is_ascii_digit).count();
    let even = format!("{value:.*e}", digits.saturating_sub(1));
    let scientific = if even.parse() == Ok(value) { even } else { shortest };

    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if exponent < -4 {
        // Python writes at least two digits of the exponent.
        return format!("{mantissa}e-{:02}", -exponent);
    }
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
    let digits = mantissa.replace('.', "");
    match usize::try_from(exponent) {
        Ok(point) => {
            let (whole, fraction) = digits.split_at_checked(point + 1).unwrap_or((&digits, "0"));
            format!("{sign}{whole}.{fraction}")
        }
        Err(_) => format!("{sign}0.{}{digits}", "0".repeat((-exponent - 1).unsigned_abs() as usize)),
    }
}
