//! How other languages print the number that a JSON literal stands for.

/// Whose spelling of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As written.
    Kept,
    /// As the canonical form has them: whole floats as integers.
    Canonical,
    /// As Python prints them, whole floats with their point.
    Python,
    /// As JavaScript prints them: every number is a double.
    JavaScript,
    /// As PHP prints them.
    Php,
}

impl Numbers {
    /// The spelling of a valid JSON number.
    pub(super) fn spell(self, literal: &str) -> String {
        match self {
            Self::Kept => literal.to_owned(),
            Self::Canonical => canonical(literal),
            Self::Python => python(literal),
            Self::JavaScript => javascript(literal),
            Self::Php => php(literal),
        }
    }
}

pub(super) fn is_integer(literal: &str) -> bool {
    !literal.contains(['.', 'e', 'E'])
}

fn canonical(literal: &str) -> String {
    let bytes = crate::canonicalize(literal.as_bytes()).map(|form| form.into_bytes().into_owned());
    bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| literal.to_owned())
}

/// `repr`: only whole floats differ from the canonical form.
fn python(literal: &str) -> String {
    let value: f64 = literal.parse().unwrap_or_default();
    if is_integer(literal) || value.fract() != 0.0 || !value.is_finite() {
        return canonical(literal);
    }
    if value.abs() < 1e16 {
        return format!("{value}.0");
    }
    let (sign, digits, point) = shortest(value);
    format!("{sign}{}e+{:02}", mantissa(&digits, ""), point - 1)
}

/// `Number.prototype.toString` of the double.
fn javascript(literal: &str) -> String {
    let value: f64 = literal.parse().unwrap_or(f64::INFINITY);
    if !value.is_finite() {
        return "null".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let (sign, digits, point) = shortest(value);
    match point {
        -5..=21 => format!("{sign}{}", plain(&digits, point)),
        _ => {
            let exponent_sign = if point > 0 { '+' } else { '-' };
            format!("{sign}{}e{exponent_sign}{}", mantissa(&digits, ""), (point - 1).abs())
        }
    }
}

/// `json_encode` with `serialize_precision` -1; integers beyond 64 bits are floats.
fn php(literal: &str) -> String {
    if is_integer(literal) && literal.parse::<i64>().is_ok() {
        return literal.parse::<i64>().map_or_else(|_| literal.to_owned(), |value| value.to_string());
    }
    let value: f64 = literal.parse().unwrap_or(f64::INFINITY);
    if value == 0.0 {
        return if literal.starts_with('-') { "-0.0".to_owned() } else { "0".to_owned() };
    }
    let (sign, digits, point) = shortest(value);
    match point {
        -3..=17 => format!("{sign}{}", plain(&digits, point)),
        _ => {
            let exponent_sign = if point > 0 { '+' } else { '-' };
            format!("{sign}{}e{exponent_sign}{}", mantissa(&digits, ".0"), (point - 1).abs())
        }
    }
}

/// The sign, the shortest digits and where the point stands: 0.d₁d₂… × 10^point.
fn shortest(value: f64) -> (&'static str, String, i32) {
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = exponent.parse::<i32>().unwrap_or_default() + 1;
    (if value < 0.0 { "-" } else { "" }, mantissa.replace('.', ""), point)
}

/// The first digit, the point and the others, or `alone` behind a single digit.
fn mantissa(digits: &str, alone: &str) -> String {
    match digits.split_at_checked(1) {
        Some((first, "")) => format!("{first}{alone}"),
        Some((first, rest)) => format!("{first}.{rest}"),
        None => "0".to_owned(),
    }
}

/// The digits without an exponent.
fn plain(digits: &str, point: i32) -> String {
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    match usize::try_from(point) {
        Ok(0) | Err(_) => format!("0.{}{digits}", zeros(-point)),
        Ok(_) if point >= length => format!("{digits}{}", zeros(point - length)),
        Ok(at) => {
            let (whole, fraction) = digits.split_at_checked(at).unwrap_or((digits, ""));
            format!("{whole}.{fraction}")
        }
    }
}

/// The double behind a literal that JavaScript may have rounded, and half its distance to the next one: the literal is
/// whole, beyond what doubles hold exactly, and written as JavaScript writes it.
fn rounded(literal: &str) -> Option<(f64, i128)> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    // Shorter and longer ones are none of 2^53 to 1.8e19.
    if !(16..=21).contains(&literal.len()) || !is_integer(literal) {
        return None;
    }
    let value = literal.parse::<f64>().ok().filter(|value| (EXACT..=1.8e19).contains(&value.abs()))?;
    let reach = (f64::from_bits(value.abs().to_bits() + 1) - value.abs()) / 2.0;
    #[expect(clippy::cast_possible_truncation, reason = "at most 2^11")]
    (javascript(literal) == literal).then_some((value, reach as i128))
}

/// Whether JavaScript may have rounded this literal.
pub(super) fn is_rounded(literal: &str) -> bool {
    rounded(literal).is_some()
}

/// The whole numbers that JavaScript prints like `literal`, which is one of them: those nearest to the double
/// behind it. Empty if JavaScript would print it otherwise; never more than 2^11 and a few.
pub(super) fn rounded_from(literal: &str) -> Vec<String> {
    let Some((value, reach)) = rounded(literal) else { return Vec::new() };
    let Ok(center) = canonical(&format!("{literal}.0")).parse::<i128>() else { return Vec::new() };
    let near = |number: &i128| number.to_string().parse::<f64>() == Ok(value);
    (center - reach..=center + reach).filter(near).map(|number| number.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Numbers, rounded_from};

    #[test]
    fn the_spelling_of_each_language() {
        for (literal, python, javascript, php) in [
            ("95.0", "95.0", "95", "95"),
            ("95", "95", "95", "95"),
            ("-0.0", "-0.0", "0", "-0.0"),
            ("1e16", "1e+16", "10000000000000000", "10000000000000000"),
            ("1e17", "1e+17", "100000000000000000", "1.0e+17"),
            ("1.5e25", "1.5e+25", "1.5e+25", "1.5e+25"),
            ("0.0001", "0.0001", "0.0001", "0.0001"),
            ("0.00001", "1e-05", "0.00001", "1.0e-5"),
            ("1.5e-7", "1.5e-07", "1.5e-7", "1.5e-7"),
            ("1e21", "1e+21", "1e+21", "1.0e+21"),
            ("9007199254740993", "9007199254740993", "9007199254740992", "9007199254740993"),
            ("-12.25", "-12.25", "-12.25", "-12.25"),
        ] {
            assert_eq!(Numbers::Python.spell(literal), python);
            assert_eq!(Numbers::JavaScript.spell(literal), javascript);
            assert_eq!(Numbers::Php.spell(literal), php);
        }
    }

    #[test]
    fn what_was_rounded_can_be_named() {
        let candidates = rounded_from("1234567890123456800");
        assert!(candidates.contains(&"1234567890123456789".to_owned()), "{}", candidates.len());
        assert!(rounded_from("9007199254740992").contains(&"9007199254740993".to_owned()));
        assert_eq!(rounded_from("1234567890123456789"), Vec::<String>::new());
        assert_eq!(rounded_from("12"), Vec::<String>::new());
    }
}
