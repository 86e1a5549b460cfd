//! The time by which the emulator lives: it can be set, moved on, sped up and stopped.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

/// A clock under control. Expiry, retries, rate limits and signed times all go by it.
#[derive(Debug)]
pub struct Clock {
    state: Mutex<State>,
    start: Option<f64>,
    speed: f64,
    changed: Notify,
}

#[derive(Debug, Clone, Copy)]
struct State {
    since: Instant,
    base: f64,
    speed: f64,
}

impl State {
    fn starting(start: Option<f64>, speed: f64) -> Self {
        let machine = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64();
        Self { since: Instant::now(), base: start.unwrap_or_else(machine), speed }
    }

    fn now(&self) -> f64 {
        self.base + self.since.elapsed().as_secs_f64() * self.speed
    }
}

/// What the clock shows.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Reading {
    /// Unix seconds.
    pub now: f64,
    /// Emulated seconds in one real second; 0 stands still.
    pub speed: f64,
}

impl Clock {
    /// A clock that starts at `start`, or else at the machine's time, and runs at `speed`.
    pub fn new(start: Option<f64>, speed: f64) -> Self {
        Self { state: Mutex::new(State::starting(start, speed)), start, speed, changed: Notify::new() }
    }

    /// Show the time and run at the speed that it would have shown and run at, had it been started now.
    pub fn restart(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::starting(self.start, self.speed);
        self.changed.notify_waiters();
    }

    /// Unix seconds with a fraction.
    pub fn precise(&self) -> f64 {
        self.read(State::now)
    }

    /// Whole Unix seconds.
    pub fn now(&self) -> i64 {
        whole(self.precise())
    }

    /// The time and its speed.
    pub fn reading(&self) -> Reading {
        self.read(|state| Reading { now: state.now(), speed: state.speed })
    }

    /// Set the time, then move it on, then set the speed; what is `None` stays as it is.
    ///
    /// # Errors
    ///
    /// A message if the time would leave the years 1970 to 9999, or the speed is negative or no number.
    pub fn change(&self, set: Option<f64>, advance: Option<f64>, speed: Option<f64>) -> Result<Reading, String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = set.unwrap_or_else(|| state.now()) + advance.unwrap_or(0.0);
        let speed = speed.unwrap_or(state.speed);
        if !(0.0..=253_402_300_799.0).contains(&now) {
            return Err("the time must stay between the years 1970 and 9999".to_owned());
        }
        if !(0.0..=1e6).contains(&speed) {
            return Err("the speed must be between 0 and 1000000".to_owned());
        }
        *state = State { since: Instant::now(), base: now, speed };
        drop(state);
        self.changed.notify_waiters();
        Ok(Reading { now, speed })
    }

    /// Wait until the clock shows `due`, or until somebody has changed it.
    pub async fn wait_until(&self, due: Option<f64>) {
        let changed = self.changed.notified();
        let reading = self.reading();
        if due.is_some_and(|due| due <= reading.now) {
            return;
        }
        let left = due.map(|due| (due - reading.now) / reading.speed);
        match left.and_then(|left| Duration::try_from_secs_f64(left).ok()) {
            // Short of a day at a time, because timers have an end.
            Some(left) => tokio::select! {
                () = tokio::time::sleep(left.min(Duration::from_secs(86_400))) => {}
                () = changed => {}
            },
            None => changed.await,
        }
    }

    fn read<T>(&self, of: impl FnOnce(&State) -> T) -> T {
        of(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The whole seconds of a time.
#[expect(clippy::cast_possible_truncation, reason = "`Clock::change` keeps times far below 2^53")]
pub fn whole(seconds: f64) -> i64 {
    seconds.floor() as i64
}

/// A time as Didit writes it: `2026-11-22T04:31:00Z`.
pub fn iso(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    format!("{}T{:02}:{:02}:{:02}Z", date(days), rest / 3600, rest / 60 % 60, rest % 60)
}

/// The date so many days after 1970-01-01. Howard Hinnant's `civil_from_days`.
pub fn date(days: i64) -> String {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Days from 1970-01-01 to a date `YYYY-MM-DD`; `None` if it is none.
pub fn days(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if (year.len(), month.len(), day.len()) != (4, 2, 2)
        || !text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
    {
        return None;
    }
    let (year, month, day): (i64, i64, i64) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let month_index = (month + 9) % 12;
    let day_of_year = (153 * month_index + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    (date(days) == text).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_both_ways() {
        for (text, count) in
            [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-22", 20_779), ("9999-12-31", 2_932_896)]
        {
            assert_eq!((date(count).as_str(), days(text)), (text, Some(count)));
        }
        for wrong in ["2026-02-29", "2026-13-01", "2026-1-01", "tomorrow", "20260101", "+026-01-01"] {
            assert_eq!(days(wrong), None, "{wrong}");
        }
        assert_eq!(iso(1_790_000_006), "2026-09-21T14:13:26Z");
    }

    #[test]
    fn a_stopped_clock_moves_only_when_told() {
        let clock = Clock::new(Some(1000.0), 0.0);
        assert_eq!(clock.now(), 1000);
        clock.change(None, Some(60.5), None).unwrap();
        assert_eq!(clock.now(), 1060);
        assert!(clock.change(None, Some(f64::NAN), None).is_err());
        assert!(clock.change(Some(-1.0), None, None).is_err());
        assert!(clock.change(None, None, Some(-1.0)).is_err());
        assert_eq!(clock.now(), 1060);
    }
}
