//! What a verifier accepts, and which mixtures of options are mistakes.

use std::fmt;

use super::freshness::{HeaderTimestamp, Window};
use super::{Covers, Scheme};
use crate::Error;

/// Where an event comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Real people.
    Live,
    /// Tests.
    Sandbox,
}

impl Environment {
    /// Every environment.
    pub const ALL: [Environment; 2] = [Self::Live, Self::Sandbox];

    /// The value of the body's `environment`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Sandbox => "sandbox",
        }
    }

    /// The environment of that name.
    ///
    /// # Errors
    ///
    /// A message for the developer that lists the names.
    pub fn parse(name: &str) -> Result<Self, String> {
        named(name, Self::ALL, Self::as_str)
    }
}

/// The choice of that name among `all`, or a message that lists their names.
pub(super) fn named<T: Copy, const N: usize>(
    name: &str,
    all: [T; N],
    as_str: fn(T) -> &'static str,
) -> Result<T, String> {
    let unknown = || format!("there is no {name:?}; the names are {}", all.map(as_str).join(", "));
    all.into_iter().find(|&choice| as_str(choice) == name).ok_or_else(unknown)
}

/// What a [`Verifier`](super::Verifier) accepts.
#[derive(Debug, Clone)]
pub struct Options {
    /// The accepted schemes. V2 is tried first, whatever the order here; `Simple` and `V1` only alone.
    pub schemes: Vec<Scheme>,
    /// How many seconds ago a delivery may have been signed; `None` is 300, or 600 for V1.
    pub max_age: Option<u64>,
    /// How many seconds in the future a delivery may have been signed.
    pub max_future: u64,
    /// What the `X-Timestamp` header has to satisfy.
    pub header_timestamp: HeaderTimestamp,
    /// The longest body, and the longest canonical form, in bytes.
    pub max_body: usize,
    /// The accepted environments; `None` accepts all, and events that name none.
    pub environments: Option<Vec<Environment>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            schemes: vec![Scheme::V2, Scheme::Raw],
            max_age: None,
            max_future: 300,
            header_timestamp: HeaderTimestamp::default(),
            max_body: 1_048_576,
            environments: None,
        }
    }
}

impl Options {
    /// The window of the guide, and a wider one for V1, whose time is that of the event: its deliveries
    /// cannot be stamped anew when they are repeated.
    pub(super) fn window(&self) -> Window {
        let default = if self.schemes.contains(&Scheme::V1) { 600 } else { 300 };
        Window { max_age: self.max_age.unwrap_or(default), max_future: self.max_future }
    }

    /// What is odd about the options although it is possible: a window of more than a day, which is most often in
    /// milliseconds, and lets a delivery that somebody has recorded be sent again for that long.
    pub fn oddities(&self) -> Vec<String> {
        const DAY: u64 = 86_400;
        let window = self.window();
        let named = [("max_age", window.max_age), ("max_future", window.max_future)];
        let odd = named.into_iter().filter(|(_, seconds)| *seconds > DAY);
        odd.map(|(name, seconds)| {
            format!(
                "{name} is {seconds} seconds, which is more than a day: it is in seconds, not milliseconds, and the \
                 guide's window is 300"
            )
        })
        .collect()
    }

    pub(super) fn check(&self) -> Result<(), BuildError> {
        let mistake = |text: &str| Err(BuildError::Option(text.to_owned()));
        if self.schemes.is_empty() {
            return mistake("schemes must name at least one scheme");
        }
        for alone in [Scheme::Simple, Scheme::V1] {
            if self.schemes.contains(&alone) && self.schemes.iter().any(|scheme| *scheme != alone) {
                return Err(BuildError::Option(format!(
                    "the scheme {:?} cannot be mixed with others: it would weaken them",
                    alone.as_str()
                )));
            }
        }
        let Some(environments) = &self.environments else { return Ok(()) };
        if environments.is_empty() {
            return mistake("environments must name at least one environment, or be left out");
        }
        if self.schemes.iter().any(|scheme| scheme.covers() == Covers::Envelope) {
            return mistake("the scheme \"simple\" does not sign the environment, so it cannot be limited");
        }
        Ok(())
    }
}

/// Why a verifier cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// No secret was given, or one of them is empty: `missing_secret`.
    MissingSecret(Error),
    /// The options contradict each other.
    Option(String),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingSecret(error) => error.fmt(f),
            Self::Option(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for BuildError {}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn a_window_that_is_most_likely_in_milliseconds_is_odd_and_a_wide_one_is_not() {
        let odd = |max_age, max_future| Options { max_age, max_future, ..Options::default() }.oddities();
        assert!(odd(None, 300).is_empty() && odd(Some(0), 0).is_empty() && odd(Some(86_400), 86_400).is_empty());
        let [text] = &odd(Some(300_000), 300)[..] else { panic!("one is odd") };
        assert!(text.starts_with("max_age is 300000 seconds") && text.contains("not milliseconds"), "{text}");
        assert_eq!(odd(Some(u64::MAX), u64::MAX).len(), 2);
    }
}
