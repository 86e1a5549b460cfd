//! api/openapi.yaml as it is written. Unknown keys are refused, so that a misspelt extension is found.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The whole description.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Description {
    #[serde(rename = "openapi")]
    _openapi: String,
    #[serde(rename = "jsonSchemaDialect")]
    _dialect: String,
    #[serde(rename = "info")]
    _info: Json,
    #[serde(rename = "servers")]
    _servers: Json,
    #[serde(rename = "tags")]
    _tags: Json,
    #[serde(rename = "x-resources")]
    pub(crate) resources: IndexMap<String, Resource>,
    pub(crate) paths: IndexMap<String, IndexMap<String, Operation>>,
    /// What Didit sends to its users is no operation of the client.
    #[serde(rename = "webhooks")]
    _webhooks: Json,
    pub(crate) components: Components,
}

/// A group of operations.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resource {
    pub(crate) description: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Components {
    #[serde(rename = "securitySchemes")]
    _security_schemes: Json,
    pub(crate) responses: IndexMap<String, Response>,
    pub(crate) schemas: IndexMap<String, Schema>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Operation {
    #[serde(rename = "operationId")]
    _operation_id: String,
    pub(crate) summary: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(rename = "tags")]
    _tags: Vec<String>,
    #[serde(rename = "servers", default)]
    _servers: Json,
    #[serde(default)]
    pub(crate) parameters: Vec<Parameter>,
    #[serde(default)]
    pub(crate) deprecated: bool,
    pub(crate) security: Vec<IndexMap<String, Json>>,
    pub(crate) request_body: Option<RequestBody>,
    pub(crate) responses: IndexMap<String, Response>,
    #[serde(rename = "x-confidence")]
    pub(crate) confidence: String,
    #[serde(rename = "x-resource")]
    pub(crate) resource: String,
    #[serde(rename = "x-method")]
    pub(crate) method: String,
    #[serde(rename = "x-sdk-name")]
    pub(crate) sdk_name: Option<String>,
    #[serde(rename = "x-retry")]
    pub(crate) retry: String,
    #[serde(rename = "x-pagination")]
    pub(crate) pagination: String,
    #[serde(rename = "x-body")]
    pub(crate) body: String,
    #[serde(rename = "x-response")]
    pub(crate) response: String,
    #[serde(rename = "x-host")]
    pub(crate) host: Option<String>,
    #[serde(rename = "x-issuer-path")]
    pub(crate) issuer_path: Option<String>,
    #[serde(rename = "x-shape")]
    pub(crate) shape: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    #[serde(rename = "in")]
    pub(crate) place: String,
    pub(crate) required: bool,
    pub(crate) schema: Schema,
    #[serde(default)]
    pub(crate) description: String,
    /// Arrays are repeated under one name everywhere.
    #[serde(rename = "explode")]
    _explode: Option<bool>,
    /// The client's name, where the name on the wire does not lead to it.
    #[serde(rename = "x-name")]
    pub(crate) client_name: Option<String>,
    #[serde(rename = "x-client-option")]
    pub(crate) client_option: Option<String>,
    #[serde(rename = "x-secret", default)]
    pub(crate) secret: bool,
    #[serde(rename = "x-personal-data", default)]
    pub(crate) personal: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RequestBody {
    pub(crate) required: bool,
    pub(crate) content: IndexMap<String, Media>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Response {
    #[serde(rename = "$ref")]
    _reference: Option<String>,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) content: IndexMap<String, Media>,
    #[serde(rename = "headers", default)]
    _headers: Json,
    #[serde(rename = "x-confidence")]
    _confidence: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Media {
    pub(crate) schema: Schema,
    #[serde(default)]
    pub(crate) examples: IndexMap<String, Example>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Example {
    #[serde(default)]
    pub(crate) value: Json,
}

/// A JSON schema, as far as the description uses them.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Schema {
    #[serde(rename = "$ref")]
    pub(crate) reference: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<OneOrMany>,
    pub(crate) description: String,
    pub(crate) properties: IndexMap<String, Schema>,
    pub(crate) required: Vec<String>,
    pub(crate) additional_properties: Option<Additional>,
    pub(crate) items: Option<Box<Schema>>,
    pub(crate) any_of: Vec<Schema>,
    #[serde(rename = "enum")]
    pub(crate) values: Vec<Json>,
    #[serde(rename = "x-known-values")]
    pub(crate) known_values: Vec<Json>,
    pub(crate) format: Option<String>,
    pub(crate) default: Option<Json>,
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    pub(crate) min_length: Option<usize>,
    pub(crate) max_length: Option<usize>,
    pub(crate) min_items: Option<usize>,
    pub(crate) max_items: Option<usize>,
    pub(crate) content_encoding: Option<String>,
    #[serde(rename = "contentMediaType")]
    _content_media_type: Option<String>,
    #[serde(rename = "contentSchema")]
    _content_schema: Option<Json>,
    #[serde(rename = "x-check")]
    pub(crate) check: Option<String>,
    #[serde(rename = "x-max-bytes")]
    pub(crate) max_bytes: Option<usize>,
    #[serde(rename = "x-closed-in-requests")]
    pub(crate) closed_in_requests: bool,
    #[serde(rename = "x-mixin")]
    pub(crate) mixin: Option<String>,
    #[serde(rename = "x-group")]
    pub(crate) group: Option<String>,
    #[serde(rename = "x-base")]
    pub(crate) base: Option<String>,
    #[serde(rename = "x-client-option")]
    pub(crate) client_option: Option<String>,
    #[serde(rename = "x-secret")]
    pub(crate) secret: bool,
    #[serde(rename = "x-personal-data")]
    pub(crate) personal: bool,
    #[serde(rename = "x-confidence")]
    pub(crate) confidence: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Additional {
    Allowed(bool),
    Values(Box<Schema>),
}

/// Any JSON value, with the members of objects in the order in which they are written.
#[derive(Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Json {
    #[default]
    Null,
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    Array(Vec<Json>),
    Object(IndexMap<String, Json>),
}

impl Json {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}
