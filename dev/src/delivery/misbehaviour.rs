//! How deliveries go wrong, where that was asked for.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// One way of going wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misbehaviour {
    /// The same request arrives twice.
    Duplicate,
    /// The event arrives after the one that follows it.
    Reorder,
    /// Signed now, sent when the window of 300 seconds is over.
    Delay,
    /// Never sent.
    Drop,
    /// Signed with another secret.
    WrongSecret,
    /// The body is written anew, indented, on its way: V2 still fits, the raw signature does not.
    Reencoded,
    /// `\u` escapes become characters on the way: V2 still fits, the raw signature does not.
    Unescaped,
    /// More is escaped on the way than Didit does: V2 still fits, the raw signature does not.
    Escaped,
    /// An old delivery under a new `X-Timestamp`, as somebody replays it.
    HeaderRefreshed,
    /// Without `X-Timestamp`.
    TimestampStripped,
    /// Without the three signatures.
    SignaturesStripped,
    /// The body comes in small pieces.
    Trickle,
    /// The connection is cut in the middle of the body.
    Cut,
}

impl Misbehaviour {
    /// Every one.
    pub const ALL: [Misbehaviour; 13] = [
        Self::Duplicate,
        Self::Reorder,
        Self::Delay,
        Self::Drop,
        Self::WrongSecret,
        Self::Reencoded,
        Self::Unescaped,
        Self::Escaped,
        Self::HeaderRefreshed,
        Self::TimestampStripped,
        Self::SignaturesStripped,
        Self::Trickle,
        Self::Cut,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::Delay => "delay",
            Self::Drop => "drop",
            Self::WrongSecret => "wrong_secret",
            Self::Reencoded => "reencoded",
            Self::Unescaped => "unescaped",
            Self::Escaped => "escaped",
            Self::HeaderRefreshed => "header_refreshed",
            Self::TimestampStripped => "timestamp_stripped",
            Self::SignaturesStripped => "signatures_stripped",
            Self::Trickle => "trickle",
            Self::Cut => "cut",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

/// What was asked for, for each destination; `*` is any of them.
#[derive(Debug, Default)]
pub struct Misbehaviours(Mutex<HashMap<String, Vec<(Misbehaviour, u32)>>>);

impl Misbehaviours {
    /// Let the next `times` attempts to a destination go wrong.
    pub fn add(&self, destination: &str, one: Misbehaviour, times: u32) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(destination.to_owned()).or_default().push((one, times));
    }

    /// How the next attempt goes wrong.
    pub fn take(&self, destination: &str) -> Option<Misbehaviour> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.is_empty() {
            return None;
        }
        for name in [destination, "*"] {
            let Some(asked) = all.get_mut(name) else { continue };
            let Some((one, times)) = asked.first_mut() else { continue };
            let taken = *one;
            *times = times.saturating_sub(1);
            if *times == 0 {
                asked.remove(0);
            }
            if asked.is_empty() {
                all.remove(name);
            }
            return Some(taken);
        }
        None
    }

    /// What is still to come: destination, name, how often.
    pub fn all(&self) -> Vec<(String, &'static str, u32)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |(destination, asked): (&String, &Vec<(Misbehaviour, u32)>)| {
            asked.iter().map(|(one, times)| (destination.clone(), one.as_str(), *times)).collect::<Vec<_>>()
        };
        all.iter().flat_map(of).collect()
    }

    /// Behave again.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
