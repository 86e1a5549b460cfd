//! The verdict on a genuine delivery.

use std::borrow::Cow;

use super::{Covers, Event, Scheme};

/// A delivery that Didit made, recently, with one of the verifier's secrets.
#[derive(Debug, Clone)]
pub struct Verified<'a> {
    pub(super) event: Event<'a>,
    /// The Simple message, which is not the event's payload.
    pub(super) message: Option<Vec<u8>>,
    pub(super) secret_index: usize,
    pub(super) signed_at: i64,
}

impl<'a> Verified<'a> {
    /// What the authenticated bytes say.
    pub fn event(&self) -> &Event<'a> {
        &self.event
    }

    /// The event by itself.
    pub fn into_event(self) -> Event<'a> {
        self.event
    }

    /// The scheme whose signature matched.
    pub fn scheme(&self) -> Scheme {
        self.event.scheme()
    }

    /// How much of the body that signature vouches for.
    pub fn covers(&self) -> Covers {
        self.scheme().covers()
    }

    /// Which of the verifier's secrets made the signature, from 0: an old secret that no delivery uses any
    /// more can go.
    pub fn secret_index(&self) -> usize {
        self.secret_index
    }

    /// The signed time, in seconds since 1970.
    pub fn signed_at(&self) -> i64 {
        self.signed_at
    }

    /// The authenticated bytes: under V2 the canonical form, under raw and V1 the body, under Simple the
    /// message of four fields.
    pub fn bytes(&self) -> &[u8] {
        self.message.as_deref().unwrap_or_else(|| self.event.payload())
    }

    /// The verdict's own copy of everything it needs of the body.
    pub fn into_owned(self) -> Verified<'static> {
        let scheme = self.scheme();
        let (payload, index) = self.event.into_parts();
        Verified {
            event: Event::new(Cow::Owned(payload.into_owned()), index.0, scheme),
            message: self.message,
            secret_index: self.secret_index,
            signed_at: self.signed_at,
        }
    }
}
