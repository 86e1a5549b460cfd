//! Deliveries whose signature is right: what else is not, and what users of other code may want to know.

use super::Cause;
use super::case::{Case, Found};
use super::document::Document;
use super::rewriting::rewriting;
use super::search::Search;
use super::signature::claims;
use super::times::{Clock, judge};
use crate::Code;
use crate::webhook::key::Key;
use crate::webhook::{HeaderTimestamp, Options, Scheme, Verifier};

impl Case<'_> {
    /// What users of other code may want to know of a genuine delivery.
    pub(super) fn advice(&self) -> String {
        let Some(document) = Document::of(self.body, self.limit()) else { return String::new() };
        let mut notes = Vec::new();
        if document.canonical != self.body {
            notes.push("X-Signature-V2 does not fit the raw bytes of this body, which is as it should be".to_owned());
        }
        notes.extend(self.about_the_raw_signature(&document));
        if document.has_form(Cause::SignedJavascript, self.limit()) {
            notes.push(
                "JavaScript writes this payload otherwise, so code around JSON.stringify may refuse it".to_owned(),
            );
        }
        notes.join("; ")
    }

    /// Whether X-Signature is there beside a signature that matches, and does not fit the bytes as they are.
    pub(super) fn about_the_raw_signature(&self, document: &Document) -> Option<String> {
        let mut search = Search::new(claims(self.headers));
        search.claims.retain(|claim| claim.scheme == Some(Scheme::Raw));
        let keys: Vec<Key> = self.secrets.iter().filter_map(|secret| Key::new(secret)).collect();
        let mut fits = |message: &[u8]| keys.iter().any(|key| !search.made_by(key, message).is_empty());
        if fits(self.body) || self.headers.first("x-signature").is_none_or(|value| value.len() != 64) {
            return None;
        }
        let how = if fits(&document.wire) {
            rewriting(self.body, &document.wire).0.message()
        } else {
            "the bytes are others"
        };
        Some(format!("X-Signature does not fit, because {how}, so code that checks it alone is right to refuse"))
    }

    /// The signature matched, and a later check failed.
    pub(super) fn after_the_signature(&self, refusal: Code) -> Option<Found> {
        match refusal {
            Code::BodyNotObject => Some(Found::certain(Cause::NotAnObject)),
            Code::InvalidBodyTimestamp => Some(Found::certain(Cause::SignedTimeMissing)),
            Code::WrongEnvironment => {
                let document = Document::of(self.body, self.limit());
                let names_none = document.is_some_and(|document| document.field("environment").is_empty());
                let details = if names_none { "the body names none" } else { "" };
                Some(Found::certain(Cause::AnotherEnvironment).saying(details))
            }
            Code::TimestampMismatch | Code::TimestampTooOld | Code::TimestampInFuture => Some(self.wrong_time()),
            Code::MissingTimestamp if self.is_signed() => {
                let document = Document::of(self.body, self.limit());
                Some(Found::certain(Cause::TimestampMissing).saying(about_v1(document.as_ref())))
            }
            Code::MalformedTimestamp if self.is_signed() => {
                Some(Found::certain(Cause::TimestampMalformed).saying(self.about_the_header_time()))
            }
            _ => None,
        }
    }

    pub(super) fn wrong_time(&self) -> Found {
        let is_v1 = self.accepted().schemes.contains(&Scheme::V1);
        let field = if is_v1 { Scheme::V1 } else { Scheme::V2 }.time_field();
        let document = Document::of(self.body, self.limit());
        let Some(signed) = document.and_then(|document| document.signed_time(field)) else {
            return Found::certain(Cause::SignedTimeMissing);
        };
        let ignored = is_v1 || self.accepted().header_timestamp == HeaderTimestamp::Ignore;
        let header = if ignored { None } else { self.headers.relevant().timestamp().ok() };
        // One that is as late as the signed time is not what was refused.
        let must_equal = self.accepted().header_timestamp == HeaderTimestamp::Equal;
        let is_to_blame = |header: &i64| must_equal || self.is_in_window(*header) != self.is_in_window(signed);
        if let (Some(unit), true) = (self.clock.unit, self.is_fresh()) {
            return Found::certain(Cause::NowMilliseconds).saying(format!("it is in {unit}"));
        }
        let is_milliseconds = |time| Clock::of(time).unit.is_some();
        if header.is_some_and(is_milliseconds) && !is_milliseconds(signed) {
            return Found::certain(Cause::TimestampMalformed).saying(self.about_the_header_time());
        }
        let finding = judge(signed, header.filter(is_to_blame), self.clock);
        let skew = Some(finding.skew);
        Found { cause: finding.cause, confidence: finding.confidence, details: finding.details, skew }
    }

    fn is_in_window(&self, time: i64) -> bool {
        let window = self.accepted().window();
        let limit = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
        let age = self.clock.seconds.get().saturating_sub(time);
        (limit(window.max_future).saturating_neg()..=limit(window.max_age)).contains(&age)
    }

    /// Whether the verifier accepts the delivery, now taken for what it can only be.
    pub(super) fn is_fresh(&self) -> bool {
        self.verifier.verify(self.body, &self.headers.relevant(), self.clock.seconds).is_ok()
    }

    /// The signature is right, and something else is not.
    pub(super) fn refused_though_signed(&self) -> Found {
        match self.refusal {
            Some(Code::DuplicateHeader) => Found::certain(self.came_twice()),
            _ => Found::unknown("the signature itself is right, so it is what the verdict says"),
        }
    }

    /// Which header came with several values.
    pub(super) fn came_twice(&self) -> Cause {
        let mut times = self.headers.values("x-timestamp");
        let first = times.next();
        if times.any(|other| Some(other) != first) { Cause::TimestampJoined } else { Cause::SignatureJoined }
    }

    /// Whether the signature matches, the header with the time aside.
    pub(super) fn is_signed(&self) -> bool {
        let options = Options { header_timestamp: HeaderTimestamp::Ignore, ..self.accepted().clone() };
        let Ok(verifier) = Verifier::new(self.secrets, options) else { return false };
        match verifier.verify(self.body, &self.headers.relevant(), self.clock.seconds) {
            Ok(_) => true,
            Err(error) => matches!(
                error.code(),
                Code::TimestampTooOld | Code::TimestampInFuture | Code::WrongEnvironment | Code::InvalidBodyTimestamp
            ),
        }
    }

    pub(super) fn about_the_header_time(&self) -> &'static str {
        let value = self.headers.first("x-timestamp").unwrap_or_default();
        let is_number = value.iter().all(u8::is_ascii_digit);
        if is_number && value.len() >= 12 { "its number can only be milliseconds or less" } else { "" }
    }
}

/// What a delivery of V1 looks like.
pub(super) fn about_v1(document: Option<&Document>) -> &'static str {
    let has = |scheme: Scheme| document.is_some_and(|document| document.signed_time(scheme.time_field()).is_some());
    let is_v1 = has(Scheme::V1) && !has(Scheme::V2);
    if is_v1 { "the body has created_at and no timestamp, as deliveries of V1 have" } else { "" }
}
