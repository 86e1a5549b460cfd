//! The signature schemes, and what each of them covers.

use super::options::named;
use super::simple;

/// One of Didit's ways of signing a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `X-Signature-V2`, over the canonical form of the body. Didit recommends it.
    V2,
    /// `X-Signature`, over the bytes of the body as sent.
    Raw,
    /// `X-Signature-Simple`, over four fields. Everything else in the body is unsigned.
    Simple,
    /// `X-Signature` of the older V1 webhooks, over the bytes of the body, whose only time is
    /// `created_at`.
    V1,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Scheme; 4] = [Self::V2, Self::Raw, Self::Simple, Self::V1];

    /// The name of the scheme in options and verdicts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::Raw => "raw",
            Self::Simple => "simple",
            Self::V1 => "v1",
        }
    }

    /// The scheme of that name.
    ///
    /// # Errors
    ///
    /// A message for the developer that lists the names.
    pub fn parse(name: &str) -> Result<Self, String> {
        named(name, Self::ALL, Self::as_str)
    }

    /// How much of the body a matching signature vouches for.
    pub const fn covers(self) -> Covers {
        match self {
            Self::V2 | Self::Raw | Self::V1 => Covers::Body,
            Self::Simple => Covers::Envelope,
        }
    }

    /// The field of the body that holds the signed time.
    pub(super) const fn time_field(self) -> &'static str {
        match self {
            Self::V1 => "created_at",
            _ => "timestamp",
        }
    }
}

/// How much of a delivery is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Covers {
    /// Every member of the body.
    Body,
    /// `timestamp`, `session_id`, `status` and `webhook_type` only.
    Envelope,
}

impl Covers {
    /// `body` or `envelope`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Envelope => "envelope",
        }
    }

    /// Whether a member of the body called `field` is authenticated.
    pub fn includes(self, field: &str) -> bool {
        match self {
            Self::Body => true,
            Self::Envelope => simple::FIELDS.contains(&field),
        }
    }
}
