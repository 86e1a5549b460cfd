//! What it means that a header holds the MAC of a message.

use std::borrow::Cow;

use super::Cause;
use super::case::{Case, Found};
use super::document::Document;
use super::messages::Message;
use super::raw_headers::header_of;
use super::rewriting::rewriting;
use super::search::Search;
use super::signature::{Claim, claims, mixes_cases};
use super::tried::SIGNED_FORMS;
use crate::webhook::Scheme;
use crate::webhook::key::Key;

/// What a matching MAC means.
pub(super) enum Meaning {
    Mistake(Found),
    /// Nothing is wrong with it, but its scheme was not asked for.
    NotAccepted(Found),
}

impl Case<'_> {
    /// The best explanation among all claims that one key made of these messages.
    pub(super) fn match_all(
        &self,
        search: &mut Search,
        key: &Key,
        messages: &[(Message, Cow<'_, [u8]>)],
        document: Option<&Document>,
        fallback: &mut Option<Found>,
    ) -> Option<Found> {
        let has_accepted = search.claims.iter().any(|claim| claim.scheme.is_some_and(|scheme| self.accepts(scheme)));
        let mut all: Vec<(bool, Found)> = Vec::new();
        for (message, bytes) in messages {
            for claim in search.made_by(key, bytes) {
                let is_accepted = claim.scheme.is_some_and(|scheme| self.accepts(scheme));
                match self.meaning(claim, *message, bytes, document) {
                    Meaning::Mistake(found) if is_accepted || !has_accepted => all.push((is_accepted, found)),
                    Meaning::Mistake(_) => {}
                    Meaning::NotAccepted(found) => {
                        let is_better =
                            |held: &Found| found.cause == Cause::SchemeNotAccepted && held.cause != found.cause;
                        if fallback.as_ref().is_none_or(is_better) {
                            *fallback = Some(found);
                        }
                    }
                }
            }
        }
        let causes: Vec<Cause> = all.iter().map(|(_, found)| found.cause).collect();
        if causes.contains(&Cause::RawAsV2) && causes.contains(&Cause::V2AsRaw) {
            return Some(Found::certain(Cause::HeadersSwapped));
        }
        // Stable: of equals the first, which is the least mistake.
        all.sort_by_key(|(is_accepted, _)| !is_accepted);
        all.into_iter().next().map(|(_, found)| found)
    }

    /// What it means that this claim is the MAC of that message.
    pub(super) fn meaning(
        &self,
        claim: &Claim,
        message: Message,
        bytes: &[u8],
        document: Option<&Document>,
    ) -> Meaning {
        let mistake = |cause| Meaning::Mistake(Found::certain(cause));
        // Whatever the body says besides.
        let four =
            |cause| Meaning::Mistake(Found::certain(cause).saying("it is the one that vouches for four fields only"));
        let Some(scheme) = claim.scheme else {
            return if message == Message::Simple {
                four(Cause::SignatureRenamed)
            } else {
                mistake(Cause::SignatureRenamed)
            };
        };
        let proper = match scheme {
            Scheme::V2 => message == Message::Canonical,
            Scheme::Raw | Scheme::V1 => {
                message == Message::Body || (message == Message::Canonical && bytes == self.body)
            }
            Scheme::Simple => message == Message::Simple,
        };
        if proper {
            return self.proper(claim, scheme, document);
        }
        match (scheme, message) {
            (_, Message::Repaired(cause)) => mistake(cause),
            (Scheme::Raw | Scheme::V1, Message::Other(cause)) if is_form(cause) => self.rewritten(bytes, document),
            (_, Message::Other(cause)) => mistake(cause),
            (_, Message::Simple) => four(Cause::SimpleMisplaced),
            (Scheme::Simple, _) => mistake(Cause::SimpleMisplaced),
            (Scheme::V2, Message::Wire) => mistake(Cause::SignedEscaped),
            (Scheme::V2, _) => mistake(Cause::RawAsV2),
            (_, Message::Canonical) if document.is_some_and(|document| document.wire != document.canonical) => {
                mistake(Cause::V2AsRaw)
            }
            _ => self.rewritten(bytes, document),
        }
    }

    /// The signed bytes were others of the same meaning.
    pub(super) fn rewritten(&self, original: &[u8], document: Option<&Document>) -> Meaning {
        if document.is_some_and(|document| document.has_duplicates) {
            return Meaning::Mistake(Found::certain(Cause::DuplicateMembers));
        }
        let (cause, details) = rewriting(self.body, original);
        Meaning::Mistake(Found::certain(cause).saying(details))
    }

    /// The claim is what its header has to hold: then its spelling is wrong, or it was not accepted.
    pub(super) fn proper(&self, claim: &Claim, scheme: Scheme, document: Option<&Document>) -> Meaning {
        if let Some(spelling) = claim.spelling {
            let is_whole = spelling != Cause::SignatureUppercase || !mixes_cases(self.headers);
            let found = if is_whole { Found::certain(spelling) } else { Found::likely(spelling) };
            return Meaning::Mistake(found);
        }
        if scheme != Scheme::Raw && document.is_some_and(|document| document.has_duplicates) {
            return Meaning::Mistake(Found::certain(Cause::DuplicateMembers));
        }
        if self.accepts(scheme) {
            // The right key for a variant of the secret.
            return Meaning::Mistake(Found::certain(Cause::Genuine));
        }
        let name = scheme.as_str();
        let is_there = |scheme| self.headers.first(header_of(scheme)).is_some();
        let all = claims(self.headers);
        let is_readable = |scheme| all.iter().any(|claim| claim.scheme == Some(scheme));
        Meaning::NotAccepted(match scheme {
            Scheme::Simple if is_readable(Scheme::V2) || is_readable(Scheme::Raw) => {
                Found::likely(Cause::ContentChanged).saying("the secret is right: it made the Simple signature")
            }
            Scheme::Simple if is_there(Scheme::V2) || is_there(Scheme::Raw) => {
                Found::certain(Cause::SignatureMalformed).saying("the secret is right: it made the Simple signature")
            }
            Scheme::Simple => Found::certain(Cause::SimpleOnly),
            _ => Found::certain(Cause::SchemeNotAccepted).saying(format!("the scheme that matches is {name}")),
        })
    }
}

/// Whether a mistake of signing is that of another JSON text, which in X-Signature is no mistake of signing.
pub(super) fn is_form(cause: Cause) -> bool {
    SIGNED_FORMS.contains(&cause) && !matches!(cause, Cause::TimestampPrefixed | Cause::SimpleFormula)
}
