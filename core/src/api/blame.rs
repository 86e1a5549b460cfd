//! Which argument is to blame where the arguments of a call, as JSON, say something that would not arrive as it
//! was meant.
//!
//! serde_json reads a whole number beyond 64 bits as a double, so that a long id would silently become another
//! one, and of what it refuses it names the byte only. The text was written by a JSON encoder: it is read here
//! just well enough to know where in it something stands.

/// As deep as serde_json reads.
const DEEPEST: usize = 127;

/// The name of the argument, and what is wrong with it.
pub(crate) fn blame(text: &str) -> Option<(String, &'static str)> {
    let mut place = Place::default();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let from = at;
        at += 1;
        match byte {
            b'"' => {
                at += length_of_string(bytes.get(at..)?);
                let inside = text.get(from + 1..at.saturating_sub(1)).unwrap_or_default();
                if bytes.get(at) == Some(&b':') {
                    place.name(inside);
                } else if has_half_pair(inside) {
                    return Some((place.argument(), "holds half of a surrogate pair, which no text can"));
                }
            }
            b'{' | b'[' => {
                if place.names.len() >= DEEPEST {
                    return Some((place.argument(), "is nested too deeply"));
                }
                place.names.push("");
            }
            b'}' | b']' => drop(place.names.pop()),
            b'-' | b'0'..=b'9' => {
                let more = bytes.get(at..)?.iter().take_while(|next| b"0123456789+-.eE".contains(next)).count();
                at += more;
                if does_not_fit(text.get(from..at).unwrap_or_default()) {
                    return Some((place.argument(), "holds a whole number beyond 64 bits: pass it as a string"));
                }
            }
            _ => {}
        }
    }
    None
}

/// The names of the members that lead to a place, the outermost first.
#[derive(Default)]
struct Place<'a> {
    names: Vec<&'a str>,
}

impl<'a> Place<'a> {
    fn name(&mut self, name: &'a str) {
        if let Some(last) = self.names.last_mut() {
            *last = name;
        }
    }

    /// Only the argument: the names of members below it may be data.
    fn argument(&self) -> String {
        let mut names = self.names.iter().take(2).filter(|name| !name.is_empty() && name.len() <= 100);
        match (names.next(), names.next()) {
            (Some(&"params"), Some(name)) => (*name).to_owned(),
            (Some(outer), Some(name)) => format!("{outer}.{name}"),
            (Some(only), None) => (*only).to_owned(),
            _ => String::new(),
        }
    }
}

/// The bytes up to the closing quotation mark, and it.
fn length_of_string(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn does_not_fit(number: &str) -> bool {
    let whole = !number.contains(['.', 'e', 'E']);
    whole && number.parse::<i64>().is_err() && number.parse::<u64>().is_err()
}

/// Whether an escape is half of a pair that has no other half.
fn has_half_pair(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('\\') {
        let unit = |text: &str| u16::from_str_radix(text.strip_prefix('u')?.get(..4)?, 16).ok();
        let first = unit(after);
        rest = after.get(1..).unwrap_or_default();
        match first {
            Some(0xD800..=0xDBFF) => {
                let second = rest.get(4..).and_then(|rest| rest.strip_prefix('\\'));
                match second.and_then(unit) {
                    Some(0xDC00..=0xDFFF) => rest = rest.get(10..).unwrap_or_default(),
                    _ => return true,
                }
            }
            Some(0xDC00..=0xDFFF) => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_argument_is_named_and_nothing_below_it() {
        let deep = format!(r#"{{"params":{{"metadata":{}{}}}}}"#, "[".repeat(200), "]".repeat(200));
        for (text, name) in [
            (r#"{"params":{"id":"a\\\"b","metadata":{"Alex":[1,1000000000000000000000000000000]}}}"#, Some("metadata")),
            (r#"{"params":{"vendor_data":"\ud800"}}"#, Some("vendor_data")),
            (r#"{"params":{"vendor_data":"\udc00\ud800"}}"#, Some("vendor_data")),
            (r#"{"params":{"vendor_data":"\\ud800 \ud83d\ude00 \u00fc"}}"#, None),
            (r#"{"params":{},"extra_body":{"n":-99999999999999999999}}"#, Some("extra_body.n")),
            (r#"{"params":{"n":18446744073709551615,"m":1e400,"x":-9223372036854775808}}"#, None),
            (&deep, Some("metadata")),
            ("[1", None),
            (r#"{"params":{"a":"#, None),
            (r#"{"params":{"a":"x"#, None),
            ("", None),
        ] {
            assert_eq!(blame(text).map(|(name, _)| name).as_deref(), name, "{text}");
        }
    }
}
