//! The order in which explanations are tried: what is proven before what is likely, the simple mistake
//! before the compound one.

use std::borrow::Cow;

use super::appearance::NOT_ALL_TRIED;
use super::document::Document;
use super::loss::before_loss;
use super::messages::Message;
use super::placeholder::looks_like_api_key;
use super::search::Search;
use super::secret::{Variant, mistyped, variants};
use super::signature::claims;
use super::times::Clock;
use super::tried::{REPAIRS, REWRITINGS, SIGNED_FORMS, SPELLINGS};
use super::{Cause, Confidence, ExplainOptions, Explanation, RawHeaders, body};
use crate::Code;
use crate::webhook::key::Key;
use crate::webhook::{Options, Scheme, Verifier};

/// A delivery, and what is known of it.
pub(super) struct Case<'a> {
    pub(super) body: &'a [u8],
    pub(super) headers: &'a RawHeaders,
    pub(super) secrets: &'a [&'a [u8]],
    pub(super) options: &'a ExplainOptions<'a>,
    pub(super) verifier: Verifier,
    pub(super) clock: Clock,
    pub(super) refusal: Option<Code>,
}

/// A mistake that was found.
pub(super) struct Found {
    pub(super) cause: Cause,
    pub(super) confidence: Confidence,
    pub(super) details: String,
    pub(super) skew: Option<i64>,
}

impl Found {
    pub(super) fn certain(cause: Cause) -> Self {
        Self { cause, confidence: Confidence::Certain, details: String::new(), skew: None }
    }

    pub(super) fn likely(cause: Cause) -> Self {
        Self { confidence: Confidence::Likely, ..Self::certain(cause) }
    }

    pub(super) fn unknown(details: impl Into<String>) -> Self {
        Self { confidence: Confidence::Unknown, ..Self::certain(Cause::Unknown) }.saying(details)
    }

    pub(super) fn saying(self, details: impl Into<String>) -> Self {
        Self { details: details.into(), ..self }
    }
}

impl Case<'_> {
    pub(super) fn explanation(self) -> Explanation {
        let mut ruled_out = Vec::new();
        let found = self.find(&mut ruled_out);
        ruled_out.retain(|cause| *cause != found.cause);
        ruled_out.sort_unstable();
        ruled_out.dedup();
        Explanation {
            refusal: self.refusal,
            cause: found.cause,
            confidence: found.confidence,
            details: found.details,
            skew: found.skew,
            ruled_out,
        }
    }

    fn find(&self, ruled_out: &mut Vec<Cause>) -> Found {
        let Some(refusal) = self.refusal else {
            return Found::certain(Cause::Genuine).saying(self.advice());
        };
        if let Some(found) = self.after_the_signature(refusal).or_else(|| self.plain_facts(refusal)) {
            return found;
        }
        let mut search = Search::new(claims(self.headers));
        let document = Document::of(self.body, self.limit());
        // Without a MAC there is nothing to compare with, and so nothing to rule out.
        if !search.claims.is_empty()
            && let Some(found) = self.search(&mut search, document.as_ref(), ruled_out)
        {
            return found;
        }
        self.by_appearance(refusal, &search, document.as_ref())
    }

    pub(super) fn accepted(&self) -> &Options {
        self.verifier.options()
    }

    pub(super) fn accepts(&self, scheme: Scheme) -> bool {
        let schemes = &self.accepted().schemes;
        schemes.contains(&scheme) || (scheme == Scheme::Raw && schemes.contains(&Scheme::V1))
    }

    /// Indentation may make a text much longer than it is.
    pub(super) fn limit(&self) -> usize {
        limit(self.body, self.accepted().max_body)
    }

    /// What needs no MAC to be seen.
    fn plain_facts(&self, refusal: Code) -> Option<Found> {
        let cause = match refusal {
            Code::BodyTooLarge => Cause::BodyTooLarge,
            _ if self.body.is_empty() => Cause::BodyEmpty,
            _ if body::is_compressed(self.body) => Cause::BodyCompressed,
            _ => return None,
        };
        Some(Found::certain(cause))
    }

    /// What a recomputed MAC proves: first with the secrets as given, then with what may have become of them. What is
    /// cheap and likely comes first, for the budget may end.
    fn search(
        &self,
        search: &mut Search,
        document: Option<&Document<'_>>,
        ruled_out: &mut Vec<Cause>,
    ) -> Option<Found> {
        let keys: Vec<Key> = self.secrets.iter().filter_map(|secret| Key::new(secret)).collect();
        let mut fallback = None;
        let mut with_secrets = |search: &mut Search, messages: &[(Message, Cow<'_, [u8]>)]| {
            keys.iter().find_map(|key| self.match_all(search, key, messages, document, &mut fallback))
        };
        let plain = self.plain_messages(document);
        if let Some(found) = with_secrets(search, &plain) {
            return Some(if found.cause == Cause::Genuine { self.refused_though_signed() } else { found });
        }
        ruled_out.extend(SPELLINGS);
        let variants = variants(self.secrets, self.options.other_secrets);
        let with_variants = |search: &mut Search, messages: &[(Message, Cow<'_, [u8]>)]| {
            variants.iter().find_map(|variant| self.with_variant(search, variant, messages, document))
        };
        // The right key is known by one message, so the shortest is hashed with every variant, and one of the others.
        let proofs = self.proofs(search, &plain);
        for proof in &proofs {
            let proves =
                |variant: &&Variant| Key::new(&variant.key).is_some_and(|key| !search.made_by(&key, proof).is_empty());
            let found = variants.iter().find(proves);
            if let Some(found) = found.and_then(|variant| self.with_variant(search, variant, &plain, document)) {
                return Some(found);
            }
        }
        if let Some(document) = document {
            if let Some(found) = self.others(search, document, &mut with_secrets) {
                return Some(found);
            }
            if search.is_complete() {
                ruled_out.extend(REWRITINGS);
                ruled_out.extend(SIGNED_FORMS);
            }
        }
        if let Some(found) = self.repaired(search, document, &mut with_secrets) {
            return Some(found);
        }
        if search.is_complete() {
            ruled_out.extend(REPAIRS);
        }
        let mut rest = plain.clone();
        rest.retain(|(_, bytes)| !proofs.contains(&&**bytes));
        if let Some(found) = with_variants(search, &rest) {
            return Some(found);
        }
        if search.is_complete() {
            ruled_out.extend(variants.iter().map(|variant| variant.cause));
        }
        let found = document.and_then(|document| {
            before_loss(document, search, &mut |search, cause, text| {
                with_secrets(search, &[(Message::Repaired(cause), Cow::Borrowed(text))])
            })
        });
        if found.is_some() {
            return found;
        }
        // Where one of the secrets is right for something, none of them was mistyped.
        if fallback.is_none()
            && let Some(found) = self.with_a_slip(search, &plain, document, ruled_out)
        {
            return Some(found);
        }
        // Two mistakes at once.
        let found = self.repaired(search, document, &mut { with_variants });
        let found = found.or_else(|| self.others(search, document?, &mut { with_variants }));
        // What would prove something else may be among what was not tried.
        let is_open = |found: &Found| !search.is_complete() && found.confidence == Confidence::Likely;
        found.or_else(|| {
            let found = self.sharpened(fallback?, document);
            Some(if is_open(&found) { found.saying(NOT_ALL_TRIED) } else { found })
        })
    }

    fn with_variant(
        &self,
        search: &mut Search,
        variant: &Variant,
        messages: &[(Message, Cow<'_, [u8]>)],
        document: Option<&Document>,
    ) -> Option<Found> {
        let key = Key::new(&variant.key)?;
        let mut not_accepted = None;
        let found = self.match_all(search, &key, messages, document, &mut not_accepted);
        // Simple alone says that the key is right: so does any other scheme.
        let mut second = found.or(not_accepted)?;
        if second.cause == Cause::ContentChanged {
            // The Simple signature proves the key, so it is worth trying everything with it.
            second = self.closer(search, &key, document).unwrap_or_else(|| self.sharpened(second, document));
        }
        let mut details: Vec<String> = Vec::new();
        if self.secrets.len() > 1 && variant.cause != Cause::AnotherSecret {
            details.push(format!("it is number {} of the secrets", variant.secret + 1));
        }
        if !variant.details.is_empty() {
            details.push(variant.details.clone());
        }
        if variant.cause == Cause::AnotherSecret {
            let given = self.secrets.iter().any(|secret| looks_like_api_key(secret));
            details.extend(given.then(|| "an API key was given in its place".to_owned()));
        }
        if !matches!(second.cause, Cause::Genuine | Cause::SchemeNotAccepted | Cause::SimpleOnly) {
            let sure = if second.confidence == Confidence::Certain { "" } else { "probably " };
            details.push(format!("besides, {sure}{}", second.cause.message()));
        }
        Some(Found::certain(variant.cause).saying(details.join("; ")))
    }

    /// What happened to the body beside its secret.
    fn closer(&self, search: &mut Search, key: &Key, document: Option<&Document<'_>>) -> Option<Found> {
        let mut with_key = |search: &mut Search, messages: &[(Message, Cow<'_, [u8]>)]| {
            self.match_all(search, key, messages, document, &mut None)
        };
        if let Some(found) = self.repaired(search, document, &mut with_key) {
            return Some(found);
        }
        if let Some(found) = self.others(search, document?, &mut with_key) {
            return Some(found);
        }
        before_loss(document?, search, &mut |search, cause, text| {
            with_key(search, &[(Message::Repaired(cause), Cow::Borrowed(text))])
        })
    }

    /// A secret with one character wrong. There are so many that only one short message is tried.
    fn with_a_slip(
        &self,
        search: &mut Search,
        plain: &[(Message, Cow<'_, [u8]>)],
        document: Option<&Document>,
        ruled_out: &mut Vec<Cause>,
    ) -> Option<Found> {
        const MOST_SECRETS: usize = 4;
        const LONGEST: usize = 4096;
        let has = |wanted| search.claims.iter().any(|claim| claim.scheme == Some(wanted));
        let is_claimed = |message: Message| match message {
            Message::Simple => has(Scheme::Simple),
            Message::Canonical => has(Scheme::V2),
            Message::Body => has(Scheme::Raw),
            _ => false,
        };
        let claimed = plain.iter().filter(|(message, bytes)| is_claimed(*message) && bytes.len() <= LONGEST);
        let (_, shortest) = claimed.min_by_key(|(_, bytes)| bytes.len())?;
        let mut is_each = self.secrets.len() <= MOST_SECRETS;
        for (index, secret) in self.secrets.iter().enumerate().take(MOST_SECRETS) {
            let mut slips = mistyped(secret).peekable();
            is_each &= slips.peek().is_some();
            for (key, slip) in slips {
                if Key::new(&key).is_some_and(|key| !search.made_by(&key, shortest).is_empty()) {
                    let variant =
                        Variant { cause: Cause::SecretMistyped, key, secret: index, details: slip.to_owned() };
                    return self.with_variant(search, &variant, plain, document);
                }
            }
        }
        if is_each && search.is_complete() {
            ruled_out.push(Cause::SecretMistyped);
        }
        None
    }
}

/// The length of the longest text that is made of a body: whatever `max_body` is, it says nothing about a short one.
pub(super) fn limit(body: &[u8], max_body: usize) -> usize {
    let least = max_body.max(1 << 16).saturating_mul(4);
    least.min(body.len().saturating_mul(4).saturating_add(1 << 16))
}
