//! JSON objects whose members keep the digits they came with.
//!
//! A number in somebody's `metadata` may be longer than any machine number; Didit gives it back as it came.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// A JSON object: the text of each member, unread.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Object(BTreeMap<String, Box<RawValue>>);

impl Object {
    /// The object in a JSON text.
    ///
    /// # Errors
    ///
    /// If the text is no JSON object.
    pub fn parse(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text).map(Self)
    }

    /// Set a member.
    pub fn set(&mut self, name: &str, value: impl Serialize) -> &mut Self {
        // Only maps with keys that are no text and numbers that JSON does not have can fail; we write neither.
        let text = to_raw_value(&value).or_else(|_| to_raw_value(&()));
        if let Ok(text) = text {
            self.0.insert(name.to_owned(), text);
        }
        self
    }

    /// Set a member to a JSON text; null where the text is none.
    pub fn set_text(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        match text.and_then(|text| RawValue::from_string(text.to_owned()).ok()) {
            Some(raw) => {
                self.0.insert(name.to_owned(), raw);
                self
            }
            None => self.set(name, ()),
        }
    }

    /// The text of a member.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|raw| raw.get())
    }

    /// Take a member out.
    pub fn remove(&mut self, name: &str) -> Option<Box<RawValue>> {
        self.0.remove(name)
    }

    /// The member if it is a string.
    pub fn string(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?).ok()
    }

    /// The JSON text.
    pub fn text(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}
