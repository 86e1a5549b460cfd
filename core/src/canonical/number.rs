//! Numbers: integers digit by digit, everything else as CPython prints the double.

use lexical_parse_float::FromLexical as _;

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

/// Behind the number that starts at `start`, if it is in canonical form.
pub(super) fn skip_canonical(input: &[u8], start: usize) -> Option<usize> {
    if let Some(end) = skip_plain(input, start) {
        return Some(end);
    }
    let (end, kept) = canonical(input, start, &mut Vec::new()).ok()?;
    (kept == end).then_some(end)
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
    // The standard library would take 400 nanoseconds for each byte of a literal right beside the middle between two
    // of the smallest doubles.
    let parse = |text: &[u8]| f64::from_lexical(text).unwrap_or(f64::INFINITY);
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
        print_fraction(value, text);
    }
}

/// `repr` of a double that is not whole: the shortest digits that read back as the same double, of those the
/// nearest, and of two equally near ones the even one.
///
/// Only the digits are the library's; how they are laid out is decided here.
fn print_fraction(value: f64, text: &mut Vec<u8>) {
    let mut buffer = zmij::Buffer::new();
    let printed = buffer.format_finite(value.abs());
    let (mantissa, exponent) = printed.split_once('e').unwrap_or((printed, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let mut digits = [whole.as_bytes(), fraction.as_bytes()].concat();
    // The value is 0.DIGITS times ten to this power.
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let point = exponent + length(whole.as_bytes()) - length(digits.get(..zeros).unwrap_or_default());
    digits.drain(..zeros);
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    if value.is_sign_negative() {
        text.push(b'-');
    }
    match usize::try_from(point) {
        Ok(point) if point > 0 => {
            let (whole, fraction) = digits.split_at_checked(point).unwrap_or((&digits, b"0"));
            text.extend_from_slice(whole);
            text.push(b'.');
            text.extend_from_slice(fraction);
        }
        _ if point > -4 => {
            text.extend_from_slice(b"0.");
            text.extend(std::iter::repeat_n(b'0', point.unsigned_abs() as usize));
            text.extend_from_slice(&digits);
        }
        _ => {
            let (first, others) = digits.split_at_checked(1).unwrap_or_default();
            text.extend_from_slice(first);
            if !others.is_empty() {
                text.push(b'.');
                text.extend_from_slice(others);
            }
            // Python writes at least two digits of the exponent.
            text.extend_from_slice(format!("e-{:02}", 1 - point).as_bytes());
        }
    }
}

/// The length of a short run of digits.
fn length(digits: &[u8]) -> i32 {
    i32::try_from(digits.len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `repr` by the standard library's exact printing alone.
    fn exact(value: f64) -> String {
        let shortest = format!("{value:e}");
        let digits = shortest.split('e').next().unwrap_or_default().bytes().filter(u8::is_ascii_digit).count();
        let even = format!("{value:.*e}", digits - 1);
        let scientific = if even.parse() == Ok(value) { even } else { shortest };
        let (mantissa, exponent) = scientific.split_once('e').expect("an exponent");
        let exponent: i32 = exponent.parse().expect("an exponent");
        let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
        let digits = mantissa.replace('.', "");
        match usize::try_from(exponent) {
            _ if exponent < -4 => format!("{sign}{mantissa}e-{:02}", -exponent),
            Ok(point) => format!("{sign}{}.{}", &digits[..=point], &digits[point + 1..]),
            Err(_) => format!("{sign}0.{}{digits}", "0".repeat((-exponent - 1).unsigned_abs() as usize)),
        }
    }

    fn check(bits: u64) {
        let value = f64::from_bits(bits);
        if value.is_finite() && value.fract() != 0.0 {
            let mut text = Vec::new();
            print_fraction(value, &mut text);
            assert_eq!(String::from_utf8_lossy(&text), exact(value), "{bits:#x}");
        }
    }

    /// Numbers that are neither alike nor random: each run tries the same ones.
    fn scattered(count: u64) -> impl Iterator<Item = u64> {
        (1..=count).map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).map(|bits| bits ^ bits >> 29)
    }

    #[test]
    fn fractions_are_printed_as_the_exact_algorithm_prints_them() {
        scattered(100_000).for_each(check);
        for exponent in 0..0x7ff_u64 {
            for near in [0, 1, 2, 3, u64::MAX, u64::MAX - 1] {
                check((exponent << 52).wrapping_add(near));
            }
        }
        (1..2_000).for_each(check);
        // Ties: the digits that are left out are just half of the last one that stays.
        for exponent in 1_023 + 30..1_023 + 53 {
            scattered(2_000).for_each(|mantissa| check(exponent << 52 | mantissa >> 12));
            (0..2_000).for_each(|mantissa| check(exponent << 52 | mantissa));
        }
    }

    /// All digits of the middle between two neighbours below one, behind the point.
    fn middle(low: f64, high: f64) -> String {
        let digits =
            |value: f64| format!("{value:.1080}").bytes().skip(2).map(|digit| digit - b'0').collect::<Vec<_>>();
        let mut sum: Vec<u8> = digits(low).iter().zip(digits(high)).map(|(one, other)| one + other).collect();
        for at in (1..sum.len()).rev() {
            sum[at - 1] += sum[at] / 10;
            sum[at] %= 10;
        }
        let mut rest = 0;
        let halves = sum.iter().map(|digit| {
            let half = (rest * 10 + digit) / 2;
            rest = (rest * 10 + digit) % 2;
            char::from(b'0' + half)
        });
        halves.collect::<String>().trim_end_matches('0').to_owned()
    }

    #[test]
    fn literals_beside_the_middle_between_two_doubles_are_rounded_as_the_standard_library_rounds_them() {
        let normal = scattered(300).map(|bits| bits >> 2).filter(|&bits| f64::from_bits(bits) < 0.5);
        for bits in (0..300).chain(normal) {
            let middle = middle(f64::from_bits(bits), f64::from_bits(bits + 1));
            let zeros = middle.len() - middle.trim_start_matches('0').len();
            for kept in [17, 18, 19, 20, 21, 40, 400, 1_080] {
                let kept = middle.get(..zeros + kept).unwrap_or(&middle);
                let up = format!("{}{}", &kept[..kept.len() - 1], char::from(kept.as_bytes()[kept.len() - 1] + 1));
                for digits in [kept.to_owned(), format!("{kept}000001"), up.replace(':', "91")] {
                    let mantissa = digits.trim_start_matches('0');
                    for literal in [format!("0.{digits}"), format!("{mantissa}e-{}", digits.len())] {
                        let (parts, _) = scan(literal.as_bytes(), 0).expect("a number");
                        let standard: f64 = literal.parse().expect("a number");
                        assert_eq!(parse_double(&parts).to_bits(), standard.to_bits(), "{literal}");
                    }
                }
            }
        }
    }
}
