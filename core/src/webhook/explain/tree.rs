//! A parsed body, and JSON texts of it in the spellings of other writers.
//!
//! Nodes lie in one list and say only where they stand in the body, so that neither building, writing nor dropping
//! recurses, and a node takes no more than eight bytes.

use std::borrow::Cow;

use super::number::{Numbers, is_integer};
use crate::canonical::decode;

/// A value or the name of a member.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// Where its text starts, whose first byte tells what it is.
    pub(super) start: u32,
    /// Of a container the place behind the last node in it, of others where the text ends.
    pub(super) end: u32,
}

/// A parsed body: the root, and behind every container what is in it, each member's name before its value.
#[derive(Debug)]
pub(super) struct Tree<'b> {
    pub(super) json: &'b [u8],
    pub(super) nodes: Vec<Node>,
    pub(super) is_plain: Plain,
}

/// What the values have nothing of, so that styles which differ in nothing else make the same text of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain {
    /// Every number is an integer that all languages print as it is written.
    pub(super) numbers: bool,
    /// No name is written at another place, or lost, by a language that has an order of its own.
    pub(super) names: bool,
    /// The members of every object are sorted.
    pub(super) order: bool,
    /// No object is taken for a list.
    pub(super) objects: bool,
    /// There is no slash.
    pub(super) slashes: bool,
    /// Everything is ASCII.
    pub(super) ascii: bool,
}

/// In which order members are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Kept,
    CodePoints,
    /// By code points, and of members with one name only the first.
    First,
    /// Integer-like names first, the others in the order of the input.
    JavaScript,
    /// Integer-like names first, the others sorted by UTF-16, `__proto__` lost: the guide's sample.
    JavaScriptSorted,
    /// PHP's `ksort`.
    Php,
}

/// White space between tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Compact,
    /// `, ` and `: `.
    Spaced,
    /// One member a line, indented by so many spaces.
    Indented(usize),
}

/// How a writer spells JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) order: Order,
    pub(super) layout: Layout,
    /// Other characters than ASCII become `\u` escapes.
    pub(super) ascii: bool,
    /// `/` becomes `\/`.
    pub(super) slashes: bool,
    pub(super) numbers: Numbers,
    /// Objects that PHP takes for lists, the empty one above all, are written as arrays.
    pub(super) lists: bool,
}

impl Style {
    /// The canonical form.
    pub(super) const CANONICAL: Self = Self {
        order: Order::CodePoints,
        layout: Layout::Compact,
        ascii: false,
        slashes: false,
        numbers: Numbers::Canonical,
        lists: false,
    };

    /// The form in which Didit sends: canonical, with `\u` escapes.
    pub(super) const WIRE: Self = Self { ascii: true, ..Self::CANONICAL };
}

impl<'b> Tree<'b> {
    /// The tree of a JSON text that `canonicalize` accepts. Empty if the text is longer than 4 GiB.
    pub(super) fn of(json: &'b [u8]) -> Self {
        let is_plain =
            Plain { numbers: true, names: true, order: true, objects: true, slashes: true, ascii: json.is_ascii() };
        let mut tree = Self { json, nodes: Vec::new(), is_plain };
        if u32::try_from(json.len()).is_err() {
            return tree;
        }
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        while let Some(byte) = json.get(at) {
            let (start, end) = (at, token_end(json, at));
            at = end;
            match byte {
                b' ' | b'\n' | b'\t' | b'\r' | b',' | b':' => continue,
                b'}' | b']' => {
                    let behind = narrow(tree.nodes.len());
                    if let Some(container) = open.pop().and_then(|place| tree.nodes.get_mut(place)) {
                        container.end = behind;
                    }
                    continue;
                }
                b'{' | b'[' => open.push(tree.nodes.len()),
                _ => {}
            }
            tree.nodes.push(Node { start: narrow(start), end: narrow(end) });
        }
        tree.look();
        tree
    }

    /// Sees what is plain.
    fn look(&mut self) {
        let mut plain = self.is_plain;
        for (place, node) in self.nodes.iter().enumerate() {
            let token = self.token(*node);
            match token.first() {
                Some(b'"') => {
                    plain.slashes &= !token.contains(&b'/');
                    // An escape may stand for anything.
                    if token.contains(&b'\\') {
                        let text = decode(inside(token));
                        plain.slashes &= !text.contains('/');
                        plain.ascii &= text.is_ascii();
                    }
                }
                Some(b'{') => {
                    plain.objects &= place + 1 < widen(node.end);
                    let mut last: Option<Cow<'_, str>> = None;
                    for (name, _) in self.members(place) {
                        let name = self.text(name);
                        plain.objects &= name != "0" && name != "__proto__";
                        plain.names &= name.is_ascii()
                            && name.starts_with(|c: char| c.is_ascii_lowercase())
                            && name != "__proto__";
                        plain.order &= last.is_none_or(|last| last < name);
                        last = Some(name);
                    }
                }
                Some(b'-' | b'0'..=b'9') => {
                    plain.numbers &= token.len() <= 15 && token != b"-0" && str::from_utf8(token).is_ok_and(is_integer);
                }
                _ => {}
            }
        }
        self.is_plain = plain;
    }

    /// The first among the styles that make the same text of this tree.
    pub(super) fn simplest(&self, mut style: Style) -> Style {
        let plain = self.is_plain;
        style.ascii &= !plain.ascii;
        style.slashes &= !plain.slashes;
        style.lists &= !plain.objects;
        if plain.numbers {
            style.numbers = Numbers::Canonical;
        }
        if plain.names {
            style.order = match style.order {
                Order::JavaScript => Order::Kept,
                Order::JavaScriptSorted | Order::Php => Order::CodePoints,
                order => order,
            };
        }
        if plain.order && style.order == Order::Kept {
            style.order = Order::CodePoints;
        }
        style
    }

    /// The text, if the body is nothing but a string.
    pub(super) fn root_string(&self) -> Option<String> {
        let token = self.token(*self.nodes.first()?);
        token.starts_with(b"\"").then(|| decode(inside(token)).into_owned())
    }

    /// The text of a value that is no container.
    pub(super) fn token(&self, node: Node) -> &'b [u8] {
        let start = widen(node.start);
        let end = if self.is_container(node) { start + 1 } else { widen(node.end) };
        self.json.get(start..end).unwrap_or_default()
    }

    pub(super) fn is_container(&self, node: Node) -> bool {
        matches!(self.json.get(widen(node.start)), Some(b'{' | b'['))
    }

    /// The content of a name.
    pub(super) fn text(&self, place: usize) -> Cow<'b, str> {
        self.nodes.get(place).map(|node| decode(inside(self.token(*node)))).unwrap_or_default()
    }

    /// The places of what stands in a container itself.
    pub(super) fn children(&self, container: usize) -> Children<'_> {
        Children { tree: self, at: container + 1, end: self.nodes.get(container).map_or(0, |node| widen(node.end)) }
    }

    /// The places of an object's names and values.
    pub(super) fn members(&self, object: usize) -> impl Iterator<Item = (usize, usize)> {
        let mut children = self.children(object);
        std::iter::from_fn(move || children.next().zip(children.next()))
    }
}

/// The places of what stands in a container.
pub(super) struct Children<'t> {
    pub(super) tree: &'t Tree<'t>,
    pub(super) at: usize,
    pub(super) end: usize,
}

impl Iterator for Children<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let place = (self.at < self.end).then_some(self.at)?;
        let node = *self.tree.nodes.get(place)?;
        self.at = if self.tree.is_container(node) { widen(node.end) } else { place + 1 };
        Some(place)
    }
}

/// A position in a text whose length fits.
pub(super) fn narrow(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

pub(super) fn widen(position: u32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// A string's text without its quotes.
pub(super) fn inside(token: &[u8]) -> &[u8] {
    token.get(1..token.len().saturating_sub(1)).unwrap_or_default()
}

/// Behind the token that starts at `start`.
pub(super) fn token_end(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    let rest = || json.get(start + 1..).unwrap_or_default();
    match json.get(start) {
        Some(b'"') => {
            while let Some(byte) = json.get(at) {
                match byte {
                    b'"' => return at + 1,
                    b'\\' => at += 2,
                    _ => at += 1,
                }
            }
            json.len()
        }
        Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => {
            let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\t' | b'\r');
            at + rest().iter().position(ends).unwrap_or(rest().len())
        }
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Layout, Numbers, Order, Style, Tree};

    fn trees() -> impl Strategy<Value = String> {
        let number =
            prop::sample::select(vec!["0", "-0", "7", "95.0", "1e17", "1e-7", "12345678901234567890", "-1.50"]);
        let string = "([a-z0-9/_]|\u{e9}|\u{1f600}|\\\\u00e9|\\\\/|\\\\n){0,3}".prop_map(|text| format!("\"{text}\""));
        let name = "([a-c]{1,2}|[0-9]{1,2}|__proto__|-1|1a|A|\u{e9}|\u{ffff}|\u{1f600})"
            .prop_map(|text| format!("\"{text}\""));
        let leaf = prop_oneof![number.prop_map(str::to_owned), string, Just("null".to_owned())];
        leaf.prop_recursive(4, 40, 8, move |inner| {
            let array = prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(",")));
            // No name twice, as in all that Didit sends.
            let members = prop::collection::btree_map(name.clone(), inner, 0..8);
            let object = (members, any::<bool>()).prop_map(|(members, is_reversed)| {
                let mut members: Vec<String> =
                    members.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
                if is_reversed {
                    members.reverse();
                }
                format!("{{{}}}", members.join(" ,"))
            });
            prop_oneof![array, object]
        })
    }

    fn styles() -> impl Strategy<Value = Style> {
        use Order::{CodePoints, First, JavaScript, JavaScriptSorted, Kept, Php};
        let orders = vec![Kept, CodePoints, First, JavaScript, JavaScriptSorted, Php];
        let layouts = vec![Layout::Compact, Layout::Spaced, Layout::Indented(2)];
        let numbers = vec![Numbers::Canonical, Numbers::Python, Numbers::JavaScript, Numbers::Php];
        let flags = (any::<bool>(), any::<bool>(), any::<bool>());
        (prop::sample::select(orders), prop::sample::select(layouts), prop::sample::select(numbers), flags).prop_map(
            |(order, layout, numbers, (ascii, slashes, lists))| Style { order, layout, ascii, slashes, numbers, lists },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        #[test]
        fn the_simplest_style_makes_the_same_text(json in trees(), style in styles()) {
            let tree = Tree::of(json.as_bytes());
            let simplest = tree.simplest(style);
            let texts = [style, simplest].map(|style| tree.write(style, usize::MAX).map(String::from_utf8));
            prop_assert_eq!(&texts[0], &texts[1], "{} {:?}", json, simplest);
        }

        #[test]
        fn the_canonical_style_is_the_canonical_form(json in trees()) {
            let canonical = crate::canonicalize(json.as_bytes()).expect("JSON");
            let written = Tree::of(json.as_bytes()).write(Style::CANONICAL, usize::MAX);
            prop_assert_eq!(written.as_deref(), Some(canonical.as_bytes()));
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_none() {
        let tree = Tree::of(br#"{"a":[1,2],"b":[]}"#);
        let indented = Style { layout: Layout::Indented(2), ..Style::CANONICAL };
        let text = tree.write(indented, 100).expect("short enough");
        assert_eq!(text, b"{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": []\n}");
        assert_eq!(tree.write(indented, text.len() - 2), None);
    }

    #[test]
    fn names_that_php_compares_in_a_circle_are_sorted_somehow() {
        let names: Vec<String> = (0..60).flat_map(|at| [format!("\"{at}\":0"), format!("\"{at}a\":0")]).collect();
        let style = Style { order: Order::Php, ..Style::CANONICAL };
        for count in [3, 16, 17, 120] {
            let json = format!("{{{}}}", names.get(..count).unwrap_or_default().join(","));
            assert_eq!(Tree::of(json.as_bytes()).write(style, usize::MAX).map(|text| text.len()), Some(json.len()));
        }
    }
}
