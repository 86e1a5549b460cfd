//! The order in which explanations are tried: what is proven before what is likely, the simple mistake
//! before the compound one.

use std::borrow::Cow;

use super::document::Document;
use super::loss::before_loss;
use super::placeholder::{looks_like_api_key, looks_unexpanded, placeholder};
use super::raw_headers::header_of;
use super::rewriting::rewriting;
use super::search::Search;
use super::secret::{Variant, mistyped, variants};
use super::signature::{Claim, claims, mixes_cases};
use super::times::{Clock, judge};
use super::{Cause, Confidence, ExplainOptions, Explanation, RawHeaders, body};
use crate::Code;
use crate::webhook::key::Key;
use crate::webhook::{HeaderTimestamp, Options, Scheme, Verifier};

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
struct Found {
    cause: Cause,
    confidence: Confidence,
    details: String,
    skew: Option<i64>,
}

impl Found {
    fn certain(cause: Cause) -> Self {
        Self { cause, confidence: Confidence::Certain, details: String::new(), skew: None }
    }

    fn likely(cause: Cause) -> Self {
        Self { confidence: Confidence::Likely, ..Self::certain(cause) }
    }

    fn unknown(details: impl Into<String>) -> Self {
        Self { confidence: Confidence::Unknown, ..Self::certain(Cause::Unknown) }.saying(details)
    }

    fn saying(self, details: impl Into<String>) -> Self {
        Self { details: details.into(), ..self }
    }
}

/// What a message is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Message {
    Canonical,
    Body,
    Wire,
    Simple,
    /// Another one, whose signing is a mistake.
    Other(Cause),
    /// The body before something happened to it.
    Repaired(Cause),
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

    fn accepted(&self) -> &Options {
        self.verifier.options()
    }

    fn accepts(&self, scheme: Scheme) -> bool {
        let schemes = &self.accepted().schemes;
        schemes.contains(&scheme) || (scheme == Scheme::Raw && schemes.contains(&Scheme::V1))
    }

    /// Indentation may make a text much longer than it is.
    fn limit(&self) -> usize {
        limit(self.body, self.accepted().max_body)
    }

    /// What users of other code may want to know of a genuine delivery.
    fn advice(&self) -> String {
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
    fn about_the_raw_signature(&self, document: &Document) -> Option<String> {
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
    fn after_the_signature(&self, refusal: Code) -> Option<Found> {
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

    fn wrong_time(&self) -> Found {
        let is_v1 = self.accepted().schemes.contains(&Scheme::V1);
        let field = if is_v1 { Scheme::V1 } else { Scheme::V2 }.time_field();
        let document = Document::of(self.body, self.limit());
        let Some(signed) = document.and_then(|document| document.signed_time(field)) else {
            return Found::certain(Cause::SignedTimeMissing);
        };
        let ignored = is_v1 || self.accepted().header_timestamp == HeaderTimestamp::Ignore;
        let header = if ignored { None } else { self.headers.relevant().timestamp().ok() };
        if let (Some(unit), true) = (self.clock.unit, self.is_fresh()) {
            return Found::certain(Cause::NowMilliseconds).saying(format!("it is in {unit}"));
        }
        let is_milliseconds = |time| Clock::of(time).unit.is_some();
        if header.is_some_and(is_milliseconds) && !is_milliseconds(signed) {
            return Found::certain(Cause::TimestampMalformed).saying(self.about_the_header_time());
        }
        let finding = judge(signed, header, self.clock);
        let skew = Some(finding.skew);
        Found { cause: finding.cause, confidence: finding.confidence, details: finding.details, skew }
    }

    /// Whether the verifier accepts the delivery, now taken for what it can only be.
    fn is_fresh(&self) -> bool {
        self.verifier.verify(self.body, &self.headers.relevant(), self.clock.seconds).is_ok()
    }

    /// The signature is right, and something else is not.
    fn refused_though_signed(&self) -> Found {
        match self.refusal {
            Some(Code::DuplicateHeader) => Found::certain(self.came_twice()),
            _ => Found::unknown("the signature itself is right, so it is what the verdict says"),
        }
    }

    /// Which header came with several values.
    fn came_twice(&self) -> Cause {
        let mut times = self.headers.values("x-timestamp");
        let first = times.next();
        if times.any(|other| Some(other) != first) { Cause::TimestampJoined } else { Cause::SignatureJoined }
    }

    /// Whether the signature matches, the header with the time aside.
    fn is_signed(&self) -> bool {
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

    fn about_the_header_time(&self) -> &'static str {
        let value = self.headers.first("x-timestamp").unwrap_or_default();
        let is_number = value.iter().all(u8::is_ascii_digit);
        if is_number && value.len() >= 12 { "its number can only be milliseconds or less" } else { "" }
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

    /// The messages by which a key is known: the shortest, and the one that the best header is about.
    fn proofs<'m>(&self, search: &Search, plain: &'m [(Message, Cow<'m, [u8]>)]) -> Vec<&'m [u8]> {
        let has_v2 = search.claims.iter().any(|claim| claim.scheme.is_none_or(|scheme| scheme == Scheme::V2));
        let is_signed = |wanted| plain.iter().filter(move |(message, _)| *message == wanted).map(|(_, bytes)| &**bytes);
        let whole = is_signed(if has_v2 { Message::Canonical } else { Message::Body });
        is_signed(Message::Simple).chain(whole).collect()
    }

    /// What can be seen of a body that was changed says more than that it was.
    fn sharpened(&self, found: Found, document: Option<&Document>) -> Found {
        if found.cause != Cause::ContentChanged {
            return found;
        }
        let seen = body::visible(self.body, self.content_length()).map(Found::likely);
        let duplicates = || document?.has_duplicates.then(|| Found::likely(Cause::DuplicateMembers));
        match seen.or_else(duplicates).or_else(|| rounded(document)) {
            Some(seen) if seen.details.is_empty() => seen.saying(found.details),
            Some(seen) => {
                let details = format!("{}; {}", seen.details, found.details);
                seen.saying(details)
            }
            None => found,
        }
    }

    /// The four messages that Didit signs, if nothing happened to the body but a parser.
    fn plain_messages<'m>(&'m self, document: Option<&'m Document>) -> Vec<(Message, Cow<'m, [u8]>)> {
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
    fn others(&self, search: &mut Search, document: &Document<'_>, visit: Visit<'_>) -> Option<Found> {
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
    fn repaired(&self, search: &mut Search, document: Option<&Document<'_>>, visit: Visit<'_>) -> Option<Found> {
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

    /// The best explanation among all claims that one key made of these messages.
    fn match_all(
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

    fn with_variant(
        &self,
        search: &mut Search,
        variant: &Variant,
        messages: &[(Message, Cow<'_, [u8]>)],
        document: Option<&Document>,
    ) -> Option<Found> {
        let key = Key::new(&variant.key)?;
        let mut not_accepted = None;
        let mut found = self.match_all(search, &key, messages, document, &mut not_accepted);
        // Simple alone says that the key is right: so does any other scheme.
        let is_proper = found.is_none() || found.as_ref().is_some_and(|found| found.cause == Cause::Genuine);
        let mut second = found.take().or(not_accepted)?;
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
        let is_mere = is_proper || matches!(second.cause, Cause::SchemeNotAccepted | Cause::SimpleOnly);
        if !is_mere {
            details.push(format!("besides, {}", second.cause.message()));
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
        for (index, secret) in self.secrets.iter().enumerate().take(MOST_SECRETS) {
            for (key, slip) in mistyped(secret) {
                if Key::new(&key).is_some_and(|key| !search.made_by(&key, shortest).is_empty()) {
                    let variant =
                        Variant { cause: Cause::SecretMistyped, key, secret: index, details: slip.to_owned() };
                    return self.with_variant(search, &variant, plain, document);
                }
            }
        }
        if search.is_complete() {
            ruled_out.push(Cause::SecretMistyped);
        }
        None
    }

    /// What it means that this claim is the MAC of that message.
    fn meaning(&self, claim: &Claim, message: Message, bytes: &[u8], document: Option<&Document>) -> Meaning {
        let mistake = |cause| Meaning::Mistake(Found::certain(cause));
        let Some(scheme) = claim.scheme else {
            return mistake(Cause::SignatureRenamed);
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
            (Scheme::Simple, _) | (_, Message::Simple) => mistake(Cause::SimpleMisplaced),
            (Scheme::V2, Message::Wire) => mistake(Cause::SignedEscaped),
            (Scheme::V2, _) => mistake(Cause::RawAsV2),
            (_, Message::Canonical) if document.is_some_and(|document| document.wire != document.canonical) => {
                mistake(Cause::V2AsRaw)
            }
            _ => self.rewritten(bytes, document),
        }
    }

    /// The signed bytes were others of the same meaning.
    fn rewritten(&self, original: &[u8], document: Option<&Document>) -> Meaning {
        if document.is_some_and(|document| document.has_duplicates) {
            return Meaning::Mistake(Found::certain(Cause::DuplicateMembers));
        }
        let (cause, details) = rewriting(self.body, original);
        Meaning::Mistake(Found::certain(cause).saying(details))
    }

    /// The claim is what its header has to hold: then its spelling is wrong, or it was not accepted.
    fn proper(&self, claim: &Claim, scheme: Scheme, document: Option<&Document>) -> Meaning {
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

    /// What fits without a proof.
    fn by_appearance(&self, refusal: Code, search: &Search, document: Option<&Document>) -> Found {
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

    fn content_length(&self) -> Option<usize> {
        str::from_utf8(self.headers.first("content-length")?).ok()?.parse().ok()
    }

    /// Whether the body is as Didit writes it, and both signatures are one, as they are for such a body under
    /// any secret.
    fn looks_untouched(&self, search: &Search, document: Option<&Document>) -> bool {
        let mac = |wanted| {
            let mut of_scheme = search.claims.iter().filter(|claim| claim.scheme == Some(wanted));
            of_scheme.next().filter(|claim| claim.spelling.is_none()).map(|claim| claim.mac)
        };
        let is_plain = document.is_some_and(|document| document.canonical == self.body && document.wire == self.body);
        is_plain && mac(Scheme::V2).is_some() && mac(Scheme::V2) == mac(Scheme::Raw)
    }

    fn differs_from_wire(&self, document: Option<&Document>) -> bool {
        document.is_some_and(|document| document.wire != self.body)
    }
}

/// A number that a parser seems to have rounded.
fn rounded(document: Option<&Document>) -> Option<Found> {
    let details = "a large number ends in zeros, as JSON.parse leaves it";
    document.filter(|document| document.looks_rounded()).map(|_| Found::likely(Cause::BodyJavascript).saying(details))
}

const NOT_ALL_TRIED: &str = "the body is so large that not everything was tried";

/// Tries messages, with the keys that are its own.
type Visit<'v> = &'v mut dyn FnMut(&mut Search, &[(Message, Cow<'_, [u8]>)]) -> Option<Found>;

/// The length of the longest text that is made of a body: whatever `max_body` is, it says nothing about a short one.
fn limit(body: &[u8], max_body: usize) -> usize {
    let least = max_body.max(1 << 16).saturating_mul(4);
    least.min(body.len().saturating_mul(4).saturating_add(1 << 16))
}

/// What a delivery of V1 looks like.
fn about_v1(document: Option<&Document>) -> &'static str {
    let has = |scheme: Scheme| document.is_some_and(|document| document.signed_time(scheme.time_field()).is_some());
    let is_v1 = has(Scheme::V1) && !has(Scheme::V2);
    if is_v1 { "the body has created_at and no timestamp, as deliveries of V1 have" } else { "" }
}

const SANDBOX: &str = "the body names the environment sandbox, which has secrets of its own";

/// What a matching MAC means.
enum Meaning {
    Mistake(Found),
    /// Nothing is wrong with it, but its scheme was not asked for.
    NotAccepted(Found),
}

/// Whether a mistake of signing is that of another JSON text, which in X-Signature is no mistake of signing.
fn is_form(cause: Cause) -> bool {
    SIGNED_FORMS.contains(&cause) && !matches!(cause, Cause::TimestampPrefixed | Cause::SimpleFormula)
}

const SPELLINGS: [Cause; 11] = [
    Cause::SignatureUppercase,
    Cause::SignatureBase64,
    Cause::SignaturePrefixed,
    Cause::SignatureWhitespace,
    Cause::SignatureSeparated,
    Cause::SignatureJoined,
    Cause::SignatureRenamed,
    Cause::RawAsV2,
    Cause::V2AsRaw,
    Cause::HeadersSwapped,
    Cause::SimpleMisplaced,
];

const REWRITINGS: [Cause; 6] = [
    Cause::BodySpaced,
    Cause::BodyPretty,
    Cause::BodyReordered,
    Cause::BodyUnescaped,
    Cause::BodyEscaped,
    Cause::BodyFloats,
];

const SIGNED_FORMS: [Cause; 9] = [
    Cause::TimestampPrefixed,
    Cause::SimpleFormula,
    Cause::SignedSpaced,
    Cause::SignedPretty,
    Cause::SignedUnsorted,
    Cause::SignedEscaped,
    Cause::SignedFloats,
    Cause::SignedJavascript,
    Cause::SignedPhp,
];

const REPAIRS: [Cause; 13] = [
    Cause::BodyBom,
    Cause::BodyNewline,
    Cause::BodyLineEnds,
    Cause::BodyUtf16,
    Cause::BodyQuoted,
    Cause::BodyBase64,
    Cause::BodyHex,
    Cause::BodyForm,
    Cause::BodyHtml,
    Cause::BodyBytes,
    Cause::BodyWrapped,
    Cause::BodyMojibake,
    Cause::BodyLatin1,
];
