//! What a caller passes to one call.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::blame::blame;
use super::cancel::{CancelToken, Poll};
use super::config::{MOST_IN_HEADER, read_options, seconds, wrong};
use crate::secret::Secret;
use crate::{Code, Error, FieldError, Http};

/// The arguments of one call, by their client names, and what is added to the request unchecked.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Arguments {
    /// Parameters of every place, by client name.
    pub params: Map<String, Value>,
    /// Files of a multipart body.
    pub files: Vec<FilePart>,
    /// Members that are added to the body.
    pub extra_body: Map<String, Value>,
    /// Pairs that are added to the query.
    pub extra_query: Map<String, Value>,
    /// Headers that are added to the request.
    pub extra_headers: Map<String, Value>,
}

/// One file of a multipart body.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilePart {
    /// The parameter's client name.
    pub field: String,
    /// The name that the service sees.
    pub filename: String,
    /// The media type; guessed from the bytes where it is not given.
    pub content_type: Option<String>,
    /// The content.
    pub bytes: Vec<u8>,
}

impl FilePart {
    /// A file for the parameter `field`.
    pub fn new(field: impl Into<String>, filename: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { field: field.into(), filename: filename.into(), content_type: None, bytes: bytes.into() }
    }
}

impl Arguments {
    /// No arguments.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// Reads `{"params": {}, "extra_body": {}, "extra_query": {}, "extra_headers": {}}`, each of which
    /// may be missing or null.
    ///
    /// # Errors
    ///
    /// `invalid_argument`, which names the argument, where the text is something else, or where a whole number
    /// is so large that it would arrive as another one.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let refused = |path: &str, what: &str| {
            let fields = vec![FieldError::new(path, what)];
            let about = format!("{path} {what}").trim_start().to_owned();
            Error::about(Code::InvalidArgument, about).with_http(Http { fields, ..Http::default() })
        };
        let read = serde_json::from_str::<Map<String, Value>>(text);
        if let Some((name, what)) = blame(text) {
            return Err(refused(&name, what));
        }
        let Ok(mut all) = read else { return Err(refused("", "the arguments are not a JSON object")) };
        let mut take = |name: &str| match all.remove(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(map)) => Ok(map),
            Some(_) => Err(refused(name, "is not an object")),
        };
        Ok(Self {
            params: take("params")?,
            extra_body: take("extra_body")?,
            extra_query: take("extra_query")?,
            extra_headers: take("extra_headers")?,
            files: Vec::new(),
        })
    }

    /// Every string that was passed, for clearing them from texts.
    pub(crate) fn strings(&self) -> Vec<&str> {
        fn walk<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
            match value {
                Value::String(text) => into.push(text),
                Value::Array(items) => items.iter().for_each(|item| walk(item, into)),
                Value::Object(members) => members.values().for_each(|member| walk(member, into)),
                _ => {}
            }
        }
        let mut strings = Vec::new();
        for map in [&self.params, &self.extra_body, &self.extra_query, &self.extra_headers] {
            map.values().for_each(|value| walk(value, &mut strings));
        }
        strings
    }
}

/// Names only: the values are personal data.
impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.params.keys().collect();
        f.debug_struct("Arguments").field("params", &names).field("files", &self.files).finish_non_exhaustive()
    }
}

impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart").field("field", &self.field).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// What is different for one call. What is not set is as the client was configured.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// For the whole call with its retries.
    pub timeout: Option<Duration>,
    /// For making one connection.
    pub connect_timeout: Option<Duration>,
    /// How often a failed attempt is repeated at most.
    pub max_retries: Option<u32>,
    /// For account calls.
    pub access_token: Option<Secret>,
    /// Ends the call.
    pub cancel: CancelToken,
    /// Asked about every 50 ms.
    pub poll: Option<Poll>,
    /// Told of each attempt.
    pub observer: Option<Arc<dyn super::observe::Observer>>,
}

impl CallOptions {
    /// Reads `{"timeout": 5.0, "connect_timeout": 1.0, "max_retries": 0, "access_token": "..."}`, in
    /// seconds; each may be missing or null.
    ///
    /// # Errors
    ///
    /// `invalid_configuration`, which names the option.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let all = read_options(text, "the options of the call")?;
        let mut options = Self::default();
        for (name, value) in all.iter().filter(|(_, value)| !value.is_null()) {
            match (&**name, value) {
                ("timeout", value) => options.timeout = Some(seconds(name, value)?),
                ("connect_timeout", value) => options.connect_timeout = Some(seconds(name, value)?),
                ("max_retries", value) => {
                    let whole = value.as_u64().ok_or_else(|| wrong(name, "is not a whole number from 0 up"))?;
                    options.max_retries = Some(whole.try_into().unwrap_or(u32::MAX));
                }
                // An empty token must not fall back to the client's own, which may be somebody else's.
                ("access_token", Value::String(token)) if !is_header_text(token) => {
                    return Err(wrong(name, "is empty, or holds what no header can"));
                }
                ("access_token", Value::String(token)) if token.len() > MOST_IN_HEADER => {
                    return Err(wrong(name, &format!("is longer than {MOST_IN_HEADER} bytes")));
                }
                ("access_token", Value::String(token)) => options.access_token = Secret::new(&**token),
                _ => return Err(wrong(name, "is not an option of a call, or not of the right type")),
            }
        }
        Ok(options)
    }
}

/// Visible ASCII, as all tokens are.
fn is_header_text(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("max_retries", &self.max_retries)
            .field("access_token", &self.access_token)
            .field("cancel", &self.cancel)
            .finish_non_exhaustive()
    }
}
