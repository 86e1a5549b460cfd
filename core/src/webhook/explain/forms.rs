//! The JSON texts that other writers make of a body, each with the mistake of signing it.

use super::Cause;
use super::number::Numbers;
use super::tree::{Layout, Order, Style, Tree};

const PYTHON: Style = Style { order: Order::Kept, numbers: Numbers::Python, ..Style::CANONICAL };
const JAVASCRIPT: Style = Style { order: Order::JavaScript, numbers: Numbers::JavaScript, ..Style::CANONICAL };
const PHP: Style = Style { ascii: true, slashes: true, numbers: Numbers::Php, lists: true, ..Style::CANONICAL };

/// The spellings that are tried, those that differ least from the canonical form first.
fn styles() -> Vec<(Cause, Style)> {
    let mut styles = vec![(Cause::SignedEscaped, Style::WIRE)];
    for ascii in [false, true] {
        styles.push((Cause::SignedFloats, Style { ascii, order: Order::CodePoints, ..PYTHON }));
        styles.push((Cause::SignedUnsorted, Style { ascii, order: Order::Kept, ..Style::CANONICAL }));
        styles.push((Cause::SignedFloats, Style { ascii, ..PYTHON }));
    }
    styles.push((Cause::SignedJavascript, Style { order: Order::JavaScriptSorted, ..JAVASCRIPT }));
    styles.push((Cause::SignedJavascript, JAVASCRIPT));
    for order in [Order::Php, Order::CodePoints, Order::Kept] {
        styles.push((Cause::SignedPhp, Style { order, ..PHP }));
        styles.push((Cause::SignedPhp, Style { order, slashes: false, ..PHP }));
        styles.push((Cause::SignedPhp, Style { order, ascii: false, ..PHP }));
        styles.push((Cause::SignedPhp, Style { order, ascii: false, slashes: false, ..PHP }));
    }
    for (cause, layout) in [
        (Cause::SignedSpaced, Layout::Spaced),
        (Cause::SignedPretty, Layout::Indented(2)),
        (Cause::SignedPretty, Layout::Indented(4)),
    ] {
        for order in [Order::CodePoints, Order::Kept] {
            for ascii in [true, false] {
                for numbers in [Numbers::Canonical, Numbers::Python] {
                    let style = Style { order, layout, ascii, numbers, ..Style::CANONICAL };
                    styles.push((cause, style));
                }
            }
        }
    }
    styles
}

/// Every other JSON text of the tree, none twice, each with the mistake of signing it.
pub(super) fn others(tree: &Tree, known: &[&[u8]], limit: usize) -> Vec<(Cause, Vec<u8>)> {
    let mut forms: Vec<(Cause, Vec<u8>)> = Vec::new();
    for (cause, style) in styles() {
        let Some(text) = tree.write(style, limit) else { continue };
        if !known.contains(&text.as_slice()) && forms.iter().all(|(_, form)| *form != text) {
            forms.push((cause, text));
        }
    }
    forms
}

/// Whether JavaScript would write exactly these bytes for the tree.
pub(super) fn is_javascript(tree: &Tree, body: &[u8]) -> bool {
    [Order::JavaScript, Order::JavaScriptSorted]
        .into_iter()
        .any(|order| tree.write(Style { order, ..JAVASCRIPT }, body.len()).as_deref() == Some(body))
}
