//! Why a command ends without having done what was asked.

use std::time::Duration;

use didit_core::Error;

/// A command's failure, for the person who gave it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked for cannot be.
    Mistake(String),
    /// It did not work.
    Failed(String),
    /// A call to the account or the emulator failed.
    Call(Box<Error>),
}

impl Failure {
    /// What to say of it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Mistake(text) | Self::Failed(text) => text.clone(),
            Self::Call(error) => error.to_string(),
        }
    }

    /// The exit code.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::Mistake(_) => 2,
            Self::Failed(_) | Self::Call(_) => 1,
        }
    }

    /// The status of the answer, where there was one.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Call(error) => error.http()?.status,
            _ => None,
        }
    }

    /// How long the service asks to wait before the next call.
    pub(crate) fn asks_to_wait(&self) -> Option<Duration> {
        match self {
            Self::Call(error) => error.http()?.retry_after,
            _ => None,
        }
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Failed(text)
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        Self::Failed(text.to_owned())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(Box::new(error))
    }
}
