//! What can go wrong with a store.

use std::fmt;

/// Why a store gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process is writing, and the caller did not want to wait.
    Busy,
    /// The lease ended, and another worker has the event now, or has done it.
    ClaimLost,
    /// The store cannot be used. The text names the fault, and nothing that was stored.
    Unavailable(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("another process is writing to the store"),
            Self::ClaimLost => f.write_str("the claim was lost: its lease ended before the event was done"),
            Self::Unavailable(reason) => write!(f, "the store cannot be used: {reason}"),
        }
    }
}

impl StoreError {
    fn reason(&self) -> String {
        match self {
            Self::Unavailable(reason) => reason.clone(),
            other => other.to_string(),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<StoreError> for crate::Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::ClaimLost => crate::Code::ClaimLost.into(),
            other => Self::store_unavailable(&other.reason()),
        }
    }
}
