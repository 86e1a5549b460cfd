//! How a body that was written anew differs from the bytes that were signed.

use super::Cause;
use super::body::without_returns;
use super::forms::is_javascript;
use super::number::Numbers;
use super::tree::{Order, Style, Tree};

/// The most telling difference between the body and the original, and the others in words.
pub(super) fn rewriting(body: &[u8], original: &[u8]) -> (Cause, String) {
    if body.trim_ascii() == original.trim_ascii() {
        return (Cause::BodyNewline, String::new());
    }
    if body.strip_prefix(b"\xef\xbb\xbf").is_some_and(|rest| rest == original) {
        return (Cause::BodyBom, String::new());
    }
    if without_returns(body) == without_returns(original) {
        return (Cause::BodyLineEnds, String::new());
    }
    let (ours, theirs) = (Tree::of(body), Tree::of(original));
    let differs = |style| ours.write(style, usize::MAX) != theirs.write(style, usize::MAX);
    let is_reordered = differs(Style { order: Order::Kept, ..Style::CANONICAL });
    let has_other_numbers = differs(Style { numbers: Numbers::Kept, ..Style::CANONICAL });
    let (layout, lost_layout) = (space(body), space(original));
    let count = |text: &[u8], wanted: &[u8]| text.windows(wanted.len()).filter(|found| *found == wanted).count();
    let has_slashes = count(body, b"\\/") > count(original, b"\\/");
    let characters = |text: &[u8]| text.iter().filter(|byte| !byte.is_ascii()).count();
    let differences = [
        (Cause::BodyPhp, has_slashes, "slashes are escaped"),
        (
            Cause::BodyJavascript,
            (is_reordered || has_other_numbers) && is_javascript(&ours, body),
            "JavaScript wrote it",
        ),
        (Cause::BodyPretty, layout == Space::Lines && lost_layout != layout, "it is indented"),
        (Cause::BodySpaced, layout != lost_layout && layout != Space::Lines, "spaces between tokens differ"),
        (Cause::BodyReordered, is_reordered, "keys are in another order"),
        (Cause::BodyFloats, has_other_numbers, "numbers are spelled otherwise"),
        (Cause::BodyUnescaped, characters(body) > characters(original), "\\u escapes have become characters"),
        (Cause::BodyEscaped, characters(body) < characters(original), "characters have become \\u escapes"),
    ];
    let seen: Vec<_> = differences.into_iter().filter(|(_, holds, _)| *holds).collect();
    let cause = seen.first().map_or(Cause::BodyEscaped, |(cause, _, _)| *cause);
    let words: Vec<&str> = seen.iter().skip(1).map(|(_, _, words)| *words).collect();
    let details = if words.is_empty() { String::new() } else { format!("besides, {}", words.join(", ")) };
    (cause, details)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    None,
    Some,
    Lines,
}

/// The white space between the tokens.
fn space(json: &[u8]) -> Space {
    let (mut in_string, mut escaped, mut found) = (false, false, Space::None);
    for byte in json.trim_ascii() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'\n' | b'\r' if !in_string => return Space::Lines,
            b' ' | b'\t' if !in_string => found = Space::Some,
            _ => {}
        }
    }
    found
}
