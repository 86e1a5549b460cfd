//! A parsed body, and JSON texts of it in the spellings of other writers.
//!
//! Nodes lie in one list and say only where they stand in the body, so that neither building, writing nor dropping
//! recurses, and a node takes no more than eight bytes.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::vec;

use super::number::{Numbers, is_integer};
use super::search::Budget;
use crate::canonical::decode;

/// A value or the name of a member.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// Where its text starts, whose first byte tells what it is.
    start: u32,
    /// Of a container the place behind the last node in it, of others where the text ends.
    end: u32,
}

/// A parsed body: the root, and behind every container what is in it, each member's name before its value.
#[derive(Debug)]
pub(super) struct Tree<'b> {
    json: &'b [u8],
    nodes: Vec<Node>,
    is_plain: Plain,
}

/// What the values have nothing of, so that styles which differ in nothing else make the same text of them.
#[derive(Debug, Clone, Copy)]
struct Plain {
    /// Every number is an integer that all languages print as it is written.
    numbers: bool,
    /// No name is written at another place, or lost, by a language that has an order of its own.
    names: bool,
    /// The members of every object are sorted.
    order: bool,
    /// No object is taken for a list.
    objects: bool,
    /// There is no slash.
    slashes: bool,
    /// Everything is ASCII.
    ascii: bool,
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
    fn token(&self, node: Node) -> &'b [u8] {
        let start = widen(node.start);
        let end = if self.is_container(node) { start + 1 } else { widen(node.end) };
        self.json.get(start..end).unwrap_or_default()
    }

    fn is_container(&self, node: Node) -> bool {
        matches!(self.json.get(widen(node.start)), Some(b'{' | b'['))
    }

    /// The content of a name.
    fn text(&self, place: usize) -> Cow<'b, str> {
        self.nodes.get(place).map(|node| decode(inside(self.token(*node)))).unwrap_or_default()
    }

    /// The places of what stands in a container itself.
    fn children(&self, container: usize) -> Children<'_> {
        Children { tree: self, at: container + 1, end: self.nodes.get(container).map_or(0, |node| widen(node.end)) }
    }

    /// The places of an object's names and values.
    fn members(&self, object: usize) -> impl Iterator<Item = (usize, usize)> {
        let mut children = self.children(object);
        std::iter::from_fn(move || children.next().zip(children.next()))
    }

    /// The JSON text in that style; `None` if it is longer than `limit`.
    pub(super) fn write(&self, style: Style, limit: usize) -> Option<Vec<u8>> {
        self.write_within(style, limit, &mut Budget::endless())
    }

    /// The JSON text in that style; `None` if it is longer than `limit`, or than the budget allows.
    pub(super) fn write_within(&self, style: Style, limit: usize, budget: &mut Budget) -> Option<Vec<u8>> {
        let colon: &[u8] = if style.layout == Layout::Compact { b":" } else { b": " };
        let comma: &[u8] = if style.layout == Layout::Spaced { b", " } else { b"," };
        let line = |depth: usize, text: &mut Vec<u8>| {
            if let Layout::Indented(width) = style.layout {
                text.push(b'\n');
                text.resize(text.len() + width * depth, b' ');
            }
        };
        let mut text = Vec::new();
        let mut open: Vec<Open<'_>> = Vec::new();
        let mut value = Some(0);
        let mut paid = 0;
        loop {
            if text.len() > limit || !budget.spend((text.len() - paid) * COST_OF_BYTE) {
                return None;
            }
            #[cfg(test)]
            super::search::work::add(text.len() - paid);
            paid = text.len();
            if let Some(place) = value.take() {
                let node = *self.nodes.get(place)?;
                let token = self.token(node);
                if !budget.spend(COST_OF_NODE) {
                    return None;
                }
                match token.first()? {
                    b'{' | b'[' => {
                        let container = self.open(place, token == b"{", style, budget)?;
                        text.push(container.brackets[0]);
                        open.push(container);
                    }
                    b'"' => quote(inside(token), style, &mut text),
                    b'-' | b'0'..=b'9' => self.number(token, style.numbers, &mut text, budget)?,
                    _ => text.extend_from_slice(token),
                }
            }
            let depth = open.len();
            let Some(container) = open.last_mut() else { return Some(text) };
            let Some((name, child)) = container.next() else {
                if !container.is_empty {
                    line(depth - 1, &mut text);
                }
                text.push(container.brackets[1]);
                open.pop();
                continue;
            };
            if !container.is_empty {
                text.extend_from_slice(comma);
            }
            container.is_empty = false;
            line(depth, &mut text);
            if let Some(name) = name.and_then(|name| self.nodes.get(name)) {
                quote(inside(self.token(*name)), style, &mut text);
                text.extend_from_slice(colon);
            }
            value = Some(child);
        }
    }

    /// What is written of a container.
    fn open(&self, place: usize, is_object: bool, style: Style, budget: &mut Budget) -> Option<Open<'_>> {
        let (content, brackets) = if !is_object {
            (Content::Array(self.children(place)), *b"[]")
        } else if !style.lists && self.keeps(style.order) {
            (Content::Object(self.children(place)), *b"{}")
        } else {
            let members = self.ordered(place, style.order, budget)?;
            let is_list =
                style.lists && members.iter().enumerate().all(|(at, (name, _))| self.text(*name) == at.to_string());
            let members = members.into_iter();
            if is_list { (Content::List(members), *b"[]") } else { (Content::Sorted(members), *b"{}") }
        };
        Some(Open { content, brackets, is_empty: true })
    }

    /// Whether members stay where they are in that order.
    fn keeps(&self, order: Order) -> bool {
        match order {
            Order::Kept => true,
            Order::CodePoints | Order::First => self.is_plain.order,
            Order::JavaScript => self.is_plain.names,
            Order::JavaScriptSorted | Order::Php => self.is_plain.order && self.is_plain.names,
        }
    }

    /// The places of an object's names and values, in that order.
    fn ordered(&self, object: usize, order: Order, budget: &mut Budget) -> Option<Vec<(usize, usize)>> {
        let mut members: Vec<Named<'_>> = Vec::new();
        let mut length = 0;
        for (name, value) in self.members(object) {
            let text = self.text(name);
            length += text.len() + COST_OF_NODE;
            members.push((text, name, value));
        }
        // As often as each is compared.
        let comparisons = members.len().checked_ilog2().unwrap_or_default() as usize + 1;
        if !budget.spend(length.saturating_mul(comparisons)) {
            return None;
        }
        match order {
            Order::Kept => {}
            Order::CodePoints => members.sort_by(|(a, ..), (b, ..)| a.cmp(b)),
            Order::First => {
                members.sort_by(|(a, ..), (b, ..)| a.cmp(b));
                members.dedup_by(|(later, ..), (first, ..)| later == first);
            }
            Order::JavaScript => members.sort_by_cached_key(|(name, ..)| array_index(name).unwrap_or(u32::MAX)),
            Order::JavaScriptSorted => {
                members.retain(|(name, ..)| *name != "__proto__");
                members.sort_by(|(a, ..), (b, ..)| a.encode_utf16().cmp(b.encode_utf16()));
                members.sort_by_cached_key(|(name, ..)| array_index(name).unwrap_or(u32::MAX));
            }
            Order::Php => sort_as_php(&mut members),
        }
        Some(members.into_iter().map(|(_, name, value)| (name, value)).collect())
    }

    fn number(&self, token: &[u8], numbers: Numbers, text: &mut Vec<u8>, budget: &mut Budget) -> Option<()> {
        if self.is_plain.numbers || numbers == Numbers::Kept {
            text.extend_from_slice(token);
            return Some(());
        }
        let literal = str::from_utf8(token).ok()?;
        if is_integer(literal) && literal.len() <= 15 && literal != "-0" {
            text.extend_from_slice(token);
            return Some(());
        }
        let units = token.len().saturating_mul(COST_OF_DIGIT).saturating_add(COST_OF_NUMBER);
        budget.spend(units).then(|| text.extend_from_slice(numbers.spell(literal).as_bytes()))
    }
}

/// What writing takes, in the budget's units: measured, and rounded up.
const COST_OF_BYTE: usize = 2;
const COST_OF_NODE: usize = 8;
const COST_OF_NUMBER: usize = 64;
const COST_OF_DIGIT: usize = 8;

/// The places of what stands in a container.
struct Children<'t> {
    tree: &'t Tree<'t>,
    at: usize,
    end: usize,
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

/// What is still to be written of a container.
enum Content<'t> {
    Array(Children<'t>),
    Object(Children<'t>),
    Sorted(vec::IntoIter<(usize, usize)>),
    List(vec::IntoIter<(usize, usize)>),
}

/// A container that is being written.
struct Open<'t> {
    content: Content<'t>,
    brackets: [u8; 2],
    /// Nothing in it has been written yet.
    is_empty: bool,
}

impl Open<'_> {
    /// The place of the next name, if there is one, and of the value.
    fn next(&mut self) -> Option<(Option<usize>, usize)> {
        match &mut self.content {
            Content::Array(children) => children.next().map(|child| (None, child)),
            Content::Object(children) => children.next().zip(children.next()).map(|(name, child)| (Some(name), child)),
            Content::Sorted(members) => members.next().map(|(name, child)| (Some(name), child)),
            Content::List(members) => members.next().map(|(_, child)| (None, child)),
        }
    }
}

/// A position in a text whose length fits.
fn narrow(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

fn widen(position: u32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// A string's text without its quotes.
fn inside(token: &[u8]) -> &[u8] {
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

/// The number that JavaScript takes a name for.
fn array_index(name: &str) -> Option<u32> {
    let is_digits = name.len() <= 10 && name.bytes().all(|byte| byte.is_ascii_digit());
    let index: u32 = if is_digits { name.parse().ok().filter(|index| *index < u32::MAX)? } else { return None };
    (name == "0" || !name.starts_with('0')).then_some(index)
}

/// The number that PHP takes a name for.
fn php_number(name: &str) -> Option<f64> {
    name.parse().ok().filter(|_| name.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
}

/// A member's name, and the places of it and of its value.
type Named<'t> = (Cow<'t, str>, usize, usize);

/// Sorts numbers by value, and everything else by bytes.
fn sort_as_php(members: &mut Vec<Named<'_>>) {
    /// Up to so many members PHP inserts one after the other.
    const FEW: usize = 16;
    // "10", "1a" and "9" go round in a circle, which no sort of the standard library may be given.
    let mut numbered: Vec<_> = members.drain(..).map(|member| (php_number(&member.0), member)).collect();
    if numbered.len() > FEW {
        let rank = |number: Option<f64>, name: &str| match number {
            Some(_) => 1,
            None if name < "0" => 0,
            None => 2,
        };
        numbered.sort_by(|(a, (left, ..)), (b, (right, ..))| {
            rank(*a, left).cmp(&rank(*b, right)).then_with(|| php_order((*a, left), (*b, right)))
        });
        members.extend(numbered.into_iter().map(|(_, member)| member));
        return;
    }
    let mut sorted: Vec<(Option<f64>, Named<'_>)> = Vec::with_capacity(numbered.len());
    for (number, member) in numbered {
        let is_before =
            |(other, (name, ..)): &(Option<f64>, Named<'_>)| php_order((*other, name), (number, &member.0)).is_le();
        let place = sorted.iter().rposition(is_before).map_or(0, |last| last + 1);
        sorted.insert(place, (number, member));
    }
    members.extend(sorted.into_iter().map(|(_, member)| member));
}

/// Numbers by value, everything else by bytes.
fn php_order(left: (Option<f64>, &str), right: (Option<f64>, &str)) -> Ordering {
    match (left, right) {
        ((Some(left), _), (Some(right), _)) => left.total_cmp(&right),
        ((_, left), (_, right)) => left.cmp(right),
    }
}

/// Writes a string with its quotes, whose content is written in JSON already.
fn quote(written: &[u8], style: Style, text: &mut Vec<u8>) {
    let is_kept = !written.contains(&b'\\')
        && (!style.ascii || written.is_ascii())
        && (!style.slashes || !written.contains(&b'/'));
    text.push(b'"');
    if is_kept {
        text.extend_from_slice(written);
    } else {
        quote_content(&decode(written), style, text);
    }
    text.push(b'"');
}

fn quote_content(content: &str, style: Style, text: &mut Vec<u8>) {
    for character in content.chars() {
        match character {
            '"' => text.extend_from_slice(b"\\\""),
            '\\' => text.extend_from_slice(b"\\\\"),
            '\u{8}' => text.extend_from_slice(b"\\b"),
            '\t' => text.extend_from_slice(b"\\t"),
            '\n' => text.extend_from_slice(b"\\n"),
            '\u{c}' => text.extend_from_slice(b"\\f"),
            '\r' => text.extend_from_slice(b"\\r"),
            '/' if style.slashes => text.extend_from_slice(b"\\/"),
            '\0'..='\u{1f}' => escape(character, text),
            // Python escapes U+007F, PHP does not.
            _ if style.ascii && (!character.is_ascii() || character == '\u{7f}' && !style.slashes) => {
                escape(character, text);
            }
            _ => text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Writes a character as one `\u` escape, or two.
pub(super) fn escape(character: char, text: &mut Vec<u8>) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        text.extend_from_slice(b"\\u");
        for shift in [12, 8, 4, 0] {
            let digit = u32::from(*unit >> shift & 0xf);
            text.extend(char::from_digit(digit, 16).and_then(|digit| u8::try_from(digit).ok()));
        }
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
