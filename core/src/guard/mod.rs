//! Is this event news? Deliveries arrive late and out of order; a guard keeps them from undoing what is newer.
//!
//! An application keeps one [`Verification`] for a user or session, and puts every session event through
//! [`apply`]. `docs/idempotency.md` has the rules in words.

mod apply;
mod verification;

pub use apply::{Applied, Verdict, apply};
pub use verification::{SessionEvent, Source, Verification, is_decided};
