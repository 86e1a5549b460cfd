//! Whether a good answer has the shape that its operation promises: the kind of value, and the members
//! that are always there. What further members hold, and whether there are more, is not looked at.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::operation::Shape;

/// The kind of a JSON value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Scalar,
    Array,
    Object,
}

/// As deep as the JSON readers of all languages go.
const DEEPEST: usize = 500;

/// Whether `body`, which is JSON, is nested deeper than the languages of the faces can read it.
fn is_too_deep(body: &[u8]) -> bool {
    // Counting is much faster than looking closely, and hardly any answer has so many.
    if body.iter().filter(|byte| matches!(byte, b'[' | b'{')).count() <= DEEPEST {
        return false;
    }
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest > DEEPEST
}

/// What is wrong with the shape of `body`, which is JSON; `None` where nothing is.
pub(crate) fn problem(body: &[u8], shape: &Shape) -> Option<String> {
    if is_too_deep(body) {
        return Some(format!("what can be read: it is nested deeper than {DEEPEST} levels"));
    }
    let (required, known): (&[&str], &[&str]) = match shape {
        Shape::Any => return None,
        Shape::Object { required, known } => (required, known),
        Shape::List => (&["results"], &[]),
    };
    let names: Vec<&str> = required.iter().chain(known).copied().collect();
    let (kind, found) = outline(body, &names)?;
    match (shape, kind) {
        (Shape::List, Kind::Array) => None,
        (Shape::List, Kind::Object) if found.first() == Some(&Some(Kind::Array)) => None,
        (Shape::List, Kind::Object) => Some("a list: it has no results".to_owned()),
        (Shape::List, other) => Some(format!("a list: it is {}", named(other))),
        (_, Kind::Object) => {
            // Nulls are read leniently, as unknown values are.
            let lacking: Vec<&str> =
                required.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(name, _)| *name).collect();
            if !lacking.is_empty() {
                return Some(format!("an object with {}: it lacks {}", required.join(", "), lacking.join(", ")));
            }
            let strange = !known.is_empty() && found.iter().skip(required.len()).all(Option::is_none);
            strange.then(|| "an object of this operation: it has none of the members".to_owned())
        }
        (_, other) => Some(format!("an object: it is {}", named(other))),
    }
}

fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Scalar => "a single value",
        Kind::Array => "a list",
        Kind::Object => "an object",
    }
}

/// The kind of a document, and the kinds of the named members that it has.
fn outline(body: &[u8], names: &[&str]) -> Option<(Kind, Vec<Option<Kind>>)> {
    let mut members = vec![None; names.len()];
    let mut reader = serde_json::Deserializer::from_slice(body);
    let kind = Outline { names, members: &mut members }.deserialize(&mut reader).ok()?;
    Some((kind, members))
}

/// Reads the kind of a value, and of the members of those names.
struct Outline<'a> {
    names: &'a [&'a str],
    members: &'a mut [Option<Kind>],
}

impl<'de> DeserializeSeed<'de> for Outline<'_> {
    type Value = Kind;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Outline<'_> {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_str<E>(self, _: &str) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Kind::Array)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Kind, A::Error> {
        while let Some(index) = members.next_key_seed(Position(self.names))? {
            match index.and_then(|index| self.members.get_mut(index)) {
                Some(member) => *member = Some(members.next_value_seed(Outline { names: &[], members: &mut [] })?),
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Kind::Object)
    }
}

/// The position of a member's name among the names.
struct Position<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Position<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Position<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|known| *known == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: Shape = Shape::Object { required: &["session_id", "url"], known: &[] };
    const LOOSE: Shape = Shape::Object { required: &[], known: &["message", "email"] };

    fn nested(depth: usize) -> String {
        "[".repeat(depth) + &"]".repeat(depth)
    }

    #[test]
    fn the_kind_and_the_members_that_are_always_there_are_looked_at_and_nothing_else() {
        for (body, shape, wrong) in [
            (r#"{"session_id":"a","url":"b","new":[1,{"x":null}]}"#, &SESSION, None),
            (r#"{"session_id":{"odd":1},"url":5}"#, &SESSION, None),
            (r#"{"session_id":"a","url":null}"#, &SESSION, None),
            (r#"{"session_id":"a"}"#, &SESSION, Some("an object with session_id, url: it lacks url")),
            (r#"{"detail":"no"}"#, &SESSION, Some("an object with session_id, url: it lacks session_id, url")),
            ("null", &SESSION, Some("an object: it is null")),
            ("[]", &SESSION, Some("an object: it is a list")),
            ("7", &SESSION, Some("an object: it is a single value")),
            (r#""session_id""#, &SESSION, Some("an object: it is a single value")),
            (r#"{"email":null}"#, &LOOSE, None),
            ("{}", &LOOSE, Some("an object of this operation: it has none of the members")),
            ("[]", &Shape::List, None),
            (r#"{"results":[],"next":null}"#, &Shape::List, None),
            (r#"{"results":{}}"#, &Shape::List, Some("a list: it has no results")),
            (r#"{"detail":"no"}"#, &Shape::List, Some("a list: it has no results")),
            ("null", &Shape::List, Some("a list: it is null")),
            ("null", &Shape::Any, None),
            (&nested(500), &Shape::Any, None),
            (&nested(501), &Shape::Any, Some("what can be read: it is nested deeper than 500 levels")),
            (&format!("[{}]", r#""[\"[","]","#.repeat(600) + "0"), &Shape::Any, None),
            ("{}", &Shape::Object { required: &[], known: &[] }, None),
        ] {
            assert_eq!(problem(body.as_bytes(), shape).as_deref(), wrong, "{body}");
        }
    }
}
