#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "api")]
pub mod api;
pub mod canonical;
mod error;
pub mod guard;
mod nearest;
pub mod receive;
#[cfg(feature = "api")]
mod secret;
pub mod status;
pub mod store;
pub mod webhook;

pub use canonical::{canonicalize, canonicalize_strict};
pub use error::{Code, Error, ErrorClass, FieldError, Http};
pub use nearest::nearest;
pub use webhook::{Verified, Verifier, sign};

/// The code blocks of the guides are compiled and run as documentation tests.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[doc = include_str!("../../docs/webhooks.md")]
    mod webhooks {}
    #[doc = include_str!("../../docs/canonical-json.md")]
    mod canonical_json {}
    #[doc = include_str!("../../docs/explain.md")]
    mod explain {}
}
