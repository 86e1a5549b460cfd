//! Arguments against the description, before anything is sent.
//!
//! Types and required members are checked everywhere. Unknown members and values outside a closed set are
//! refused only where Didit documents the operation; elsewhere the description may know less than Didit.
//! Messages name what is expected and never repeat what was given.

use serde_json::Value;

use super::operation::{Check, Field, Schema, Text};
use crate::{FieldError, nearest};

mod image;
mod text;

pub(super) use text::{is_uuid, is_web_url};

/// Collects what is wrong.
pub(crate) struct Checker {
    pub(crate) strict: bool,
    pub(crate) errors: Vec<FieldError>,
}

impl Checker {
    pub(crate) fn new(strict: bool) -> Self {
        Self { strict, errors: Vec::new() }
    }

    pub(crate) fn refuse(&mut self, path: &str, what: impl Into<String>) {
        self.errors.push(FieldError::new(path, what));
    }

    /// Checks a value, and writes it as Didit writes it where several spellings are accepted.
    pub(crate) fn value(&mut self, path: &str, value: &mut Value, schema: &Schema) {
        match schema {
            Schema::Any => {}
            Schema::Boolean if value.is_boolean() => {}
            Schema::Boolean => self.refuse(path, "is not true or false"),
            Schema::Integer { minimum, maximum } => self.integer(path, value, *minimum, *maximum),
            Schema::Number { minimum, maximum } => self.number(path, value, *minimum, *maximum),
            Schema::String(rules) => self.string(path, value, rules),
            Schema::Array { items, min_items, max_items } => {
                self.array(path, value, items, (*min_items, *max_items));
            }
            Schema::Object { fields, open } => self.object(path, value, fields, *open),
            Schema::OneOf(choices) => self.one_of(path, value, choices),
            Schema::File { .. } => self.refuse(path, "is not a file"),
        }
    }

    fn integer(&mut self, path: &str, value: &Value, minimum: Option<i64>, maximum: Option<i64>) {
        let number = match (value.as_i64(), value.as_u64()) {
            (Some(number), _) => i128::from(number),
            (None, Some(number)) => i128::from(number),
            _ => return self.refuse(path, "is not a whole number"),
        };
        if minimum.is_some_and(|minimum| number < minimum.into()) || maximum.is_some_and(|most| number > most.into()) {
            self.refuse(path, bounds(minimum, maximum));
        }
    }

    fn number(&mut self, path: &str, value: &Value, minimum: Option<f64>, maximum: Option<f64>) {
        let Some(number) = value.as_f64() else { return self.refuse(path, "is not a number") };
        if minimum.is_some_and(|minimum| number < minimum) || maximum.is_some_and(|maximum| number > maximum) {
            self.refuse(path, bounds(minimum, maximum));
        }
    }

    fn string(&mut self, path: &str, value: &mut Value, rules: &Text) {
        let Value::String(given) = value else { return self.refuse(path, "is not a string") };
        let characters = given.chars().count();
        if let Some(least) = rules.min_length.filter(|least| characters < *least) {
            return self.refuse(path, format!("is shorter than {least} characters"));
        }
        if let Some(most) = rules.max_length.filter(|most| characters > *most) {
            return self.refuse(path, format!("is longer than {most} characters"));
        }
        if self.strict && !rules.values.is_empty() && !rules.values.contains(&&**given) {
            return self.refuse(path, format!("is not one of {}", rules.values.join(", ")));
        }
        let wrong = match rules.check {
            None => {
                rules.max_bytes.filter(|most| given.len() > *most).map(|most| format!("is longer than {most} bytes"))
            }
            Some(Check::Base64Image) => image::problem(given, rules.max_bytes),
            Some(Check::DocumentType) => match text::document_type(given) {
                Some(known) => {
                    known.clone_into(given);
                    None
                }
                None if self.strict => Some(format!("is not one of {}", text::DOCUMENT_TYPES.join(", "))),
                None => None,
            },
            Some(check) => text::problem(given, check).map(str::to_owned),
        };
        if let Some(wrong) = wrong {
            self.refuse(path, wrong);
        }
    }

    fn array(&mut self, path: &str, value: &mut Value, items: &Schema, limits: (Option<usize>, Option<usize>)) {
        let Value::Array(given) = value else { return self.refuse(path, "is not a list") };
        for (index, item) in given.iter_mut().enumerate() {
            self.value(&format!("{path}[{index}]"), item, items);
        }
        if matches!(items, Schema::String(Text { check: Some(Check::DocumentType), .. })) {
            let mut seen = Vec::new();
            given.retain(|item| {
                let new = !seen.contains(item);
                seen.push(item.clone());
                new
            });
        }
        if let Some(least) = limits.0.filter(|least| given.len() < *least) {
            self.refuse(path, format!("has fewer than {least} items"));
        }
        if let Some(most) = limits.1.filter(|most| given.len() > *most) {
            self.refuse(path, format!("has more than {most} items"));
        }
    }

    fn object(&mut self, path: &str, value: &mut Value, fields: &[Field], open: bool) {
        let Value::Object(members) = value else { return self.refuse(path, "is not an object") };
        for field in fields {
            let at = format!("{path}.{}", field.name);
            match members.get_mut(field.name) {
                Some(Value::Null) if field.nullable => {}
                Some(Value::Null) if !field.required => drop(members.remove(field.name)),
                None if !field.required => {}
                Some(Value::Null) | None => self.refuse(&at, "is missing"),
                Some(member) => self.value(&at, member, field.schema),
            }
        }
        if self.strict && !open && !fields.is_empty() {
            for name in members.keys().filter(|name| fields.iter().all(|field| field.name != *name)) {
                let meant = nearest(name, fields.iter().map(|field| field.name));
                let whole = path.split(['.', '[']).next().unwrap_or_default();
                let meant = meant.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default();
                let otherwise = format!("extra_body with the whole of {whole} sends it all the same");
                self.refuse(&format!("{path}.{name}"), format!("is not known here{meant}; {otherwise}"));
            }
        }
    }

    fn one_of(&mut self, path: &str, value: &mut Value, choices: &[&Schema]) {
        let mut best: Option<Vec<FieldError>> = None;
        for choice in choices {
            let mut attempt = Self::new(self.strict);
            let mut candidate = value.clone();
            attempt.value(path, &mut candidate, choice);
            if attempt.errors.is_empty() {
                *value = candidate;
                return;
            }
            // The choice that fails deepest is the one that was meant.
            let depth = |errors: &[FieldError]| errors.iter().map(|error| error.path.len()).max();
            if best.as_ref().is_none_or(|best| depth(&attempt.errors) > depth(best)) {
                best = Some(attempt.errors);
            }
        }
        self.errors.extend(best.unwrap_or_default());
    }
}

fn bounds<T: std::fmt::Display>(minimum: Option<T>, maximum: Option<T>) -> String {
    match (minimum, maximum) {
        (Some(minimum), Some(maximum)) => format!("is not between {minimum} and {maximum}"),
        (Some(minimum), None) => format!("is below {minimum}"),
        (None, Some(maximum)) => format!("is above {maximum}"),
        (None, None) => String::new(),
    }
}
