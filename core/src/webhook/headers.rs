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
#[derive(Clone, Default)]
pub struct Headers {
    values: [Value; 4],
}

/// What was given for one header.
#[derive(Clone, Default)]
enum Value {
    #[default]
    Absent,
    Given(Vec<u8>),
    /// Given more than once, and not always the same.
    Conflicting,
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
    pub fn is_relevant(name: &[u8]) -> bool {
        slot(name).is_some()
    }

    /// Adds one header; those that say nothing about the signature are dropped.
    pub fn push(&mut self, name: &[u8], value: &[u8]) {
        let Some(held) = slot(name).and_then(|slot| self.values.get_mut(slot)) else { return };
        match held {
            Value::Absent => *held = Value::Given(value.to_vec()),
            Value::Given(first) if first == value => {}
            Value::Given(_) | Value::Conflicting => *held = Value::Conflicting,
        }
    }

    /// The one value of a header; empty if it is absent.
    fn get(&self, header: Header) -> Result<&[u8], Error> {
        match self.values.get(header as usize) {
            Some(Value::Given(value)) => Ok(value),
            Some(Value::Conflicting) => Err(Code::DuplicateHeader.into()),
            Some(Value::Absent) | None => Ok(b""),
        }
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
    const SHORTEST: usize = "x-signature".len();
    if name.len() < SHORTEST {
        return None;
    }
    let place = Headers::NAMES.iter().position(|known| name.eq_ignore_ascii_case(known.as_bytes()))?;
    Some(place % 4)
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
    let text: &[u8; 64] = text.try_into().ok()?;
    let digits = text.map(digit);
    let (pairs, _) = digits.as_chunks();
    let mut mac = [0; 32];
    for (byte, [high, low]) in mac.iter_mut().zip(pairs) {
        *byte = high << 4 | low & 0xf;
    }
    digits.iter().all(|&digit| digit < 16).then_some(mac)
}

/// Lowercase hexadecimal digits.
pub(super) fn encode_hex(mac: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    mac.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}
