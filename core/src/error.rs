//! The stable error codes: one table that every language repeats word for word.
//!
//! A code says what is wrong, its class which kind of failure it is, its HTTP status what to answer
//! the sender, and its hint what the receiver's developer can do. No error ever holds a secret, a
//! computed MAC, a header value or any part of the body except member names.

use std::fmt;

macro_rules! codes {
    ($($variant:ident $name:literal $class:ident $status:literal $message:literal $hint:literal;)*) => {
        /// A stable error code, the same string in Rust, Python and Node.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $message] $variant,)*
        }

        impl Code {
            /// Every code, in the order in which `verify` can meet them.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The stable name, for example `signature_mismatch`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// The kind of failure, which is also the exception class in Python and Node.
            pub const fn class(self) -> ErrorClass {
                match self { $(Code::$variant => ErrorClass::$class,)* }
            }

            /// The HTTP status with which a webhook route should answer.
            ///
            /// Didit repeats a delivery after 404, 5xx or silence, and gives it up after any other 4xx.
            pub const fn http_status(self) -> u16 {
                match self { $(Code::$variant => $status,)* }
            }

            /// What happened, as the beginning of a sentence.
            pub const fn message(self) -> &'static str {
                match self { $(Code::$variant => $message,)* }
            }

            /// What to do about it.
            pub const fn hint(self) -> &'static str {
                match self { $(Code::$variant => $hint,)* }
            }
        }
    };
}

codes! {
    MissingSecret "missing_secret" ConfigurationError 500
        "no webhook secret was given, or one of them is empty"
        "Set the destination's secret_shared_key (Didit Console, API & Webhooks), for example from DIDIT_WEBHOOK_SECRET; an empty variable counts as missing.";
    DuplicateHeader "duplicate_header" SignatureError 401
        "a signature or timestamp header was given twice with different values"
        "Didit sends each header once. Look for a proxy or middleware that adds headers; pass the headers of this request only.";
    MissingSignature "missing_signature" SignatureError 401
        "no signature header of an accepted scheme is present"
        "Didit signs every delivery in X-Signature-V2, X-Signature and X-Signature-Simple. Pass all request headers, and check that no proxy strips them and that the request comes from Didit at all.";
    MalformedSignature "malformed_signature" SignatureError 401
        "the signature header is not 64 lowercase hexadecimal digits"
        "Pass the header's value unchanged: no prefix, no upper case, no white space, no two values joined by a comma.";
    MissingTimestamp "missing_timestamp" TimestampError 401
        "the X-Timestamp header is absent or empty"
        "Pass all request headers. If a proxy drops X-Timestamp, set header_timestamp (headerTimestamp in Node) to \"ignore\": the signed timestamp in the body is checked anyway.";
    MalformedTimestamp "malformed_timestamp" TimestampError 401
        "the X-Timestamp header is not a plain decimal number of seconds"
        "Pass the header's value unchanged; Didit sends Unix seconds such as 1774970000.";
    BodyTooLarge "body_too_large" PayloadError 413
        "the body, or its canonical form, is longer than the verifier allows"
        "Deliveries are far below the default of 1 MiB. Raise max_body (maxBody in Node) only if a genuine delivery was refused.";
    InvalidUtf8 "invalid_utf8" PayloadError 400
        "the body is not well-formed UTF-8"
        "Pass the bytes of the request body as they arrived, not decompressed twice, cut or decoded as another character set.";
    UnexpectedBom "unexpected_bom" PayloadError 400
        "the body starts with a byte order mark"
        "Pass the bytes of the request body as they arrived; something added a byte order mark.";
    Syntax "syntax" PayloadError 400
        "the body is not JSON"
        "Pass the complete bytes of the request body as they arrived; an empty or cut body often means that another middleware has read it.";
    LoneSurrogate "lone_surrogate" PayloadError 400
        "a string holds half of a surrogate pair, which has no UTF-8 form"
        "Didit cannot sign such a body. If the body passed through a JavaScript string, a character was cut in two there.";
    IntegerTooLong "integer_too_long" PayloadError 400
        "an integer has more than 4300 digits"
        "Didit cannot sign such a number; the body was made by somebody else.";
    NumberOutOfRange "number_out_of_range" PayloadError 400
        "a number is too large for a double"
        "Didit cannot sign such a number; the body was made by somebody else.";
    TooDeep "too_deep" PayloadError 400
        "more than 1000 arrays and objects are nested in each other"
        "Didit cannot sign such a body. A parsed payload may refer to itself.";
    DuplicateKey "duplicate_key" PayloadError 400
        "an object has two members of the same name"
        "Didit never writes such a body: somebody added a member to it. Only the raw X-Signature can vouch for a body with duplicates.";
    UnsupportedValue "unsupported_value" PayloadError 400
        "the parsed payload holds a value that JSON does not have"
        "Pass what the JSON parser returned, before any model, date or decimal conversion; better, pass the raw body to verify.";
    AmbiguousField "ambiguous_field" SignatureError 401
        "a field of the Simple signature is not a string or contains a colon"
        "X-Signature-Simple cannot vouch for this delivery; accept X-Signature-V2 instead.";
    SignatureMismatch "signature_mismatch" SignatureError 401
        "the signature matches the body under none of the secrets"
        "Check that the secret is this destination's own secret_shared_key, without white space, and that the body is the unchanged bytes of the request (for a parsed body: the object itself, not its JSON text).";
    ParsedPrecision "parsed_precision" PayloadError 400
        "the signature does not match, and the parser may have changed large numbers"
        "Pass the raw body to verify: a double cannot hold every whole number from 2^53 up, so the parsed payload may no longer be what Didit signed.";
    BodyNotObject "body_not_object" PayloadError 400
        "the signed body is not a JSON object"
        "Didit delivers objects. Something else signed this body with your secret.";
    InvalidBodyTimestamp "invalid_body_timestamp" TimestampError 401
        "the signed body has no whole number of seconds as its time"
        "Current deliveries carry an integer timestamp in the body; older V1 webhooks carry an integer created_at instead and need the scheme \"v1\".";
    TimestampMismatch "timestamp_mismatch" TimestampError 401
        "the X-Timestamp header differs from the signed timestamp in the body"
        "Only \"equal\" as header_timestamp (headerTimestamp in Node) asks for equality; \"fresh\", the default, is as safe.";
    TimestampTooOld "timestamp_too_old" TimestampError 401
        "the delivery was signed longer ago than the verifier allows"
        "Check this machine's clock (NTP). A replayed or very late delivery is refused on purpose; resend it from the Didit Console, or set max_age (maxAge in Node) to 600 if you deduplicate on event_id.";
    TimestampInFuture "timestamp_in_future" TimestampError 401
        "the delivery was signed later than the verifier's clock allows"
        "Check this machine's clock (NTP), and that now is in seconds since 1970 in UTC.";
    WrongEnvironment "wrong_environment" PayloadError 400
        "the delivery is genuine, but not from an accepted environment"
        "This verifier was built with environments; a delivery that names another one, or none, is refused. Use another destination and route for sandbox events.";
    StoreUnavailable "store_unavailable" StoreError 503
        "the store of processed events cannot be used"
        "Answer 503, so that Didit delivers again, and look after the database, Redis server or file behind the store.";
    ClaimLost "claim_lost" StoreError 503
        "the claim was lost: its lease ended, and another worker has taken the event"
        "Roll back what was done for the event. The worker was paused for longer than the lease, or could not reach the store to renew it.";
    Internal "internal_error" InternalError 500
        "the library met a fault of its own"
        "This is a bug in didit-client. Answer 500, so that Didit delivers again, and please report it.";
}

/// The kind of a failure; its name is the name of the exception class in Python and Node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// Not genuine, as far as can be told.
    SignatureError,
    /// Genuine perhaps, but not now.
    TimestampError,
    /// The body cannot be what Didit sends.
    PayloadError,
    /// The application is not set up.
    ConfigurationError,
    /// The store of processed events gave no answer, or not the one that was hoped for.
    StoreError,
    /// A fault of this library.
    InternalError,
}

impl ErrorClass {
    /// The class name in Python and Node.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignatureError => "SignatureError",
            Self::TimestampError => "TimestampError",
            Self::PayloadError => "PayloadError",
            Self::ConfigurationError => "ConfigurationError",
            Self::StoreError => "StoreError",
            Self::InternalError => "InternalError",
        }
    }
}

/// A failure: its [`Code`], and where in the body it was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: Code,
    position: Option<usize>,
    paths: Box<[String]>,
    detail: Option<Box<str>>,
}

impl Error {
    /// An error that has nothing to add to its code.
    pub fn new(code: Code) -> Self {
        Self { code, position: None, paths: Box::default(), detail: None }
    }

    pub(crate) fn at(code: Code, position: usize) -> Self {
        Self { position: Some(position), ..Self::new(code) }
    }

    /// Without its position, where that would count bytes of a text that the caller has never seen.
    pub(crate) fn without_position(self) -> Self {
        Self { position: None, ..self }
    }

    pub(crate) fn with_paths(code: Code, paths: Vec<String>) -> Self {
        Self { paths: paths.into(), ..Self::new(code) }
    }

    /// [`Code::UnsupportedValue`]: `path` names the value, `kind` its type in the caller's language.
    pub fn unsupported_value(path: String, kind: &str) -> Self {
        Self { detail: Some(kind.into()), ..Self::with_paths(Code::UnsupportedValue, vec![path]) }
    }

    /// [`Code::StoreUnavailable`] with the fault in the words of the database, which quote no value.
    pub fn store_unavailable(reason: &str) -> Self {
        Self { detail: Some(reason.into()), ..Self::new(Code::StoreUnavailable) }
    }

    /// What is wrong.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What is wrong in words, with the place where it was met.
    pub fn message(&self) -> String {
        let mut text = String::from(self.code.message());
        if let Some(position) = self.position {
            text.push_str(&format!(" (byte {position})"));
        }
        match (&*self.paths, &self.detail) {
            ([], Some(detail)) => text.push_str(&format!(" ({detail})")),
            ([], None) => {}
            ([path], Some(kind)) => text.push_str(&format!(": {path} is of type {kind}")),
            (paths, _) => text.push_str(&format!(": {}", paths.join(", "))),
        }
        text
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        self.code.hint()
    }

    /// Offset in bytes from the start of the body, where one place is to blame.
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    /// The members of a parsed payload that are to blame, as `$.decision.items[3].score`.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.code.as_str(), self.message(), self.hint())
    }
}

impl std::error::Error for Error {}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}
