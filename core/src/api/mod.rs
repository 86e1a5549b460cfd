//! Calls to Didit's API: operations, requests, answers, retries, errors.
//!
//! An operation and its arguments become a request value, an answer becomes a result or an error, and
//! whether to try again is a pure decision. Bytes leave only through a [`transport::Transport`].

mod arguments;
mod blame;
mod callback;
mod cancel;
mod check;
mod client;
mod config;
mod generated;
mod iframe;
mod limits;
mod multipart;
mod observe;
pub mod operation;
mod pages;
mod problem;
pub mod recover;
mod request;
mod response;
pub mod retry;
mod shape;
mod time;
mod token;
pub mod transport;
#[cfg(feature = "typed")]
pub mod typed;
mod url;

pub use crate::secret::Secret;
pub use arguments::{Arguments, CallOptions, FilePart};
pub use callback::{UnauthenticatedCallback, parse_callback};
pub use cancel::{CancelToken, Poll, Stop, Stopped};
pub use client::Didit;
pub use config::{ACCOUNT_URL, Config, Trust, VERIFICATION_URL, in_camel_case};
pub use generated::OPERATIONS;
#[cfg(feature = "typed")]
pub use generated::{resources, types};
pub use iframe::{Frame, iframe_html};
pub use limits::RateLimit;
pub use observe::{Attempt, Observer};
pub use operation::Operation;
pub use pages::next_page;
pub use response::Answer;
