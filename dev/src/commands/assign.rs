//! `--set a.0.b=value`, or `$.a[0].b=value`: where in a payload a value goes.

use serde_json::{Map, Value};

/// The longest path, so that no slip of the pen builds a tower.
const DEEPEST: usize = 32;

/// Put a value into `members`, which are merged into the `usual` payload: names are members of objects, numbers places
/// in arrays. What is no JSON is text.
///
/// # Errors
///
/// What is wrong with the path: a value stays what it is, and an array has no gaps.
pub(crate) fn assign(members: &mut Map<String, Value>, usual: &Value, assignment: &str) -> Result<(), String> {
    let (path, text) = assignment.split_once('=').ok_or("there is no =")?;
    let value: Value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
    let path = path.strip_prefix("$.").unwrap_or(path).replace('[', ".").replace(']', "");
    let names: Vec<&str> = path.split('.').collect();
    if names.iter().any(|name| name.is_empty()) {
        return Err("a name is missing".to_owned());
    }
    if names.len() > DEEPEST {
        return Err(format!("a path has at most {DEEPEST} names"));
    }
    let mut whole = Value::Object(std::mem::take(members));
    let assigned = place(&mut whole, Some(usual), &names, "the payload").map(|place| *place = value);
    if let Value::Object(whole) = whole {
        *members = whole;
    }
    assigned
}

/// The place of a path below `here`; `usual` is what is there before the merge, if anything is.
fn place<'v>(here: &'v mut Value, usual: Option<&Value>, names: &[&str], of: &str) -> Result<&'v mut Value, String> {
    let Some((name, rest)) = names.split_first() else { return Ok(here) };
    let usual = usual.filter(|usual| !usual.is_null());
    // What was set already counts before what is usual.
    let there = if here.is_null() { usual } else { Some(&*here) };
    let looks_like_a_place = name.trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit());
    let is_array = match there {
        Some(Value::Object(_)) => false,
        Some(Value::Array(_)) => true,
        Some(_) => return Err(format!("{of} is neither an object nor an array")),
        None => looks_like_a_place,
    };
    if !is_array {
        if here.is_null() {
            *here = Value::Object(Map::new());
        }
        let Value::Object(object) = here else { return Err(format!("{of} is no object")) };
        return place(object.entry(*name).or_insert(Value::Null), usual.and_then(|usual| usual.get(name)), rest, name);
    }
    let before: &[Value] = usual.and_then(Value::as_array).map_or(&[], Vec::as_slice);
    if here.is_null() {
        // Nothing is merged into the places that are not named.
        let unchanged = |one: &Value| if one.is_object() { Value::Object(Map::new()) } else { one.clone() };
        *here = before.iter().map(unchanged).collect();
    }
    let Value::Array(items) = here else { return Err(format!("{of} is no array")) };
    let at = name.parse::<usize>().ok().filter(|at| *at <= items.len()).ok_or_else(|| {
        let last = items.len();
        format!("{of} is an array, in which {name} is no place: the next one is {last}")
    })?;
    if at == items.len() {
        items.push(Value::Null);
    }
    let item = items.get_mut(at).ok_or("there is no such place")?;
    let usual = before.get(at);
    // An object without members stands for what is there; a value that is set takes its place.
    if item.as_object().is_some_and(Map::is_empty) {
        *item = Value::Null;
    }
    place(item, usual, rest, name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_reach_into_objects_and_arrays() {
        let usual = json!({ "status": "Approved", "metadata": { "1": 2 }, "vendor_data": null,
            "decision": { "faces": [{ "score": 1 }, { "score": 2 }], "nothing": null, "features": ["A", "B"] } });
        let set = |assignments: &[&str]| {
            let mut members = Map::new();
            let done = assignments.iter().try_for_each(|one| assign(&mut members, &usual, one));
            done.map(|()| Value::Object(members))
        };
        assert_eq!(
            set(&["vendor_data=user 1", "decision.ids.0.age=18", "metadata.1={\"a\":[1]}", "a.b=\"7\"", "status=null"]),
            Ok(
                json!({ "vendor_data": "user 1", "decision": { "ids": [{ "age": 18 }] }, "metadata": { "1": { "a": [1] } },
                "a": { "b": "7" }, "status": null })
            )
        );
        // What is not named stays: the merge keeps an entry under an object without members.
        assert_eq!(
            set(&["decision.faces.1.score=9", "decision.nothing.x=1"]),
            Ok(json!({ "decision": { "faces": [{}, { "score": 9 }], "nothing": { "x": 1 } } }))
        );
        assert_eq!(set(&["decision.features.1=C"]), Ok(json!({ "decision": { "features": ["A", "C"] } })));
        assert_eq!(
            set(&["decision.faces.2.score=9", "decision.faces.3=x", "a.0=1", "a.1=2"]),
            Ok(json!({ "decision": { "faces": [{}, {}, { "score": 9 }, "x"] }, "a": [1, 2] }))
        );
        assert_eq!(set(&["$.a[0].d=x=[y]"]), Ok(json!({ "a": [{ "d": "x=[y]" }] })));
        for wrong in [
            "nothing",
            "=1",
            "a..b=1",
            ".a=1",
            "a.=1",
            "status.foo=1",
            "decision.faces.-1.score=1",
            "decision.faces.3=1",
            "decision.faces.99999999999999999999=1",
            "decision.faces.score=1",
            "decision.faces.0.score.x=1",
            "a.1=1",
            "a.-1=1",
        ] {
            assert!(set(&[wrong]).is_err(), "{wrong}");
        }
        assert!(set(&["a=1", "a.b=2"]).is_err());
    }
}
