//! What fits without a proof.

use super::case::{Case, Found};
use super::document::Document;
use super::placeholder::{looks_like_api_key, looks_unexpanded, placeholder};
use super::raw_headers::header_of;
use super::search::Search;
use super::signed::about_v1;
use super::{Cause, body};
use crate::Code;
use crate::webhook::Scheme;

pub(super) const NOT_ALL_TRIED: &str = "the body is so large that not everything was tried";
pub(super) const SANDBOX: &str = "the body names the environment sandbox, which has secrets of its own";

impl Case<'_> {
    /// What can be seen of a body that was changed says more than that it was.
    pub(super) fn sharpened(&self, found: Found, document: Option<&Document>) -> Found {
        if found.cause != Cause::ContentChanged {
            return found;
        }
        let seen = body::visible(self.body, self.content_length()).map(Found::likely);
        let duplicates = || document?.has_duplicates.then(|| Found::likely(Cause::DuplicateMembers));
        match seen.or_else(duplicates).or_else(|| rounded(document)) {
            Some(seen) => {
                let separator = if seen.details.is_empty() { "" } else { "; " };
                let details = format!("{}{separator}{}; else it is damaged or forged", seen.details, found.details);
                seen.saying(details)
            }
            None => found,
        }
    }

    /// What fits without a proof.
    pub(super) fn by_appearance(&self, refusal: Code, search: &Search, document: Option<&Document>) -> Found {
        let has_signature = [Scheme::V2, Scheme::Raw, Scheme::Simple]
            .iter()
            .any(|scheme| self.headers.first(header_of(*scheme)).is_some());
        let unsigned_type = crate::webhook::UnsignedEvent::REGISTRY_SEARCH_RESOLVED;
        let is_callback = self.headers.first("x-didit-unsigned-callback").is_some()
            || document.is_some_and(|document| document.field("webhook_type") == unsigned_type);
        if !has_signature {
            let likely = Found::likely(Cause::UnsignedCallback);
            return if is_callback { likely } else { Found::certain(Cause::SignatureMissing) };
        }
        if matches!(self.body.trim_ascii(), b"{}" | b"[]" | b"null" | b"undefined" | b"None" | b"\"\"") {
            let details = "this is what is left where nothing has parsed it, or has parsed it for good";
            return Found::likely(Cause::BodyEmpty).saying(details);
        }
        if let Some(cause) = body::visible(self.body, self.content_length()) {
            return Found::likely(cause);
        }
        if document.is_some_and(|document| document.has_duplicates) && refusal == Code::DuplicateKey {
            return Found::likely(Cause::DuplicateMembers);
        }
        if self.headers.values("x-didit-test-webhook").any(|value| value.eq_ignore_ascii_case(b"true")) {
            return Found::likely(Cause::TestDelivery);
        }
        if self.secrets.iter().any(|secret| looks_like_api_key(secret)) {
            return Found::likely(Cause::ApiKeyAsSecret);
        }
        if self.secrets.iter().any(|secret| looks_unexpanded(secret)) {
            return Found::likely(Cause::SecretUnexpanded);
        }
        if let Some(details) = self.secrets.iter().find_map(|secret| placeholder(secret)) {
            return Found::likely(Cause::SecretPlaceholder).saying(details);
        }
        match refusal {
            Code::MissingTimestamp => return Found::likely(Cause::TimestampMissing).saying(about_v1(document)),
            Code::MalformedTimestamp => {
                return Found::likely(Cause::TimestampMalformed).saying(self.about_the_header_time());
            }
            Code::DuplicateHeader => return Found::likely(self.came_twice()),
            Code::MalformedSignature => {
                let spelling = search.claims.iter().find_map(|claim| claim.spelling);
                return spelling.map_or_else(|| Found::certain(Cause::SignatureMalformed), Found::likely);
            }
            _ => {}
        }
        if let Some(found) = rounded(document) {
            return found;
        }
        if self.looks_untouched(search, document) {
            let is_sandbox = document.is_some_and(|document| document.field("environment") == "sandbox");
            return Found::likely(Cause::AnotherDestination).saying(match (is_sandbox, search.is_complete()) {
                (true, _) => SANDBOX,
                (false, true) => "",
                (false, false) => NOT_ALL_TRIED,
            });
        }
        let details = match (search.is_complete(), document.is_some(), self.differs_from_wire(document)) {
            (false, _, _) => NOT_ALL_TRIED,
            (_, false, _) => "the body is no JSON that Didit can have sent, so X-Signature-V2 could not be tried",
            (_, _, true) => {
                "the body is not written as Didit writes it, so it was written anew on its way or by somebody else"
            }
            _ => {
                "no secret that was given, in no known form, made any of the signatures; a secret of another \
                 destination, a cut one, and a forgery all look like this"
            }
        };
        let is_sandbox = document.is_some_and(|document| document.field("environment") == "sandbox");
        Found::unknown(if is_sandbox { format!("{details}; {SANDBOX}") } else { details.to_owned() })
    }

    pub(super) fn content_length(&self) -> Option<usize> {
        str::from_utf8(self.headers.first("content-length")?).ok()?.parse().ok()
    }

    /// Whether the body is as Didit writes it, and both signatures are one, as they are for such a body under
    /// any secret.
    pub(super) fn looks_untouched(&self, search: &Search, document: Option<&Document>) -> bool {
        let mac = |wanted| {
            let mut of_scheme = search.claims.iter().filter(|claim| claim.scheme == Some(wanted));
            of_scheme.next().filter(|claim| claim.spelling.is_none()).map(|claim| claim.mac)
        };
        let is_plain = document.is_some_and(|document| document.canonical == self.body && document.wire == self.body);
        is_plain && mac(Scheme::V2).is_some() && mac(Scheme::V2) == mac(Scheme::Raw)
    }

    pub(super) fn differs_from_wire(&self, document: Option<&Document>) -> bool {
        document.is_some_and(|document| document.wire != self.body)
    }
}

/// A number that a parser seems to have rounded.
pub(super) fn rounded(document: Option<&Document>) -> Option<Found> {
    let details = "a large number ends in zeros, as JSON.parse leaves it";
    document.filter(|document| document.looks_rounded()).map(|_| Found::likely(Cause::BodyJavascript).saying(details))
}
