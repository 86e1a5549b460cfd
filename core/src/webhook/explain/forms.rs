//! The JSON texts that other writers make of a body, each with the mistake of signing it.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher};
use std::vec;

use super::Cause;
use super::document::Document;
use super::number::Numbers;
use super::search::Budget;
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

/// The other JSON texts of a document, none twice, each written when it is asked for.
pub(super) struct Forms<'d, 'b> {
    document: &'d Document<'b>,
    limit: usize,
    styles: vec::IntoIter<(Cause, Style)>,
    /// Hashes of the texts that have been made.
    made: HashSet<u64>,
}

impl<'d, 'b> Forms<'d, 'b> {
    pub(super) fn of(document: &'d Document<'b>, limit: usize, budget: &mut Budget) -> Self {
        let tree = document.tree(budget);
        let mut unlike: Vec<(Cause, Style)> = Vec::new();
        for (cause, style) in tree.map(|_| styles()).unwrap_or_default() {
            let simplest = |style| tree.map_or(style, |tree| tree.simplest(style));
            let style = simplest(style);
            // The canonical form has each name once, which no other writer's text has to have.
            let is_known = !document.has_duplicates && [Style::CANONICAL, Style::WIRE].map(simplest).contains(&style);
            if !is_known && unlike.iter().all(|(_, other)| *other != style) {
                unlike.push((cause, style));
            }
        }
        Self { document, limit, styles: unlike.into_iter(), made: HashSet::new() }
    }

    /// The next text, with the mistake of signing it. `None`: there is none, or none that the budget allows.
    pub(super) fn next(&mut self, budget: &mut Budget) -> Option<(Cause, Vec<u8>)> {
        let document = self.document;
        let known = [document.body, &document.canonical, &document.wire];
        let tree = document.tree(budget)?;
        for (cause, style) in self.styles.by_ref() {
            let Some(text) = tree.write_within(style, self.limit, budget) else { continue };
            let mut hasher = DefaultHasher::new();
            hasher.write(&text);
            if !known.contains(&text.as_slice()) && self.made.insert(hasher.finish()) {
                return Some((cause, text));
            }
        }
        None
    }
}

/// Whether JavaScript would write exactly these bytes for the tree.
pub(super) fn is_javascript(tree: &Tree<'_>, body: &[u8]) -> bool {
    [Order::JavaScript, Order::JavaScriptSorted]
        .into_iter()
        .any(|order| tree.write(Style { order, ..JAVASCRIPT }, body.len()).as_deref() == Some(body))
}
