//! Freshness: the signed time decides, and the unsigned header can only make it stricter.

#![warn(clippy::arithmetic_side_effects)]

use super::UnixSeconds;
use super::options::named;
use crate::{Code, Error};

/// What the `X-Timestamp` header, which no signature covers, has to do with freshness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HeaderTimestamp {
    /// It must be present and within the same window as the signed time.
    #[default]
    Fresh,
    /// It must be present and equal to the signed time.
    Equal,
    /// It may be absent and is not looked at.
    Ignore,
}

impl HeaderTimestamp {
    /// Every choice.
    pub const ALL: [HeaderTimestamp; 3] = [Self::Fresh, Self::Equal, Self::Ignore];

    /// The name in options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Equal => "equal",
            Self::Ignore => "ignore",
        }
    }

    /// The choice of that name.
    ///
    /// # Errors
    ///
    /// A message for the developer that lists the names.
    pub fn parse(name: &str) -> Result<Self, String> {
        named(name, Self::ALL, Self::as_str)
    }
}

/// How far a delivery's time may be from now, in seconds; the bounds themselves are inside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) max_age: u64,
    pub(super) max_future: u64,
}

impl Window {
    pub(super) fn check(self, time: i64, now: UnixSeconds) -> Result<(), Error> {
        let distance = time.abs_diff(now.get());
        if time < now.get() && distance > self.max_age {
            Err(Code::TimestampTooOld.into())
        } else if time > now.get() && distance > self.max_future {
            Err(Code::TimestampInFuture.into())
        } else {
            Ok(())
        }
    }
}

/// Seconds from outside: `0|[1-9][0-9]{0,17}` in ASCII and nothing else, so that no two readers differ.
pub(super) fn parse_seconds(text: &[u8]) -> Option<i64> {
    match text {
        [b'0'] => Some(0),
        [b'1'..=b'9', rest @ ..] if rest.len() <= 17 => text.iter().try_fold(0, |seconds: i64, byte| {
            let digit = byte.wrapping_sub(b'0');
            // Eighteen digits never overflow.
            (digit < 10).then(|| seconds.wrapping_mul(10).wrapping_add(i64::from(digit)))
        }),
        _ => None,
    }
}
