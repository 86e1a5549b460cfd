//! The headers that count: their names in every spelling, and what two of one kind mean.

use super::Scheme;
use crate::{Code, Error};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    SignatureV2,
    Signature,
    SignatureSimple,
    Timestamp,
}

/// The headers of a delivery that say something about its signature; all others are dropped.
///
/// Names are compared without regard to case, and may be written as WSGI does (`HTTP_X_TIMESTAMP`).
///
/// ```
/// use didit_core::webhook::Headers;
///
/// let headers: Headers = [("X-Timestamp", "1774970000"), ("Host", "example.com")].into_iter().collect();
/// # let _ = headers;
/// ```
#[derive(Clone)]
pub struct Headers {
    given: [Given; 4],
    /// The values that are short.
    values: [[u8; LONGEST]; 4],
}

/// The length of a signature.
const LONGEST: usize = 64;

/// What was given for one header.
#[derive(Clone)]
enum Given {
    Nothing,
    /// So many bytes. Whatever is well-formed is short, so that nothing is allocated for it.
    Short(usize),
    Long(Vec<u8>),
    /// Several things.
    Conflicting,
}

impl Default for Headers {
    fn default() -> Self {
        Self { given: [const { Given::Nothing }; 4], values: [[0; LONGEST]; 4] }
    }
}

impl Headers {
    /// The lower-case names of the headers that count, as HTTP and as WSGI spell them.
    pub const NAMES: [&'static str; 8] = [
        "x-signature-v2",
        "x-signature",
        "x-signature-simple",
        "x-timestamp",
        "http_x_signature_v2",
        "http_x_signature",
        "http_x_signature_simple",
        "http_x_timestamp",
    ];

    /// No headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether [`push`](Self::push) keeps a header of this name.
    #[inline]
    pub fn is_relevant(name: &[u8]) -> bool {
        candidates(name) != 0 && slot(name).is_some()
    }

    /// Adds one header; those that say nothing about the signature are dropped.
    #[inline]
    pub fn push(&mut self, name: &[u8], value: &[u8]) {
        // Most of a request's headers have another length than those that count.
        if candidates(name) != 0 {
            self.take(name, value);
        }
    }

    fn take(&mut self, name: &[u8], value: &[u8]) {
        let Some(slot) = slot(name) else { return };
        if let Some(given @ Given::Nothing) = self.given.get_mut(slot) {
            let place = self.values.get_mut(slot);
            *given = match place.and_then(|place| place.get_mut(..value.len())) {
                Some(place) => {
                    place.copy_from_slice(value);
                    Given::Short(value.len())
                }
                None => Given::Long(value.to_vec()),
            };
        } else if self.one(slot) != Some(value)
            && let Some(given) = self.given.get_mut(slot)
        {
            *given = Given::Conflicting;
        }
    }

    /// The one value in a slot, empty if there is none. `None`: there are several.
    fn one(&self, slot: usize) -> Option<&[u8]> {
        match self.given.get(slot)? {
            Given::Nothing => Some(b""),
            Given::Short(length) => self.values.get(slot)?.get(..*length),
            Given::Long(value) => Some(value),
            Given::Conflicting => None,
        }
    }

    /// The one value of a header; empty if it is absent.
    fn get(&self, header: Header) -> Result<&[u8], Error> {
        self.one(header as usize).ok_or_else(|| Code::DuplicateHeader.into())
    }

    /// The MAC that the scheme's header holds.
    pub(super) fn signature(&self, scheme: Scheme) -> Result<[u8; 32], Error> {
        let header = match scheme {
            Scheme::V2 => Header::SignatureV2,
            Scheme::Raw | Scheme::V1 => Header::Signature,
            Scheme::Simple => Header::SignatureSimple,
        };
        match self.get(header)? {
            [] => Err(Code::MissingSignature.into()),
            value => decode_hex(value).ok_or_else(|| Code::MalformedSignature.into()),
        }
    }

    /// The seconds in `X-Timestamp`.
    pub(super) fn timestamp(&self) -> Result<i64, Error> {
        match self.get(Header::Timestamp)? {
            [] => Err(Code::MissingTimestamp.into()),
            value => super::freshness::parse_seconds(value).ok_or_else(|| Code::MalformedTimestamp.into()),
        }
    }
}

/// Values are not shown: a signature in a log can be replayed.
impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Headers").finish_non_exhaustive()
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut headers = Self::new();
        for (name, value) in pairs {
            headers.push(name.as_ref(), value.as_ref());
        }
        headers
    }
}

/// The place of a header's value, if the header counts.
fn slot(name: &[u8]) -> Option<usize> {
    let mut candidates = candidates(name);
    while candidates != 0 {
        let place = candidates.trailing_zeros() as usize;
        if Headers::NAMES.get(place).is_some_and(|known| is_spelling(name, known.as_bytes())) {
            return Some(place % 4);
        }
        candidates &= candidates - 1;
    }
    None
}

/// Which of [`Headers::NAMES`] are as long as this name, with a bit for each.
#[inline]
fn candidates(name: &[u8]) -> u8 {
    OF_LENGTH.get(name.len()).copied().unwrap_or_default()
}

/// Which names have how many bytes.
#[expect(clippy::indexing_slicing, reason = "computed by the compiler")]
const OF_LENGTH: [u8; 24] = {
    let mut of_length = [0; 24];
    let mut place = 0;
    while place < Headers::NAMES.len() {
        of_length[Headers::NAMES[place].len()] |= 1 << place;
        place += 1;
    }
    of_length
};

/// Whether a name is one of [`Headers::NAMES`], whatever the case of its letters. Both have the same length, of eight
/// bytes at least.
fn is_spelling(name: &[u8], known: &[u8]) -> bool {
    /// In each byte the bit by which small letters differ from capitals.
    const CASE: u64 = u64::MAX / 0xff * 0x20;
    let differences = |name: &[u8; 8], known: &[u8; 8]| {
        let (name, known) = (u64::from_ne_bytes(*name), u64::from_ne_bytes(*known));
        // Of what is in these names, letters alone have both bits.
        let case = known & (known >> 1) & CASE;
        (name ^ known) & !case
    };
    let (Some(last), Some(known_last)) = (name.last_chunk(), known.last_chunk()) else { return false };
    let words = name.as_chunks().0.iter().zip(known.as_chunks().0);
    words.fold(differences(last, known_last), |all, (name, known)| all | differences(name, known)) == 0
}

/// Exactly 64 lowercase hexadecimal digits.
fn decode_hex(text: &[u8]) -> Option<[u8; 32]> {
    /// More than any digit.
    const NO_DIGIT: u8 = 0xff;
    // No branch depends on which digit it is: nobody could foresee where one of sixty-four leads.
    let digit = |byte: u8| {
        let (number, letter) = (byte.wrapping_sub(b'0'), byte.wrapping_sub(b'a'));
        let letter = if letter < 6 { letter.wrapping_add(10) } else { NO_DIGIT };
        if number < 10 { number } else { letter }
    };
    let text: &[u8; LONGEST] = text.try_into().ok()?;
    let digits = text.map(digit);
    // All of them are looked at, which is faster than to find out where to stop.
    if digits.iter().fold(0, |all, digit| all | digit) > 0xf {
        return None;
    }
    let (pairs, _) = digits.as_chunks();
    let mut mac = [0; 32];
    for (byte, &[high, low]) in mac.iter_mut().zip(pairs) {
        *byte = high << 4 | low;
    }
    Some(mac)
}

/// Lowercase hexadecimal digits.
pub(super) fn encode_hex(mac: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    mac.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

#[cfg(test)]
mod tests {
    use super::{Headers, decode_hex, encode_hex, slot};

    fn slot_by_definition(name: &[u8]) -> Option<usize> {
        Headers::NAMES.iter().position(|known| name.eq_ignore_ascii_case(known.as_bytes())).map(|place| place % 4)
    }

    #[test]
    fn a_name_counts_in_any_case_and_with_no_other_byte_in_it() {
        for known in Headers::NAMES {
            let upper = known.to_ascii_uppercase();
            for name in [known, &upper] {
                assert_eq!(slot(name.as_bytes()), slot_by_definition(name.as_bytes()), "{name}");
                for place in 0..name.len() {
                    for byte in 0..=u8::MAX {
                        let mut other = name.as_bytes().to_vec();
                        other[place] = byte;
                        assert_eq!(slot(&other), slot_by_definition(&other), "{}", other.escape_ascii());
                    }
                }
                assert_eq!(slot(&name.as_bytes()[1..]), None);
                assert_eq!(slot(format!("{name}s").as_bytes()), None);
            }
        }
        for length in 0..100 {
            assert_eq!(slot(&vec![b'x'; length]), None);
        }
    }

    #[test]
    fn one_value_stays_what_it_is_however_long_and_two_conflict() {
        for length in [0, 1, 63, 64, 65, 1000] {
            let value = vec![b'7'; length];
            let mut headers = Headers::new();
            headers.push(b"X-Signature", &value);
            headers.push(b"x-signature", &value);
            assert_eq!(headers.one(1), Some(&value[..]));
            for other in [&value[..length / 2], b"8"] {
                let mut headers = headers.clone();
                headers.push(b"X-SIGNATURE", other);
                assert_eq!(headers.one(1), (other == value).then_some(other), "{length}");
                headers.push(b"X-SIGNATURE", &value);
                assert_eq!(headers.one(1), (other == value).then_some(other), "{length}");
            }
        }
    }

    #[test]
    fn a_mac_is_64_lowercase_digits() {
        let mut byte = 0_u8;
        let mac: [u8; 32] = std::array::from_fn(|_| {
            byte = byte.wrapping_add(37);
            byte
        });
        let text = encode_hex(&mac);
        assert_eq!(decode_hex(text.as_bytes()), Some(mac));
        for place in 0..text.len() {
            for byte in 0..=u8::MAX {
                let mut other = text.clone().into_bytes();
                other[place] = byte;
                let is_hex = matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                assert_eq!(decode_hex(&other).is_some(), is_hex, "{}", byte.escape_ascii());
                let again = decode_hex(&other).map(|mac| encode_hex(&mac).into_bytes());
                assert!(again.is_none_or(|again| again == other));
            }
        }
        assert_eq!(decode_hex(&text.as_bytes()[1..]), None);
        assert_eq!(decode_hex(format!("{text}0").as_bytes()), None);
    }
}
