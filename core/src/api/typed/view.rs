//! Views of answers, and builders of what requests hold.

use std::fmt;

use serde_json::{Map, Value};

use crate::Error;
use crate::api::Answer;

/// All that `Debug` may show: what tells objects apart in a log, and nothing about a person.
const SHOWN: [&str; 6] = ["event_id", "session_id", "transaction_id", "node_id", "uuid", "status"];

/// A JSON object that the API answered.
#[derive(Clone, Default, PartialEq)]
pub struct View(Map<String, Value>);

impl View {
    /// The body of an answer. An empty one is an empty object; a plain array becomes the member `results`.
    pub(crate) fn read(answer: &Answer) -> Result<Self, Error> {
        Ok(match answer.json()? {
            Value::Object(members) => Self(members),
            Value::Null => Self::default(),
            other => Self(Map::from_iter([("results".to_owned(), other)])),
        })
    }

    /// A member, described or not.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All members.
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    pub(crate) fn boolean(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }

    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.as_f64()
    }

    pub(crate) fn array(&self, name: &str) -> Option<&[Value]> {
        self.get(name)?.as_array().map(Vec::as_slice)
    }

    pub(crate) fn object<T: From<Self>>(&self, name: &str) -> Option<T> {
        self.get(name)?.as_object().map(|members| Self(members.clone()).into())
    }

    pub(crate) fn objects<T: From<Self>>(&self, name: &str) -> Option<Vec<T>> {
        let items = self.array(name)?.iter().filter_map(Value::as_object);
        Some(items.map(|members| Self(members.clone()).into()).collect())
    }
}

impl From<Map<String, Value>> for View {
    fn from(members: Map<String, Value>) -> Self {
        Self(members)
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = SHOWN.iter().filter_map(|name| Some((name, self.text(name)?)));
        f.debug_map().entries(shown).finish()
    }
}

/// Declares the view of an object, which derefs to [`View`].
macro_rules! view {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name(pub(crate) $crate::api::typed::View);

        impl From<$crate::api::typed::View> for $name {
            fn from(view: $crate::api::typed::View) -> Self {
                Self(view)
            }
        }

        impl std::ops::Deref for $name {
            type Target = $crate::api::typed::View;

            fn deref(&self) -> &$crate::api::typed::View {
                &self.0
            }
        }
    };
}
pub(crate) use view;

/// Declares what a method takes beside its path parameters.
macro_rules! params {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Default, PartialEq)]
        pub struct $name(pub(crate) $crate::api::Arguments);

        impl $name {
            /// Gives null, where that is a value of its own.
            #[must_use]
            pub fn null(self, name: &'static str) -> Self {
                self.put(name, serde_json::Value::Null)
            }

            /// The arguments themselves, to add what is not described.
            pub fn arguments_mut(&mut self) -> &mut $crate::api::Arguments {
                &mut self.0
            }

            fn put(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
                self.0.params.insert(name.to_owned(), value.into());
                self
            }

            #[allow(dead_code, reason = "most operations take no file")]
            fn attach(mut self, field: &str, filename: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
                self.0.files.push($crate::api::FilePart::new(field, filename, bytes));
                self
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}
pub(crate) use params;

/// Declares an object that a request holds.
macro_rules! input {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Default, PartialEq)]
        pub struct $name(serde_json::Map<String, serde_json::Value>);

        impl $name {
            /// Gives null, where that is a value of its own.
            #[must_use]
            pub fn null(self, name: &'static str) -> Self {
                self.put(name, serde_json::Value::Null)
            }

            fn put(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
                self.0.insert(name.to_owned(), value.into());
                self
            }
        }

        impl From<$name> for serde_json::Value {
            fn from(input: $name) -> Self {
                Self::Object(input.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}
pub(crate) use input;
