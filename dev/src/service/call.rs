//! An API call as the service sees it.

use std::collections::HashMap;

use didit_core::api::operation::Operation;
use serde_json::{Map, Value};

use super::reply::Refusal;
use crate::json::Object;

/// A call whose operation is known and whose request fits the description.
#[derive(Debug)]
pub struct Call {
    /// What is called.
    pub operation: &'static Operation,
    /// The path parameters, decoded.
    pub path: HashMap<String, String>,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The headers by their lowercase names; of several the first counts.
    pub headers: HashMap<String, String>,
    /// The members of the body, whatever its form.
    pub body: Map<String, Value>,
    /// The JSON body with the digits that it came with.
    pub texts: Object,
    /// The names and sizes of the files.
    pub files: Vec<FilePart>,
}

/// A file of a multipart body. Its bytes are looked at, not kept.
#[derive(Debug, Clone)]
pub struct FilePart {
    /// The name of the field.
    pub field: String,
    /// How many bytes.
    pub size: usize,
    /// Whether they begin like an image or a PDF.
    pub known: bool,
}

impl Call {
    /// A path parameter.
    pub fn segment(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A query parameter that is not empty.
    pub fn asked(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }

    /// A member of the body that is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    /// A member of the body that has to be a string with something in it.
    ///
    /// # Errors
    ///
    /// 400 that names the field.
    pub fn needed(&self, name: &str) -> Result<&str, Refusal> {
        match self.body.get(name) {
            None => Err(Refusal::field(name, "This field is required.")),
            Some(Value::Null) => Err(Refusal::field(name, "This field may not be null.")),
            Some(Value::String(text)) if text.trim().is_empty() => {
                Err(Refusal::field(name, "This field may not be blank."))
            }
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(Refusal::field(name, "Not a valid string.")),
        }
    }

    /// A header by its lowercase name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// `Authorization: Bearer ...`.
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ").map(str::trim)
    }
}
