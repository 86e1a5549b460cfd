//! Did Didit send this?
//!
//! [`Verifier::verify`] takes the body's bytes, the request's headers and the time, and gives a
//! [`Verified`] delivery or the first check that failed. `docs/webhooks.md` has the rules, in the order
//! in which they are checked; each has a file here:
//!
//! * [`options`](Options): what is accepted, and which mixtures are mistakes
//! * [`headers`](Headers): which headers count, and what two of one kind mean
//! * [`scheme`](Scheme): what each signature is computed over
//! * `key`: the secrets and the comparison
//! * [`freshness`](HeaderTimestamp): the signed time, and the header that can only make it stricter
//! * `simple`: the message of the Simple signature
//! * `parsed`: payloads that a framework has parsed already
//! * `verifier`: the order of the checks
//! * [`event`](Event): what the authenticated bytes say
//! * [`tokens`](Tokens): JSON text, for faces that make values of their language from it
//! * [`sign`](sign()): the headers that Didit would send
//! * [`explain`](explain()): which of the known mistakes a refused delivery is

#![warn(clippy::indexing_slicing, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod event;
mod explain;
mod freshness;
mod headers;
mod key;
mod options;
mod parsed;
mod scheme;
mod sign;
mod simple;
mod time;
mod tokens;
mod verified;
mod verifier;

pub use crate::canonical::Value;
pub use event::{Event, EventType, Index, Outcome, UnsignedEvent, parse_unsigned};
pub use explain::{Cause, Confidence, ExplainOptions, Explanation, RawHeaders, explain};
pub use freshness::HeaderTimestamp;
pub use headers::Headers;
pub use key::spaced_secrets;
pub use options::{BuildError, Environment, Options};
pub use parsed::{PathStep, unsupported_value};
pub use scheme::{Covers, Scheme};
pub use sign::sign;
pub use time::UnixSeconds;
pub use tokens::{Token, Tokens};
pub use verified::Verified;
pub use verifier::Verifier;
