//! Answers, good and bad, in the shapes that Didit documents.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::json::Object;

/// An answer to an API call.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers beyond those of the content.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub content: Content,
    /// Whether the connection is cut instead of answering.
    pub lost: bool,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub enum Content {
    /// None.
    Empty,
    /// A JSON text.
    Json(String),
    /// Bytes of a media type.
    Bytes(&'static str, Vec<u8>),
}

/// The header of answers that are the description's example, not this emulator's state.
pub const EXAMPLE: &str = "X-Didit-Dev-Example";

impl Reply {
    /// A JSON answer.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let text = serde_json::to_string(body).unwrap_or_else(|_| "null".to_owned());
        Self { status, headers: Vec::new(), content: Content::Json(text), lost: false }
    }

    /// 200 with an object.
    pub fn object(object: &Object) -> Self {
        Self::json(200, object)
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), content: Content::Empty, lost: false }
    }

    /// 200 with bytes.
    pub fn bytes(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { status: 200, headers: Vec::new(), content: Content::Bytes(media_type, bytes), lost: false }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A call that is refused; nothing that it did remains.
#[derive(Debug, Clone)]
pub struct Refusal(Box<Reply>);

impl Refusal {
    /// `{"detail": ...}`.
    pub fn detail(status: u16, detail: impl Into<String>) -> Self {
        Self::body(status, json!({ "detail": detail.into() }))
    }

    /// 400 for one field.
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self::body(400, Value::Object(Map::from_iter([(name.to_owned(), json!([message]))])))
    }

    /// Any JSON body.
    pub fn body(status: u16, body: Value) -> Self {
        Self(Box::new(Reply::json(status, &body)))
    }

    /// 404 as Didit answers it.
    pub fn not_found() -> Self {
        Self::detail(404, "Not found.")
    }

    /// 403 as Didit answers every failure of a key.
    pub fn forbidden() -> Self {
        Self::detail(403, "You do not have permission to perform this action.")
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        Self(Box::new(self.0.with(name, value)))
    }

    /// The answer.
    pub fn into_reply(self) -> Reply {
        *self.0
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the state could not be read or written");
        Self::detail(500, "didit-dev met a fault of its own; its log has the reason.")
    }
}
