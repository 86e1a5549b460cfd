//! What the description says about one operation, as static data.
//!
//! `cargo xtask generate` writes the table; everything here is read by the request builder, the checks
//! and the retry decision. There is no code per operation.

use super::generated::OPERATIONS;
use crate::{Code, Error, FieldError, Http};

/// One operation of Didit's API.
#[derive(Debug)]
pub struct Operation {
    /// Resource path and method, `sessions.create`: the name in every language, and unique.
    pub id: &'static str,
    /// The HTTP method.
    pub verb: Verb,
    /// The path below the host, with `{name}` for each path parameter's wire name.
    pub path: &'static str,
    /// Which host answers.
    pub host: Host,
    /// What vouches for the caller.
    pub auth: Auth,
    /// How sure the description is.
    pub confidence: Confidence,
    /// When a repeat is harmless.
    pub retry: Retry,
    /// How a list is cut into pages.
    pub pagination: Pagination,
    /// How the body is written.
    pub body: BodyKind,
    /// What a good answer holds.
    pub response: ResponseKind,
    /// What a good JSON answer is at least.
    pub shape: Shape,
    /// Everything that a caller can pass, in the order of the description.
    pub parameters: &'static [Parameter],
    /// Only the path and the verb are known: parameters that are not described go into the body, or
    /// into the query where the verb has no body.
    pub open: bool,
    /// The rate limit that the operation counts against.
    pub scope: RateScope,
}

impl Operation {
    /// The operation called `id`.
    ///
    /// # Errors
    ///
    /// `unknown_operation`.
    pub fn named(id: &str) -> Result<&'static Self, Error> {
        let found = OPERATIONS.binary_search_by(|operation| operation.id.cmp(id)).ok();
        found.and_then(|index| OPERATIONS.get(index)).ok_or_else(|| Error::new(Code::UnknownOperation))
    }

    /// Whether requests are checked closely: unknown fields and values of closed sets are refused.
    pub const fn strict(&self) -> bool {
        matches!(self.confidence, Confidence::Documented) && !self.open
    }

    /// The resource that the operation belongs to: `webhooks.destinations`.
    pub fn resource(&self) -> &'static str {
        self.id.rsplit_once('.').map_or("", |(resource, _)| resource)
    }
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The method of that name, in upper or lower case.
    ///
    /// # Errors
    ///
    /// `invalid_argument`, which names `method`.
    pub fn named(name: &str) -> Result<Self, Error> {
        let what = "is not GET, POST, PUT, PATCH or DELETE";
        Self::ALL.into_iter().find(|verb| verb.as_str().eq_ignore_ascii_case(name)).ok_or_else(|| {
            let fields = vec![FieldError::new("method", what)];
            Error::about(Code::InvalidArgument, format!("method {what}")).with_http(Http { fields, ..Http::default() })
        })
    }

    /// The name in upper case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Where an operation lives. A credential of one host is never sent to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// `https://verification.didit.me`, or the configured base URL.
    Verification,
    /// `https://apx.didit.me/auth/v2`: accounts, and the tokens of V1.
    Account,
    /// The application's OpenID issuer. The path given here is the one below it; [`Operation::path`]
    /// is its twin on the account host, used while no issuer is configured.
    Issuer(&'static str),
}

/// What vouches for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// `x-api-key`, only ever to the verification host.
    ApiKey,
    /// `Authorization: Bearer` with the account token given to the client or to the call.
    Bearer,
    /// `Authorization: Basic` with the client id and secret of V1.
    Basic,
    /// `Authorization: Bearer` with the V1 token that the client fetches and keeps by itself.
    Legacy,
    /// Nothing, or a token that is a parameter of the operation.
    None,
}

/// How sure the description is of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// `seed` or `docs`: Didit's documentation says so.
    Documented,
    /// `repo`: seen in Didit's own code.
    Seen,
    /// `peer`: reported by somebody else.
    Reported,
}

/// When an operation may be repeated although its bytes may have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It only reads.
    Safe,
    /// A repeat leaves the same state.
    Idempotent,
    /// Idempotent only when the parameter of this client name was sent.
    IdempotentWith(&'static str),
    /// A repeat may send, charge or create twice.
    Never,
}

/// How a list is cut into pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pagination {
    /// Not a list.
    None,
    /// `{count, next, previous, results}` by `limit` and `offset`; a plain array is one page.
    LimitOffset,
    /// The whole list at once, bare or under `results`.
    Array,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BodyKind {
    None,
    Json,
    Multipart,
    Form,
}

/// What a good answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ResponseKind {
    Json,
    Pdf,
    Csv,
    Empty,
}

/// What a good JSON answer is at least. Further members, and unknown values, are always welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Any JSON: nothing is known for sure.
    Any,
    /// An object.
    Object {
        /// The members that every answer has.
        required: &'static [&'static str],
        /// Members of which every answer has one; empty where that is not known.
        known: &'static [&'static str],
    },
    /// An array, or an object whose `results` are one.
    List,
}

/// The rate limits of Didit; each has its own window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateScope {
    /// Every GET: 600 a minute.
    Read,
    /// Every other verb: 300 a minute.
    Write,
    /// Transactions and events: 600 a minute instead of [`RateScope::Write`].
    Ingest,
    /// Creating a V2 or V3 session: 600 a minute.
    SessionCreate,
    /// The decision of a V1 or V2 session: 100 a minute.
    LegacyDecision,
    /// PDF reports: 50 a minute (reported).
    Pdf,
    /// Registering and sending codes again: 5 an hour (seen).
    Account,
    /// Not limited.
    None,
}

/// One thing that a caller can pass.
#[derive(Debug)]
pub struct Parameter {
    /// The client's name, snake_case; unique within the operation.
    pub name: &'static str,
    /// The name on the wire.
    pub wire: &'static str,
    /// Where it goes.
    pub place: Place,
    /// Whether a call without it is refused.
    pub required: bool,
    /// Whether null is a value of its own; elsewhere null means absent.
    pub nullable: bool,
    /// What values it takes.
    pub schema: &'static Schema,
    /// The client option that stands in when the call does not give it.
    pub option: Option<ClientOption>,
    /// Whether the value gives access to something.
    pub secret: bool,
}

/// Where a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A percent-encoded segment of the path.
    Path,
    /// The query; an array is repeated under the same name.
    Query,
    /// A header.
    Header,
    /// A member of the JSON object, a field of the form, or a text part.
    Body,
    /// The whole JSON body.
    WholeBody,
    /// A file part of a multipart body; an operation may take several of one name.
    File,
}

/// An option of the client that fills a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ClientOption {
    OrganizationId,
    ApplicationId,
    WorkflowId,
}

/// What values a parameter takes, as far as the checks need it.
#[derive(Debug)]
pub enum Schema {
    /// Anything.
    Any,
    /// true or false.
    Boolean,
    /// A whole number.
    Integer {
        /// The smallest value.
        minimum: Option<i64>,
        /// The largest value.
        maximum: Option<i64>,
    },
    /// A number.
    Number {
        /// The smallest value.
        minimum: Option<f64>,
        /// The largest value.
        maximum: Option<f64>,
    },
    /// A string.
    String(Text),
    /// An array.
    Array {
        /// What each item is.
        items: &'static Schema,
        /// The smallest number of items.
        min_items: Option<usize>,
        /// The largest number of items.
        max_items: Option<usize>,
    },
    /// An object.
    Object {
        /// The known members.
        fields: &'static [Field],
        /// Whether further members are welcome even where checks are strict.
        open: bool,
    },
    /// Any one of these.
    OneOf(&'static [&'static Schema]),
    /// The bytes of a file.
    File {
        /// The largest size.
        max_bytes: Option<usize>,
    },
}

/// What strings a parameter takes.
#[derive(Debug)]
pub struct Text {
    /// A rule beyond the length.
    pub check: Option<Check>,
    /// The closed set, `enum` in the description; empty where the set is open.
    pub values: &'static [&'static str],
    /// The smallest number of characters.
    pub min_length: Option<usize>,
    /// The largest number of characters.
    pub max_length: Option<usize>,
    /// The largest number of bytes, of what the string encodes where it encodes something.
    pub max_bytes: Option<usize>,
}

impl Text {
    /// Any string.
    pub const ANY: Text = Text { check: None, values: &[], min_length: None, max_length: None, max_bytes: None };
}

/// A rule for strings, `x-check` or `format` in the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// `uuid`: 8-4-4-4-12 hexadecimal digits.
    Uuid,
    /// `callback-url`: an absolute URL, a custom scheme included.
    CallbackUrl,
    /// `uri`: an http or https URL.
    Url,
    /// `language`: a language tag such as `en` or `pt-BR`.
    Language,
    /// `document-type`: one of Didit's document types, in any case; sent as Didit writes it.
    DocumentType,
    /// `base64-image`: base64 of a JPEG, PNG, WebP or TIFF.
    Base64Image,
    /// `date`: YYYY-MM-DD.
    Date,
    /// `date-time`: RFC 3339.
    DateTime,
    /// `email`: something, an at sign, something.
    Email,
}

/// A member of an object.
#[derive(Debug)]
pub struct Field {
    /// The name on the wire.
    pub name: &'static str,
    /// Whether an object without it is refused.
    pub required: bool,
    /// Whether null is a value of its own.
    pub nullable: bool,
    /// What values it takes.
    pub schema: &'static Schema,
}
