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
    let skew = clock.seconds.get().saturating_sub(signed);
    let told = match skew {
        0.. => format!("the delivery was signed {skew} seconds before now"),
        _ => format!("the delivery was signed {} seconds after now", skew.saturating_neg()),
    };
    let certain = |cause, details| Finding { cause, confidence: Confidence::Certain, details, skew };
    let likely = |cause, details| Finding { cause, confidence: Confidence::Likely, details, skew };
    if let Some(unit) = clock.unit {
        return likely(Cause::NowMilliseconds, format!("it is in {unit}, and even so {told}"));
    }
    if let Some(unit) = Clock::of(signed).unit {
        return certain(Cause::SignedTimeMilliseconds, format!("it is in {unit}"));
    }
    if let Some(header) = header.filter(|header| *header != signed) {
        let apart = header.saturating_sub(signed);
        return certain(
            Cause::TimestampReplaced,
            format!("{told}, and the header differs from the signed time by {apart} seconds"),
        );
    }
    match skew {
        _ if clock.seconds.get() < BEFORE_DIDIT => likely(Cause::NowImplausible, told),
        0..=LATE => likely(Cause::DeliveryLate, told),
        _ if is_time_zone(skew) => likely(Cause::ClockWrong, format!("{told}, as a wrong time zone makes it")),
        ..0 => likely(Cause::ClockWrong, told),
        _ => likely(Cause::DeliveryOld, told),
    }
}

/// The ninth of September 2001: Unix seconds have had ten digits since then.
const BEFORE_DIDIT: i64 = 1_000_000_000;

/// Whether two clocks that are so far apart may differ in nothing but their time zones.
fn is_time_zone(skew: i64) -> bool {
    const MINUTE: i64 = 60;
    // Nepal, Eucla and the Chatham Islands have quarters of an hour.
    const QUARTERS: [i64; 3] = [345 * MINUTE, 525 * MINUTE, 765 * MINUTE];
    let near = |offset: i64| skew.saturating_sub(offset).saturating_abs() <= MINUTE;
    // Half hours up to the fourteen hours of Kiribati.
    let mut offsets = (1..=28_i64).map(|halves| halves.saturating_mul(30 * MINUTE)).chain(QUARTERS);
    offsets.any(|offset| near(offset) || near(offset.saturating_neg()))
}
