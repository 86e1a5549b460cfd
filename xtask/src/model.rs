//! The one model between the description and the targets: nothing in it belongs to a language.

use indexmap::IndexMap;

use crate::openapi::Json;

/// Everything that the targets write about.
pub(crate) struct Model {
    /// Every group of operations, parents before children.
    pub(crate) resources: Vec<Resource>,
    /// In the order of their ids.
    pub(crate) operations: Vec<Operation>,
    pub(crate) objects: IndexMap<String, Object>,
    /// The descriptions and examples of the errors that several operations share, by status.
    pub(crate) errors: IndexMap<String, SharedError>,
}

impl Model {
    /// The resources that are attributes of the client.
    pub(crate) fn top_resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(|resource| !resource.path.contains('.'))
    }

    /// A resource and all below it, parents first.
    pub(crate) fn resources_below<'a>(&'a self, top: &'a str) -> impl Iterator<Item = &'a Resource> {
        self.resources.iter().filter(move |resource| top_of(&resource.path) == top)
    }

    pub(crate) fn children<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Resource> {
        self.resources
            .iter()
            .filter(move |resource| resource.path.rsplit_once('.').is_some_and(|(parent, _)| parent == path))
    }

    pub(crate) fn operations_of<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Operation> {
        self.operations.iter().filter(move |operation| operation.resource == path)
    }
}

/// The first part of a resource's path.
pub(crate) fn top_of(path: &str) -> &str {
    path.split_once('.').map_or(path, |(top, _)| top)
}

pub(crate) struct Resource {
    /// `webhooks.destinations`.
    pub(crate) path: String,
    pub(crate) description: String,
}

pub(crate) struct Operation {
    pub(crate) resource: String,
    pub(crate) method: String,
    /// In lower case.
    pub(crate) verb: String,
    pub(crate) path: String,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) deprecated: bool,
    pub(crate) confidence: Confidence,
    pub(crate) host: Host,
    pub(crate) auth: Auth,
    pub(crate) retry: Retry,
    pub(crate) pagination: Pagination,
    pub(crate) body: BodyKind,
    pub(crate) response: ResponseKind,
    pub(crate) scope: RateScope,
    /// Only path and verb are known.
    pub(crate) open: bool,
    /// Path first, then query, headers and body, each in the order of the description.
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) answer: Answer,
    pub(crate) shape: Shape,
    /// The name in Didit's own libraries.
    pub(crate) sdk_name: Option<String>,
    /// The examples of each response, by status.
    pub(crate) responses: IndexMap<String, IndexMap<String, Json>>,
}

impl Operation {
    pub(crate) fn id(&self) -> String {
        format!("{}.{}", self.resource, self.method)
    }
}

pub(crate) struct SharedError {
    pub(crate) description: String,
    pub(crate) examples: IndexMap<String, Json>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confidence {
    Documented,
    Seen,
    Reported,
}

impl Confidence {
    /// The mark that users read.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Seen => "seen in Didit's own code",
            Self::Reported => "reported",
        }
    }
}

#[derive(Clone)]
pub(crate) enum Host {
    Verification,
    Account,
    /// With the path below the issuer.
    Issuer(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    ApiKey,
    Bearer,
    Basic,
    Legacy,
    None,
}

#[derive(Clone)]
pub(crate) enum Retry {
    Safe,
    Idempotent,
    /// With the client's name of the parameter.
    IdempotentWith(String),
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pagination {
    None,
    LimitOffset,
    Array,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyKind {
    None,
    Json,
    Multipart,
    Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseKind {
    Json,
    Pdf,
    Csv,
    Empty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateScope {
    Read,
    Write,
    Ingest,
    SessionCreate,
    LegacyDecision,
    Pdf,
    Account,
    None,
}

/// What a method hands back.
pub(crate) enum Answer {
    /// One value: an object, or anything where nothing is known.
    Value(Type),
    /// Pages of items; bare where an array is described and no object around it.
    List {
        item: Type,
        bare: bool,
    },
    /// Bytes of that type.
    File,
    Empty,
}

/// What a good JSON answer is at least.
pub(crate) enum Shape {
    Any,
    /// With the members that are always there, or else those of which one is.
    Object {
        required: Vec<String>,
        known: Vec<String>,
    },
    List,
}

impl Shape {
    /// Whether an answer that the description shows would be accepted.
    pub(crate) fn fits(&self, answer: &Json) -> bool {
        match (self, answer) {
            (Self::Object { required, known }, Json::Object(members)) => {
                let all = required.iter().all(|name| members.contains_key(name));
                all && (known.is_empty() || known.iter().any(|name| members.contains_key(name)))
            }
            (Self::Object { .. }, _) => false,
            (Self::Any | Self::List, _) => true,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    Body,
    WholeBody,
    File,
}

pub(crate) struct Parameter {
    /// The client's name, in snake case.
    pub(crate) name: String,
    pub(crate) wire: String,
    pub(crate) place: Place,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) kind: Type,
    pub(crate) description: String,
    /// The option of the client that stands in.
    pub(crate) option: Option<String>,
    pub(crate) secret: bool,
    pub(crate) personal: bool,
}

/// A JSON object with known members.
pub(crate) struct Object {
    pub(crate) description: String,
    pub(crate) fields: Vec<Field>,
    /// Whether requests may hold further members.
    pub(crate) open: bool,
    /// Methods that the faces write by hand.
    pub(crate) mixin: Option<String>,
    /// Another object whose members it has too: its class, where the language has classes.
    pub(crate) base: Option<String>,
    /// The file that it belongs to in requests; None where no request has it.
    pub(crate) in_requests: Option<String>,
    /// The file that it belongs to in answers; None where no answer has it.
    pub(crate) in_answers: Option<String>,
}

pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) kind: Type,
    pub(crate) description: String,
    pub(crate) secret: bool,
    pub(crate) personal: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    Any,
    Boolean,
    Integer {
        minimum: Option<i64>,
        maximum: Option<i64>,
    },
    Number {
        minimum: Option<f64>,
        maximum: Option<f64>,
    },
    /// Some fields are a number on one day and text on the next.
    NumberOrText,
    Text(Text),
    Array {
        items: Box<Type>,
        min_items: Option<usize>,
        max_items: Option<usize>,
    },
    /// An object of which the members' names are data.
    Map(Box<Type>),
    /// An object of [`Model::objects`].
    Object(String),
    File {
        max_bytes: Option<usize>,
    },
}

impl Type {
    /// An object of which nothing is known.
    pub(crate) fn open() -> Self {
        Self::Map(Box::new(Self::Any))
    }

    /// The name of the object that this is, or holds.
    pub(crate) fn object(&self) -> Option<&str> {
        match self {
            Self::Object(name) => Some(name),
            Self::Array { items, .. } => items.object(),
            Self::Map(values) => values.object(),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Text {
    /// `x-check`, or a `format` that is checked.
    pub(crate) check: Option<String>,
    /// The closed set of a request.
    pub(crate) values: Vec<String>,
    /// What is known of an open set.
    pub(crate) known: Vec<String>,
    pub(crate) min_length: Option<usize>,
    pub(crate) max_length: Option<usize>,
    pub(crate) max_bytes: Option<usize>,
}
