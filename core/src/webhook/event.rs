//! What the authenticated bytes say.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::Scheme;
use crate::canonical::{Members, Value, canonicalize_within};
use crate::status::Status;
use crate::{Code, Error};

macro_rules! event_types {
    ($($variant:ident $name:literal)*) => {
        /// The kind of a signed event; anything not known yet is `Unknown`, never an error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum EventType {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
            /// Another `webhook_type`, or none.
            Unknown,
        }

        impl EventType {
            /// Every type that has a name.
            pub const KNOWN: &[EventType] = &[$(EventType::$variant),*];

            /// The value of `webhook_type`, or `unknown`.
            pub const fn as_str(self) -> &'static str {
                match self { $(EventType::$variant => $name,)* EventType::Unknown => "unknown" }
            }
        }
    };
}

event_types! {
    StatusUpdated "status.updated"
    DataUpdated "data.updated"
    UserStatusUpdated "user.status.updated"
    UserDataUpdated "user.data.updated"
    BusinessStatusUpdated "business.status.updated"
    BusinessDataUpdated "business.data.updated"
    ActivityCreated "activity.created"
    TransactionCreated "transaction.created"
    TransactionStatusUpdated "transaction.status.updated"
    TravelRuleStatusUpdated "travel_rule.status.updated"
    TransactionRuleSuggestionsCreated "transaction_rule_suggestions.created"
}

impl EventType {
    fn of(webhook_type: Option<&str>) -> Self {
        let known = |kind: &&Self| webhook_type == Some(kind.as_str());
        Self::KNOWN.iter().find(known).copied().unwrap_or(Self::Unknown)
    }

    /// Whether the event tells of a verification session, whose status has an [`Outcome`].
    pub const fn is_session(self) -> bool {
        matches!(self, Self::StatusUpdated | Self::DataUpdated)
    }
}

/// What a session's status means for the person who was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// `Approved`
    Granted,
    /// `Declined`
    Denied,
    /// `Not Started`, `In Progress`, `In Review`, `Awaiting User`: wait.
    Pending,
    /// `Resubmitted`, `Abandoned`, `Expired`: the person has to act again.
    Retry,
    /// `Kyc Expired`: an earlier approval no longer holds.
    Revoked,
    /// Any other status, and every event that is not about a session.
    Unknown,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Outcome; 6] =
        [Self::Granted, Self::Denied, Self::Pending, Self::Retry, Self::Revoked, Self::Unknown];

    /// The name of the outcome.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Pending => "pending",
            Self::Retry => "retry",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
        }
    }

    /// The outcome of a session's status, which is compared exactly.
    pub fn of_status(status: &str) -> Self {
        Status::named(status).map_or(Self::Unknown, |status| status.outcome)
    }
}

/// Where the members of an event stand in its payload.
#[derive(Debug, Clone)]
pub struct Index(pub(super) Members);

impl Index {
    /// The member called `name` of the payload that this index was made of.
    pub fn get<'a>(&self, payload: &'a [u8], name: &str) -> Option<Value<'a>> {
        self.0.get(payload, name)
    }

    /// The names of all members of the payload that this index was made of.
    pub fn names<'a>(&'a self, payload: &'a [u8]) -> impl Iterator<Item = Cow<'a, str>> {
        self.0.names(payload)
    }

    /// The [`Event::kind`] of the payload that this index was made of, if that is authenticated under `scheme`.
    pub fn kind(&self, payload: &[u8], scheme: Scheme) -> EventType {
        match (scheme, self.get(payload, "webhook_type")) {
            (Scheme::V1, None) => EventType::StatusUpdated,
            (_, webhook_type) => EventType::of(webhook_type.as_ref().and_then(Value::as_str)),
        }
    }

    /// The [`Event::outcome`] of the payload that this index was made of, if that is authenticated under `scheme`.
    pub fn outcome(&self, payload: &[u8], scheme: Scheme) -> Outcome {
        self.outcome_of(payload, self.kind(payload, scheme))
    }

    /// The same of a payload whose kind is known.
    pub fn outcome_of(&self, payload: &[u8], kind: EventType) -> Outcome {
        match self.get(payload, "status") {
            Some(Value::String(status)) if kind.is_session() => Outcome::of_status(&status),
            _ => Outcome::Unknown,
        }
    }

    /// Where the name and the value of the longest member stand in the payload that this index was made of, if
    /// that member is an array or object of at least `least` bytes, its name is written in ASCII without escapes,
    /// and no other member has that name. A face can leave such a member unparsed until somebody reads it.
    pub fn longest_container(&self, payload: &[u8], least: usize) -> Option<(Range<usize>, Range<usize>)> {
        let spans = || self.0.spans();
        let (name, value) = spans().max_by_key(|(_, value)| value.end.saturating_sub(value.start))?;
        let is_container = matches!(payload.get(value.start), Some(b'{' | b'['));
        let text = payload.get(name.start..name.end)?;
        let is_plain = text.is_ascii() && !text.contains(&b'\\');
        if value.end.saturating_sub(value.start) < least || !is_container || !is_plain {
            return None;
        }
        // Another member may spell the same name with escapes.
        let same = |written: &[u8]| written == text || written.contains(&b'\\');
        let others = spans().filter(|(other, _)| *other != name);
        let is_only = !others.filter_map(|(other, _)| payload.get(other.start..other.end)).any(same);
        is_only.then_some((name.start..name.end, value.start..value.end))
    }
}

/// The authenticated content of a delivery. Unknown types, statuses, members and nulls are values here.
#[derive(Clone)]
pub struct Event<'a> {
    payload: Cow<'a, [u8]>,
    index: Index,
    sent: Option<(&'a [u8], Index)>,
    scheme: Scheme,
}

impl<'a> Event<'a> {
    pub(super) fn new(payload: Cow<'a, [u8]>, members: Members, scheme: Scheme) -> Self {
        Self { payload, index: Index(members), sent: None, scheme }
    }

    /// The event that was sent as `body`, which differs from the payload in nothing but how its escapes are spelled.
    pub(super) fn sent_as(self, body: &'a [u8], members: Members) -> Self {
        Self { sent: Some((body, Index(members))), ..self }
    }

    /// Reads a payload that was verified before, for example one that a queue handed on. Nothing is
    /// checked but that it is a JSON object of [`payload`](Self::payload)'s kind.
    pub fn from_verified(payload: Cow<'a, [u8]>, scheme: Scheme) -> Option<Self> {
        let has_members = canonicalize_within(&payload, usize::MAX).ok()?.members().is_some();
        let members = Members::scan(&payload).filter(|_| has_members)?;
        Some(Self::new(payload, members, scheme))
    }

    /// The kind of the event. A V1 webhook has no type of its own; it always tells of a session's status.
    pub fn kind(&self) -> EventType {
        self.index.kind(&self.payload, self.scheme)
    }

    /// What the session's status means; `Unknown` for events that are not about a session.
    pub fn outcome(&self) -> Outcome {
        self.index.outcome(&self.payload, self.scheme)
    }

    /// A member of the payload; of several with that name the last one.
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        self.index.get(&self.payload, name)
    }

    /// The JSON text of the event: under V2 the canonical form, under raw and V1 the body, under Simple
    /// an object of the signed fields alone.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Where the members stand in the payload.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The body as it was sent, and where its members stand, if it is ASCII and says what the payload says, byte for byte
    /// but for the spelling of escapes. Parsers take less time for ASCII.
    pub fn sent(&self) -> Option<(&'a [u8], &Index)> {
        self.sent.as_ref().map(|(body, index)| (*body, index))
    }

    /// The scheme that authenticated it.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The payload and the index of its members.
    pub fn into_parts(self) -> (Cow<'a, [u8]>, Index) {
        (self.payload, self.index)
    }
}

/// Only the kind is shown: everything else may be personal data.
impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

/// A callback that Didit does not sign. Anybody can have sent it: look up what it tells of.
#[derive(Clone)]
pub struct UnsignedEvent<'a> {
    payload: Cow<'a, [u8]>,
    index: Index,
}

impl<'a> UnsignedEvent<'a> {
    /// The one type that Didit sends unsigned.
    pub const REGISTRY_SEARCH_RESOLVED: &'static str = "kyb.registry_search.resolved";

    /// `kyb.registry_search.resolved` or `unknown`; never the name of a signed event.
    pub fn kind(&self) -> &'static str {
        match self.get("webhook_type") {
            Some(Value::String(name)) if name == Self::REGISTRY_SEARCH_RESOLVED => Self::REGISTRY_SEARCH_RESOLVED,
            _ => EventType::Unknown.as_str(),
        }
    }

    /// A member of the payload.
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        self.index.get(&self.payload, name)
    }

    /// The canonical form of the body.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload and the index of its members.
    pub fn into_parts(self) -> (Cow<'a, [u8]>, Index) {
        (self.payload, self.index)
    }
}

/// Only the kind is shown: everything else may be personal data.
impl fmt::Debug for UnsignedEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsignedEvent").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

/// Reads the unsigned `kyb.registry_search.resolved` callback, which nothing authenticates.
///
/// # Errors
///
/// `body_too_large`, `duplicate_key`, `body_not_object`, and those of
/// [`canonicalize`](crate::canonicalize()).
pub fn parse_unsigned(body: &[u8], max_body: usize) -> Result<UnsignedEvent<'_>, Error> {
    if body.len() > max_body {
        return Err(Code::BodyTooLarge.into());
    }
    let canonical = canonicalize_within(body, max_body)?;
    if canonical.has_duplicates() {
        return Err(Code::DuplicateKey.into());
    }
    match canonical.into_parts() {
        (payload, Some(members), _) => Ok(UnsignedEvent { payload, index: Index(members) }),
        (_, None, _) => Err(Code::BodyNotObject.into()),
    }
}
