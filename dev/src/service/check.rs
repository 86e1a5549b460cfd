//! Requests against the description: what does not fit is refused as Django REST framework words it.

use didit_core::api::operation::{Check, Field, Operation, Place, Schema, Text};
use serde_json::{Map, Value};

use super::call::{Call, FilePart};
use super::reply::Refusal;
use crate::clock::days;

/// Document types, in any case.
const DOCUMENT_TYPES: [&str; 7] = ["P", "ID", "DL", "RP", "HIC", "TC", "SSC"];

/// Check everything that a call carries.
///
/// # Errors
///
/// 400 that names every field that does not fit.
pub fn check(call: &Call) -> Result<(), Refusal> {
    let operation = call.operation;
    let mut wrong = Map::new();
    for parameter in operation.parameters {
        let found = match parameter.place {
            Place::Body if parameter.wire == "metadata" => continue,
            Place::Body => call.body.get(parameter.wire).map(|value| fits(value, parameter.schema, operation)),
            Place::Query => {
                call.asked(parameter.wire).map(|text| fits(&typed(text, parameter.schema), parameter.schema, operation))
            }
            Place::Header => call
                .header(&parameter.wire.to_ascii_lowercase())
                .map(|text| fits(&text.into(), parameter.schema, operation)),
            Place::File => {
                let mut files = call.files.iter().filter(|file| file.field == parameter.wire).peekable();
                files.peek().is_some().then(|| files.try_for_each(|file| fits_file(file, parameter.schema)))
            }
            Place::Path | Place::WholeBody => continue,
        };
        // An option of the client is the caller's duty too: the API knows no clients.
        let needed = parameter.required && parameter.place != Place::Header;
        let result = match found {
            Some(Err(Wrong::Null)) if !needed => Ok(()),
            Some(result) => result,
            None if needed => Err(Wrong::text("This field is required.")),
            None => Ok(()),
        };
        if let Err(found) = result {
            wrong.insert(parameter.wire.to_owned(), found.into_value());
        }
    }
    if operation.id.starts_with("workflows.") {
        let known = |name: &String| operation.parameters.iter().any(|parameter| parameter.wire == *name);
        for name in call.body.keys().filter(|name| !known(name)) {
            wrong.insert(name.clone(), Wrong::text("Unknown field.").into_value());
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::body(400, Value::Object(wrong))) }
}

/// What is wrong with a value.
enum Wrong {
    Null,
    Text(String),
    Members(Value),
}

impl Wrong {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn into_value(self) -> Value {
        match self {
            Self::Null => vec![Value::from("This field may not be null.")].into(),
            Self::Text(text) => vec![Value::from(text)].into(),
            Self::Members(members) => members,
        }
    }
}

/// A text of the query as the type that the schema wants, where it is one.
fn typed(text: &str, schema: &Schema) -> Value {
    match schema {
        Schema::Integer { .. } => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        Schema::Number { .. } => text.parse::<f64>().map_or_else(|_| text.into(), Value::from),
        Schema::Boolean if text.eq_ignore_ascii_case("true") || text == "1" => true.into(),
        Schema::Boolean if text.eq_ignore_ascii_case("false") || text == "0" => false.into(),
        Schema::Array { items, .. } => text.split(',').map(|item| typed(item, items)).collect::<Vec<_>>().into(),
        _ => text.into(),
    }
}

fn fits(value: &Value, schema: &Schema, operation: &Operation) -> Result<(), Wrong> {
    if value.is_null() && !matches!(schema, Schema::Any) {
        return Err(Wrong::Null);
    }
    match schema {
        Schema::Any | Schema::File { .. } => Ok(()),
        Schema::Boolean if value.is_boolean() => Ok(()),
        // A field of a form has no other type than text.
        Schema::Boolean if matches!(value.as_str(), Some("true" | "false" | "True" | "False" | "0" | "1")) => Ok(()),
        Schema::Boolean => Err(Wrong::text("Must be a valid boolean.")),
        Schema::Integer { minimum, maximum } => {
            let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
            let number = number.ok_or_else(|| Wrong::text("A valid integer is required."))?;
            within(number, *minimum, *maximum)
        }
        Schema::Number { minimum, maximum } => {
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
            let number = number.ok_or_else(|| Wrong::text("A valid number is required."))?;
            within(number, *minimum, *maximum)
        }
        Schema::String(text) => match value.as_str() {
            Some(value) => fits_text(value, text, operation),
            None => Err(Wrong::text("Not a valid string.")),
        },
        Schema::Array { items, min_items, max_items } => {
            let Some(list) = value.as_array() else {
                return Err(Wrong::text(format!("Expected a list of items but got type \"{}\".", type_name(value))));
            };
            if min_items.is_some_and(|least| list.len() < least) {
                return Err(Wrong::text(if list.is_empty() {
                    "This list may not be empty."
                } else {
                    "Ensure this field has more elements."
                }));
            }
            if let Some(most) = max_items.filter(|most| list.len() > *most) {
                return Err(Wrong::text(format!("Ensure this field has no more than {most} elements.")));
            }
            list.iter().try_for_each(|item| fits(item, items, operation))
        }
        Schema::Object { fields, .. } => {
            let Some(members) = value.as_object() else {
                return Err(Wrong::text(format!("Invalid data. Expected a dictionary, but got {}.", type_name(value))));
            };
            fits_members(members, fields, operation)
        }
        Schema::OneOf(schemas) => {
            let mut results = schemas.iter().map(|schema| fits(value, schema, operation));
            let first = results.next().unwrap_or(Ok(()));
            if first.is_ok() || results.any(|result| result.is_ok()) { Ok(()) } else { first }
        }
    }
}

fn fits_members(members: &Map<String, Value>, fields: &[Field], operation: &Operation) -> Result<(), Wrong> {
    let mut wrong = Map::new();
    for field in fields {
        let result = match members.get(field.name) {
            Some(value) => match fits(value, field.schema, operation) {
                Err(Wrong::Null) if !field.required || field.nullable => Ok(()),
                result => result,
            },
            None if field.required => Err(Wrong::text("This field is required.")),
            None => Ok(()),
        };
        if let Err(found) = result {
            wrong.insert(field.name.to_owned(), found.into_value());
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Wrong::Members(wrong.into())) }
}

fn fits_text(value: &str, text: &Text, operation: &Operation) -> Result<(), Wrong> {
    let length = value.chars().count();
    if let Some(least) = text.min_length.filter(|least| length < *least) {
        return Err(Wrong::text(format!("Ensure this field has at least {least} characters.")));
    }
    if let Some(most) = text.max_length.filter(|most| length > *most) {
        return Err(Wrong::text(format!("Ensure this field has no more than {most} characters.")));
    }
    if operation.strict() && !text.values.is_empty() && !text.values.contains(&value) {
        return Err(Wrong::text(format!("\"{value}\" is not a valid choice.")));
    }
    let encoded = if text.check == Some(Check::Base64Image) { value.len() / 4 * 3 } else { value.len() };
    if let Some(most) = text.max_bytes.filter(|most| encoded > *most) {
        return Err(Wrong::text(format!("Ensure this field has no more than {most} bytes.")));
    }
    match text.check.filter(|check| !matches(*check, value)) {
        None => Ok(()),
        Some(check) => Err(Wrong::text(match check {
            Check::Uuid => "Must be a valid UUID.".to_owned(),
            Check::CallbackUrl | Check::Url => "Enter a valid URL.".to_owned(),
            Check::Date => "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.".to_owned(),
            Check::DateTime => "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].".to_owned(),
            Check::Email => "Enter a valid email address.".to_owned(),
            Check::Base64Image => "Upload a valid image.".to_owned(),
            Check::Language | Check::DocumentType => format!("\"{value}\" is not a valid choice."),
        })),
    }
}

fn matches(check: Check, value: &str) -> bool {
    match check {
        Check::Uuid => is_uuid(value),
        Check::CallbackUrl => scheme(value).is_some_and(|(scheme, rest)| {
            rest.starts_with("//") && rest.len() > 2 || !matches!(scheme, "http" | "https") && !rest.is_empty()
        }),
        Check::Url => scheme(value).is_some_and(|(scheme, rest)| {
            matches!(scheme, "http" | "https") && rest.len() > 2 && rest.starts_with("//")
        }),
        Check::Language => {
            value.len() >= 2
                && value.len() <= 35
                && value
                    .split('-')
                    .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        }
        Check::DocumentType => DOCUMENT_TYPES.contains(&value.to_ascii_uppercase().as_str()),
        Check::Base64Image => is_image(value),
        Check::Date => days(value).is_some(),
        Check::DateTime => value.get(..10).is_some_and(|date| days(date).is_some()) && value.len() > 10,
        Check::Email => value
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains(['@', ' '])),
    }
}

fn scheme(value: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = value.split_once(':')?;
    let known = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (known && !value.contains(char::is_whitespace)).then_some((scheme, rest))
}

/// 8-4-4-4-12 hexadecimal digits.
pub fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

fn is_image(value: &str) -> bool {
    use base64::Engine as _;
    let value = value.split_once("base64,").map_or(value, |(_, data)| data);
    let Some(head) = value.get(..value.len().min(24) / 4 * 4) else { return false };
    base64::prelude::BASE64_STANDARD.decode(head).is_ok_and(|bytes| is_known_file(&bytes, false))
}

/// Whether bytes begin like a picture that Didit takes, or like a PDF.
pub fn is_known_file(bytes: &[u8], pdf: bool) -> bool {
    let tiff = bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*");
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    bytes.starts_with(b"\xff\xd8\xff")
        || bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        || tiff
        || webp
        || pdf && bytes.starts_with(b"%PDF-")
}

fn fits_file(file: &FilePart, schema: &Schema) -> Result<(), Wrong> {
    if file.size == 0 {
        return Err(Wrong::text("The submitted file is empty."));
    }
    match schema {
        Schema::File { max_bytes: Some(most) } if file.size > *most => {
            Err(Wrong::text(format!("Ensure this file has no more than {most} bytes.")))
        }
        _ if !file.known => Err(Wrong::text(
            "Upload a valid image. The file you uploaded was either not an image or a corrupted image.",
        )),
        _ => Ok(()),
    }
}

fn within<N: PartialOrd + std::fmt::Display>(number: N, minimum: Option<N>, maximum: Option<N>) -> Result<(), Wrong> {
    if let Some(minimum) = minimum.filter(|minimum| number < *minimum) {
        return Err(Wrong::text(format!("Ensure this value is greater than or equal to {minimum}.")));
    }
    match maximum.filter(|maximum| number > *maximum) {
        Some(maximum) => Err(Wrong::text(format!("Ensure this value is less than or equal to {maximum}."))),
        None => Ok(()),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}
