//! Every digit of a whole double.
//!
//! A body of five bytes a number (`1e308`) asks for 309 digits each, before any signature is checked. So the
//! powers of two are at hand in decimal, and one multiplication by the mantissa is left.

/// A limb holds eighteen decimal digits.
const BASE: u64 = 1_000_000_000_000_000_000;

/// Enough for the largest double, of 309 digits.
const LIMBS: usize = 18;

/// From row to row of the table a power grows by this many bits: a mantissa that makes up for the bits
/// between has 60 bits at most.
const STEP: usize = 8;

/// 2^(`STEP` * n) in limbs, the least significant first. The largest exponent of a double is 971.
#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "computed by the compiler")]
static POWERS: [[u64; LIMBS]; 971 / STEP + 1] = {
    let mut powers = [[0; LIMBS]; 971 / STEP + 1];
    powers[0][0] = 1;
    let mut row = 1;
    while row < powers.len() {
        let mut carry = 0;
        let mut limb = 0;
        while limb < LIMBS {
            let product = ((powers[row - 1][limb] as u128) << STEP) + carry;
            powers[row][limb] = (product % BASE as u128) as u64;
            carry = product / BASE as u128;
            limb += 1;
        }
        row += 1;
    }
    powers
};

/// Appends `int(value)` of a whole double.
pub(super) fn print(value: f64, text: &mut Vec<u8>) {
    let bits = value.abs().to_bits();
    if value == 0.0 {
        text.push(b'0');
        return;
    }
    if value < 0.0 {
        text.push(b'-');
    }
    let mantissa = (bits & ((1 << 52) - 1)) | (1 << 52);
    // The double is mantissa * 2^exponent.
    let biased = (bits >> 52) as usize;
    let Some(exponent) = biased.checked_sub(1075) else {
        text.extend_from_slice((mantissa >> (1075 - biased)).to_string().as_bytes());
        return;
    };
    let factor = mantissa << (exponent % STEP);
    let mut limbs = POWERS.get(exponent / STEP).copied().unwrap_or_default();
    let mut carry = 0;
    for limb in &mut limbs {
        (carry, *limb) = divide(u128::from(factor) * u128::from(*limb) + u128::from(carry));
    }
    let mut limbs = limbs.iter().rev().skip_while(|&&limb| limb == 0);
    if let Some(first) = limbs.next() {
        text.extend_from_slice(first.to_string().as_bytes());
    }
    for limb in limbs {
        for half in [limb / 1_000_000_000, limb % 1_000_000_000] {
            let (first, others) = (half / 100_000_000, half % 100_000_000);
            text.push(b'0' | first.to_le_bytes()[0]);
            text.extend_from_slice(&eight_digits(others));
        }
    }
}

/// The quotient and remainder of a number below 2^120 and `BASE`.
fn divide(number: u128) -> (u64, u64) {
    // 2^120 / BASE, rounded down. With what the shifts cut off, the quotient is at most two too small.
    const RECIPROCAL: u128 = (1 << 120) / BASE as u128;
    #[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
    let low = |number: u128| number as u64;
    let mut quotient = low(((number >> 56) * RECIPROCAL) >> 64);
    let mut rest = low(number).wrapping_sub(quotient.wrapping_mul(BASE));
    while rest >= BASE {
        rest -= BASE;
        quotient += 1;
    }
    (quotient, rest)
}

/// The digits of a number below 10^8, with leading zeros: halves, pairs, then digits side by side.
fn eight_digits(number: u64) -> [u8; 8] {
    let halves = (number / 10_000) | (number % 10_000) << 32;
    // Times 10486 / 2^20 is a hundredth, rounded down, of a number below 10^4.
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | (halves - hundreds * 100) << 16;
    // Times 103 / 2^10 is a tenth, rounded down, of a number below 100.
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens | (pairs - tens * 10) << 8;
    (digits | 0x3030_3030_3030_3030).to_le_bytes()
}
