//! The time of the caller: whole Unix seconds, and nothing that only looks like them.

#![warn(clippy::arithmetic_side_effects)]

/// A point in time as whole seconds since 1970-01-01 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixSeconds(i64);

impl UnixSeconds {
    /// From here on (the year 5138) a number is taken for milliseconds.
    const TOO_LARGE: i64 = 100_000_000_000;

    /// The point `seconds` after 1970-01-01 in UTC.
    ///
    /// # Errors
    ///
    /// A message for the developer if the number can only be milliseconds.
    pub fn new(seconds: i64) -> Result<Self, String> {
        if seconds.unsigned_abs() < Self::TOO_LARGE.unsigned_abs() {
            Ok(Self(seconds))
        } else {
            Err(format!("{seconds} is not a time in seconds since 1970; is it in milliseconds?"))
        }
    }

    /// The same from a number that may have a fraction, which is rounded down.
    ///
    /// # Errors
    ///
    /// A message for the developer if the number is not finite or can only be milliseconds.
    pub fn from_f64(seconds: f64) -> Result<Self, String> {
        if !seconds.is_finite() {
            return Err(format!("{seconds} is not a time in seconds since 1970"));
        }
        // A float-to-integer cast saturates, and `new` refuses what is that large.
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and is then refused")]
        Self::new(seconds.floor() as i64)
    }

    /// The point `seconds` after 1970-01-01 in UTC, or the nearest that can be told.
    pub(super) fn saturating(seconds: i64) -> Self {
        Self(seconds.clamp(1 - Self::TOO_LARGE, Self::TOO_LARGE - 1))
    }

    /// Seconds since 1970-01-01 in UTC.
    pub fn get(self) -> i64 {
        self.0
    }
}
