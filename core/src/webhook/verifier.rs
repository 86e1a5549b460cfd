//! The order of the checks. Nothing later than a check shows before it has passed.

#![warn(clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::fmt;

use super::freshness::{HeaderTimestamp, Window, parse_seconds};
use super::key::Keys;
use super::{BuildError, Environment, Event, Headers, Options, Scheme, UnixSeconds, Value, Verified, parsed, simple};
use crate::canonical::{Canonical, Listener, Members, Nobody, canonicalize_aloud};
use crate::{Code, Error};

/// Decides whether deliveries are genuine. It can be shared between threads and shows no secret.
pub struct Verifier {
    keys: Keys,
    options: Options,
    window: Window,
}

/// A delivery under examination.
struct Delivery<'a, 'h> {
    body: &'a [u8],
    headers: &'h Headers,
    /// The canonical form, made when a check first needs it.
    canonical: Option<Result<Canonical<'a>, Error>>,
}

/// A signature that matched.
struct Match {
    scheme: Scheme,
    secret_index: usize,
    /// The time in `X-Timestamp`, if the scheme uses that.
    header_time: Option<i64>,
    /// The message that was signed, where it is neither the body nor its canonical form.
    message: Option<Vec<u8>>,
}

impl Verifier {
    /// A verifier that accepts deliveries signed with any of `secrets`, each as its bytes are.
    ///
    /// # Errors
    ///
    /// `missing_secret`, or a message about options that contradict each other.
    pub fn new(secrets: &[&[u8]], mut options: Options) -> Result<Self, BuildError> {
        let keys = Keys::new(secrets).ok_or_else(|| BuildError::MissingSecret(Code::MissingSecret.into()))?;
        options.check()?;
        // V2 first: the order of the list is only the order in which it was written.
        options.schemes.sort_unstable_by_key(|scheme| *scheme != Scheme::V2);
        options.schemes.dedup();
        let window = options.window();
        Ok(Self { keys, options, window })
    }

    /// Verifies a delivery from the bytes of its body.
    ///
    /// With both V2 and raw accepted, a matching raw signature stands in for a V2 signature that is absent
    /// or does not match: both cover the whole body. If neither matches, the error is V2's, or raw's where
    /// the request has no V2 header.
    ///
    /// # Errors
    ///
    /// The first check that fails, in the order of [`Code::ALL`].
    pub fn verify<'a>(&self, body: &'a [u8], headers: &Headers, now: UnixSeconds) -> Result<Verified<'a>, Error> {
        let mut delivery = Delivery { body, headers, canonical: None };
        let mut reported = Error::new(Code::MissingSignature);
        for &scheme in &self.options.schemes {
            match self.authenticate(scheme, &mut delivery) {
                Ok(found) => return self.admit(found, delivery, now),
                Err(error) if reported.code() == Code::MissingSignature => reported = error,
                Err(_) => {}
            }
        }
        Err(reported)
    }

    /// Verifies a delivery from the JSON text that a face wrote from an already parsed body.
    ///
    /// Only V2 can vouch for it, because the bytes of the body are gone. See [`Self::accepts_parsed`].
    ///
    /// # Errors
    ///
    /// Those of [`Self::verify`], and `parsed_precision` where the signature does not match and the parser
    /// may be the cause.
    pub fn verify_parsed(&self, text: &[u8], headers: &Headers, now: UnixSeconds) -> Result<Verified<'static>, Error> {
        if !self.accepts_parsed() {
            return Err(Code::MissingSignature.into());
        }
        let mut delivery = Delivery { body: text, headers, canonical: None };
        let found = self.authenticate(Scheme::V2, &mut delivery).map_err(|error| match error.code() {
            Code::SignatureMismatch => parsed::mismatch(text),
            _ => error.without_position(),
        })?;
        self.admit(found, delivery, now).map(Verified::into_owned)
    }

    /// The checks of [`Self::verify_parsed`] that need the headers alone, to be made before a face spends time on the
    /// payload.
    ///
    /// # Errors
    ///
    /// `missing_signature`, `malformed_signature`, `missing_timestamp`, `malformed_timestamp`,
    /// `duplicate_header`.
    pub fn check_parsed_headers(&self, headers: &Headers) -> Result<(), Error> {
        self.signature(Scheme::V2, headers).map(drop)
    }

    /// Whether V2, the only scheme that can vouch for a parsed body, is among the accepted schemes.
    pub fn accepts_parsed(&self) -> bool {
        self.options.schemes.contains(&Scheme::V2)
    }

    /// What the verifier accepts.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The greatest age in seconds, the default of the accepted schemes if the options name none.
    pub fn max_age(&self) -> u64 {
        self.window.max_age
    }

    /// The headers are well-formed: the MAC that has to be matched, and the time in `X-Timestamp` if the scheme uses it.
    fn signature(&self, scheme: Scheme, headers: &Headers) -> Result<([u8; 32], Option<i64>), Error> {
        let mac = headers.signature(scheme)?;
        let header_time = if self.uses_header_timestamp(scheme) { Some(headers.timestamp()?) } else { None };
        Ok((mac, header_time))
    }

    /// The headers are well-formed, and the scheme's signature matches.
    fn authenticate(&self, scheme: Scheme, delivery: &mut Delivery<'_, '_>) -> Result<Match, Error> {
        let (mac, header_time) = self.signature(scheme, delivery.headers)?;
        if delivery.body.len() > self.options.max_body {
            return Err(Code::BodyTooLarge.into());
        }
        let mut message = None;
        let secret_index = match scheme {
            Scheme::Raw | Scheme::V1 => self.keys.matching(delivery.body, &mac),
            Scheme::V2 => {
                let mut macs = self.keys.macs();
                let canonical = self.strict(delivery, &mut macs)?;
                macs.matching(canonical.as_bytes(), canonical.heard(), &mac)
            }
            Scheme::Simple => {
                let message = message.insert(simple::message(self.strict(delivery, &mut Nobody)?)?);
                self.keys.matching(message, &mac)
            }
        };
        let secret_index = secret_index.ok_or(Code::SignatureMismatch)?;
        Ok(Match { scheme, secret_index, header_time, message })
    }

    /// The signed body is an object of the right time and environment.
    fn admit<'a>(&self, found: Match, mut delivery: Delivery<'a, '_>, now: UnixSeconds) -> Result<Verified<'a>, Error> {
        let Match { scheme, secret_index, header_time, message } = found;
        // A raw signature vouches for any bytes; the rules for the body hold for it all the same.
        let canonical = self.canonical(&mut delivery, &mut Nobody)?;
        let members = canonical.members().ok_or(Code::BodyNotObject)?;
        let signed_at = members.text(canonical.as_bytes(), scheme.time_field()).and_then(parse_seconds);
        let signed_at = signed_at.ok_or(Code::InvalidBodyTimestamp)?;
        match (self.options.header_timestamp, header_time) {
            (HeaderTimestamp::Equal, Some(header)) if header != signed_at => return Err(Code::TimestampMismatch.into()),
            (HeaderTimestamp::Fresh, Some(header)) => {
                self.window.check(signed_at, now)?;
                self.window.check(header, now)?;
            }
            _ => self.window.check(signed_at, now)?,
        }
        let event = event(scheme, delivery)?;
        if !self.accepts_environment(&event) {
            return Err(Error::wrong_environment(environment_in(&event)));
        }
        Ok(Verified { event, message, secret_index, signed_at })
    }

    fn uses_header_timestamp(&self, scheme: Scheme) -> bool {
        scheme != Scheme::V1 && self.options.header_timestamp != HeaderTimestamp::Ignore
    }

    fn accepts_environment(&self, event: &Event<'_>) -> bool {
        let Some(accepted) = &self.options.environments else { return true };
        match event.get("environment") {
            Some(Value::String(name)) => {
                Environment::parse(&name).is_ok_and(|environment| accepted.contains(&environment))
            }
            _ => false,
        }
    }

    /// The canonical form of a body. The listener hears it if this is the first check that needs it.
    fn canonical<'d, 'a>(
        &self,
        delivery: &'d mut Delivery<'a, '_>,
        listener: &mut impl Listener,
    ) -> Result<&'d Canonical<'a>, Error> {
        let make = || canonicalize_aloud(delivery.body, self.options.max_body, listener);
        delivery.canonical.get_or_insert_with(make).as_ref().map_err(Clone::clone)
    }

    /// The canonical form of a body without duplicates, for signatures that do not cover a member that
    /// loses to another one.
    fn strict<'d, 'a>(
        &self,
        delivery: &'d mut Delivery<'a, '_>,
        listener: &mut impl Listener,
    ) -> Result<&'d Canonical<'a>, Error> {
        let canonical = self.canonical(delivery, listener)?;
        if canonical.has_duplicates() { Err(Code::DuplicateKey.into()) } else { Ok(canonical) }
    }
}

/// What an event says of its environment, in words that no sender chooses.
fn environment_in(event: &Event<'_>) -> &'static str {
    match event.get("environment") {
        Some(Value::String(name)) => Environment::parse(&name).map_or("another one", Environment::as_str),
        _ => "it names none",
    }
}

/// The event, read anew from the authenticated bytes.
fn event<'a>(scheme: Scheme, delivery: Delivery<'a, '_>) -> Result<Event<'a>, Error> {
    let Delivery { body, canonical: Some(Ok(canonical)), .. } = delivery else {
        return Err(Code::Internal.into());
    };
    let (bytes, members, sent) = canonical.into_parts();
    let members = members.ok_or(Code::BodyNotObject)?;
    let (payload, members) = match (scheme, bytes) {
        (Scheme::V2, bytes) => (bytes, members),
        (Scheme::Raw | Scheme::V1, Cow::Borrowed(_)) => (Cow::Borrowed(body), members),
        (Scheme::Raw | Scheme::V1, Cow::Owned(_)) => {
            (Cow::Borrowed(body), Members::scan(body).ok_or(Code::BodyNotObject)?)
        }
        (Scheme::Simple, bytes) => {
            let envelope = simple::envelope(&bytes, &members);
            let members = Members::scan(&envelope).ok_or(Code::BodyNotObject)?;
            (Cow::Owned(envelope), members)
        }
    };
    let event = Event::new(payload, members, scheme);
    Ok(match (scheme, sent) {
        (Scheme::V2, Some(members)) => event.sent_as(body, members),
        _ => event,
    })
}

/// Only what is accepted is shown, and how many secrets there are.
impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("secrets", &self.keys.len()).field("options", &self.options).finish()
    }
}

/// A verifier is shared by all threads of a server.
const _: () = {
    const fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<Verifier>();
};
