//! Deliveries with a genuine signature and a wrong time.

#![warn(clippy::arithmetic_side_effects)]

use super::{Cause, Confidence};
use crate::webhook::UnixSeconds;

/// Now, in whatever unit it was given.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    pub(super) seconds: UnixSeconds,
    /// The unit, if it is not the second.
    pub(super) unit: Option<&'static str>,
}

impl Clock {
    /// A number that can be no time in seconds is taken for one in the next smaller unit that it can be.
    pub(super) fn of(now: i64) -> Self {
        let units = [(1, None), (1_000, Some("milliseconds")), (1_000_000, Some("microseconds"))];
        let fits = |(divisor, unit): (i64, _)| {
            let seconds = UnixSeconds::new(now.div_euclid(divisor)).ok()?;
            Some(Self { seconds, unit })
        };
        units.into_iter().find_map(fits).unwrap_or_else(|| Self {
            seconds: UnixSeconds::saturating(now.div_euclid(1_000_000_000)),
            unit: Some("nanoseconds"),
        })
    }
}

/// What the times say.
pub(super) struct Finding {
    pub(super) cause: Cause,
    pub(super) confidence: Confidence,
    pub(super) details: String,
    pub(super) skew: i64,
}

/// Why a delivery with a genuine signature is too old or too new. `header` is the time in the header, where
/// it counts.
pub(super) fn judge(signed: i64, header: Option<i64>, clock: Clock) -> Finding {
    const LATE: i64 = 900;
    const HOUR: i64 = 3600;
    let skew = clock.seconds.get().saturating_sub(signed);
    let told = match skew {
        0.. => format!("the delivery was signed {skew} seconds before now"),
        _ => format!("the delivery was signed {} seconds after now", skew.saturating_neg()),
    };
    let found = |cause, confidence, details| Finding { cause, confidence, details, skew };
    if let Some(unit) = clock.unit {
        return found(Cause::NowMilliseconds, Confidence::Likely, format!("it is in {unit}, and even so {told}"));
    }
    if let Some(header) = header.filter(|header| *header != signed) {
        let apart = header.saturating_sub(signed);
        let details = format!("{told}, and the header differs from the signed time by {apart} seconds");
        return found(Cause::TimestampReplaced, Confidence::Certain, details);
    }
    let off_hours = skew.checked_add(HOUR / 30).map_or(skew, |skew| skew.rem_euclid(HOUR));
    match skew {
        ..0 => found(Cause::ClockWrong, Confidence::Certain, told),
        0..=LATE => found(Cause::DeliveryLate, Confidence::Likely, told),
        _ if off_hours <= HOUR / 15 => {
            let details = format!("{told}, whole hours, as a wrong time zone makes it");
            found(Cause::ClockWrong, Confidence::Likely, details)
        }
        _ => found(Cause::ClockWrong, Confidence::Likely, told),
    }
}
