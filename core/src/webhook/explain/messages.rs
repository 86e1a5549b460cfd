//! The messages that may have been signed for a body, in the order in which they are worth trying.

use std::borrow::Cow;

use super::case::limit;
use super::case::{Case, Found};
use super::document::Document;
use super::search::Search;
use super::{Cause, body};
use crate::webhook::Scheme;

/// What a message is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
    Canonical,
    Body,
    Wire,
    Simple,
    /// Another one, whose signing is a mistake.
    Other(Cause),
    /// The body before something happened to it.
    Repaired(Cause),
}

/// Tries messages, with the keys that are its own.
pub(super) type Visit<'v> = &'v mut dyn FnMut(&mut Search, &[(Message, Cow<'_, [u8]>)]) -> Option<Found>;

impl Case<'_> {
    /// The messages by which a key is known: the shortest, and the one that the best header is about.
    pub(super) fn proofs<'m>(&self, search: &Search, plain: &'m [(Message, Cow<'m, [u8]>)]) -> Vec<&'m [u8]> {
        let has_v2 = search.claims.iter().any(|claim| claim.scheme.is_none_or(|scheme| scheme == Scheme::V2));
        let is_signed = |wanted| plain.iter().filter(move |(message, _)| *message == wanted).map(|(_, bytes)| &**bytes);
        let whole = is_signed(if has_v2 { Message::Canonical } else { Message::Body });
        is_signed(Message::Simple).chain(whole).collect()
    }

    /// The four messages that Didit signs, if nothing happened to the body but a parser.
    pub(super) fn plain_messages<'m>(&'m self, document: Option<&'m Document>) -> Vec<(Message, Cow<'m, [u8]>)> {
        let mut messages = Vec::new();
        if let Some(document) = document {
            messages.push((Message::Canonical, Cow::Borrowed(document.canonical.as_slice())));
        }
        messages.push((Message::Body, Cow::Borrowed(self.body)));
        if let Some(document) = document {
            if document.wire != self.body && document.wire != document.canonical {
                messages.push((Message::Wire, Cow::Borrowed(document.wire.as_slice())));
            }
            messages.extend(document.simple.as_deref().map(|simple| (Message::Simple, Cow::Borrowed(simple))));
        }
        messages
    }

    /// Tries what is signed by mistake for a body that is as it was. Each message is made when it is needed.
    pub(super) fn others(&self, search: &mut Search, document: &Document<'_>, visit: Visit<'_>) -> Option<Found> {
        let time = self.headers.first("x-timestamp").filter(|time| time.len() < 100);
        let mut one =
            |search: &mut Search, cause, bytes: &[u8]| visit(search, &[(Message::Other(cause), Cow::Borrowed(bytes))]);
        for bytes in document.formulas(time) {
            if let Some(found) = one(search, Cause::SimpleFormula, &bytes) {
                return Some(found);
            }
        }
        for bytes in document.prefixed(time) {
            if let Some(found) = one(search, Cause::TimestampPrefixed, &bytes) {
                return Some(found);
            }
            if !search.is_complete() {
                return None;
            }
        }
        let mut forms = document.forms(self.limit(), &mut search.budget);
        while let Some((cause, bytes)) = forms.next(&mut search.budget) {
            if let Some(found) = one(search, cause, &bytes) {
                return Some(found);
            }
        }
        let first = document.has_duplicates.then(|| document.first_members(self.limit(), &mut search.budget));
        first.flatten().and_then(|bytes| one(search, Cause::DuplicateMembers, &bytes))
    }

    /// Tries the bodies that this one may have been, and their forms, each made when it is needed.
    pub(super) fn repaired(
        &self,
        search: &mut Search,
        document: Option<&Document<'_>>,
        visit: Visit<'_>,
    ) -> Option<Found> {
        /// What undoing takes for each byte of the body, and what a canonical form takes at worst.
        const COST: usize = 8;
        if !search.budget.spend(self.body.len().saturating_mul(COST)) {
            return None;
        }
        // What is a form of the body as it is needs no repair.
        let is_plain = |bytes: &[u8]| {
            bytes == self.body || document.is_some_and(|own| own.canonical == bytes || own.wire == bytes)
        };
        for (cause, candidate) in body::repaired(self.body) {
            if !search.budget.spend(candidate.len().saturating_mul(COST)) {
                return None;
            }
            let readable = Document::of(&candidate, limit(&candidate, self.accepted().max_body));
            let mut messages: Vec<(Message, Cow<'_, [u8]>)> = Vec::new();
            if let Some(own) = &readable {
                messages.push((Message::Repaired(cause), Cow::Borrowed(&own.canonical)));
                if own.wire != own.canonical {
                    messages.push((Message::Repaired(cause), Cow::Borrowed(&own.wire)));
                }
            }
            messages.retain(|(_, bytes)| **bytes != candidate);
            messages.push((Message::Repaired(cause), Cow::Borrowed(&candidate)));
            messages.retain(|(_, bytes)| !is_plain(bytes));
            if let Some(found) = visit(search, &messages) {
                return Some(found);
            }
        }
        None
    }
}
