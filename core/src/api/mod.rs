//! Calls to Didit's API: operations, requests, answers, retries, errors.
//!
//! An operation and its arguments become a request value, an answer becomes a result or an error, and
//! whether to try again is a pure decision. Bytes leave only through a [`transport::Transport`].

mod arguments;
mod cancel;
mod check;
mod client;
mod config;
mod generated;
mod limits;
mod multipart;
mod observe;
pub mod operation;
mod problem;
mod request;
mod response;
pub mod retry;
mod time;
mod token;
pub mod transport;
mod url;

pub use crate::secret::Secret;
pub use arguments::{Arguments, CallOptions, FilePart};
pub use cancel::{CancelToken, Poll, Stop, Stopped};
pub use client::Didit;
pub use config::{ACCOUNT_URL, Config, Trust, VERIFICATION_URL};
pub use generated::OPERATIONS;
pub use limits::RateLimit;
pub use observe::{Attempt, Observer};
pub use operation::Operation;
pub use response::Answer;
