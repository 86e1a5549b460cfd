//! The next page of a list.

use serde_json::Value;

use super::arguments::Arguments;
use super::operation::{Operation, Pagination, Place};
use super::response::Answer;
use super::url;
use crate::Error;

/// The arguments of the page after `answer`; `None` where `answer` was the last.
///
/// A list ends where `next` is null or missing, and a plain array is the whole list: counts are not
/// exact everywhere. Of `next` only the query is used, so that no answer can lead the client to another
/// host. A `next` that names the page it stands on ends the list too.
///
/// # Errors
///
/// `invalid_response` where the answer is not a list.
pub fn next_page(operation: &Operation, arguments: &Arguments, answer: &Answer) -> Result<Option<Arguments>, Error> {
    let list: Value = answer.json()?;
    let next = match (&list, operation.pagination) {
        (Value::Object(members), Pagination::LimitOffset) => members.get("next").and_then(Value::as_str),
        _ => None,
    };
    let Some(pairs) = next.and_then(|next| url::decode_query(next.split('#').next()?.split_once('?')?.1)) else {
        return Ok(None);
    };
    let mut following = arguments.clone();
    for (name, _) in &pairs {
        following.extra_query.remove(name);
    }
    for parameter in operation.parameters.iter().filter(|parameter| parameter.place == Place::Query) {
        if pairs.iter().any(|(name, _)| name == parameter.wire) {
            following.params.remove(parameter.name);
        }
    }
    for (name, value) in pairs {
        let value = match following.extra_query.remove(&name) {
            None => Value::String(value),
            Some(Value::Array(mut several)) => {
                several.push(value.into());
                several.into()
            }
            Some(one) => vec![one, value.into()].into(),
        };
        following.extra_query.insert(name, value);
    }
    Ok((offset(&following) != offset(arguments)).then_some(following))
}

/// Where a page begins; the first begins at 0 whether or not that is said.
fn offset(arguments: &Arguments) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    ["offset", "cursor", "page"]
        .iter()
        .map(|name| arguments.extra_query.get(*name).or_else(|| arguments.params.get(*name)))
        .map(|value| value.filter(|value| !value.is_null()).map(text).unwrap_or_default())
        .map(|text| if text == "0" { String::new() } else { text })
        .collect()
}
