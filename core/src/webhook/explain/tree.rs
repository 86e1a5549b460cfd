//! A parsed body, and JSON texts of it in the spellings of other writers.
//!
//! Nodes lie in one list, so that neither building, writing nor dropping recurses.

use std::cmp::Ordering;

use super::number::Numbers;
use crate::canonical::decode;

/// A value of the tree; containers name their children by their places in the list.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Object(Vec<(String, usize)>),
    Array(Vec<usize>),
    String(String),
    Number(String),
    Word(&'static str),
}

/// A parsed body; the first node is the root.
#[derive(Debug, Clone)]
pub(super) struct Tree(pub(super) Vec<Node>);

/// In which order members are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Kept,
    CodePoints,
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
#[derive(Debug, Clone, Copy)]
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

impl Tree {
    /// The tree of a JSON text that `canonicalize` accepts.
    pub(super) fn of(json: &[u8]) -> Self {
        let mut nodes = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut name = None;
        let mut at = 0;
        while let Some(byte) = json.get(at) {
            let end = token_end(json, at);
            let token = json.get(at..end).unwrap_or_default();
            at = end;
            let node = match byte {
                b' ' | b'\n' | b'\t' | b'\r' | b',' | b':' => continue,
                b'}' | b']' => {
                    open.pop();
                    continue;
                }
                b'"' => {
                    let text = decode(token.get(1..token.len().saturating_sub(1)).unwrap_or_default()).into_owned();
                    let in_object =
                        open.last().is_some_and(|parent| matches!(nodes.get(*parent), Some(Node::Object(_))));
                    if in_object && name.is_none() {
                        name = Some(text);
                        continue;
                    }
                    Node::String(text)
                }
                b'{' => Node::Object(Vec::new()),
                b'[' => Node::Array(Vec::new()),
                b't' => Node::Word("true"),
                b'f' => Node::Word("false"),
                b'n' => Node::Word("null"),
                _ => Node::Number(String::from_utf8_lossy(token).into_owned()),
            };
            let place = nodes.len();
            match open.last().and_then(|parent| nodes.get_mut(*parent)) {
                Some(Node::Object(members)) => members.push((name.take().unwrap_or_default(), place)),
                Some(Node::Array(elements)) => elements.push(place),
                _ => {}
            }
            if matches!(node, Node::Object(_) | Node::Array(_)) {
                open.push(place);
            }
            nodes.push(node);
        }
        Self(nodes)
    }

    /// The JSON text in that style; `None` if it is longer than `limit`.
    pub(super) fn write(&self, style: Style, limit: usize) -> Option<Vec<u8>> {
        enum Task<'t> {
            Node(usize, usize),
            Text(&'static str),
            Line(usize),
            Name(&'t str),
        }
        let (comma, colon) = if style.layout == Layout::Spaced { (", ", ": ") } else { (",", ":") };
        let colon = if let Layout::Indented(_) = style.layout { ": " } else { colon };
        let mut text = Vec::new();
        let mut tasks = vec![Task::Node(0, 0)];
        while let Some(task) = tasks.pop() {
            if text.len() > limit {
                return None;
            }
            let (place, depth) = match task {
                Task::Node(place, depth) => (place, depth),
                Task::Text(literal) => {
                    text.extend_from_slice(literal.as_bytes());
                    continue;
                }
                Task::Line(depth) => {
                    if let Layout::Indented(width) = style.layout {
                        text.push(b'\n');
                        text.resize(text.len() + width * depth, b' ');
                    }
                    continue;
                }
                Task::Name(name) => {
                    quote(name, style, &mut text);
                    continue;
                }
            };
            let (brackets, children) = match self.0.get(place)? {
                Node::Word(word) => {
                    text.extend_from_slice(word.as_bytes());
                    continue;
                }
                Node::Number(literal) => {
                    text.extend_from_slice(style.numbers.spell(literal).as_bytes());
                    continue;
                }
                Node::String(content) => {
                    quote(content, style, &mut text);
                    continue;
                }
                Node::Array(elements) => (["[", "]"], elements.iter().map(|child| (None, *child)).collect()),
                Node::Object(members) => {
                    let members = ordered(members, style.order);
                    if style.lists && members.iter().enumerate().all(|(at, (name, _))| *name == at.to_string()) {
                        (["[", "]"], members.into_iter().map(|(_, child)| (None, child)).collect())
                    } else {
                        (["{", "}"], members.into_iter().map(|(name, child)| (Some(name), child)).collect::<Vec<_>>())
                    }
                }
            };
            let [opening, closing] = brackets;
            text.extend_from_slice(opening.as_bytes());
            tasks.push(Task::Text(closing));
            if !children.is_empty() {
                tasks.push(Task::Line(depth));
            }
            for (at, (name, child)) in children.into_iter().enumerate().rev() {
                tasks.push(Task::Node(child, depth + 1));
                if let Some(name) = name {
                    tasks.push(Task::Text(colon));
                    tasks.push(Task::Name(name));
                }
                tasks.push(Task::Line(depth + 1));
                if at > 0 {
                    tasks.push(Task::Text(comma));
                }
            }
        }
        Some(text)
    }
}

/// Behind the token that starts at `start`.
fn token_end(json: &[u8], start: usize) -> usize {
    let rest = json.get(start + 1..).unwrap_or_default();
    let length = match json.get(start) {
        Some(b'"') => {
            let mut escaped = false;
            let closes = |byte: &u8| {
                let closes = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                closes
            };
            rest.iter().position(closes).map_or(rest.len(), |quote| quote + 1)
        }
        Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => {
            let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\t' | b'\r');
            rest.iter().position(ends).unwrap_or(rest.len())
        }
        _ => 0,
    };
    start + 1 + length
}

fn ordered(members: &[(String, usize)], order: Order) -> Vec<(&str, usize)> {
    let mut members: Vec<(&str, usize)> = members.iter().map(|(name, child)| (name.as_str(), *child)).collect();
    match order {
        Order::Kept => {}
        Order::CodePoints => members.sort_by_key(|(name, _)| *name),
        Order::JavaScript => members.sort_by_key(|(name, _)| array_index(name).unwrap_or(u32::MAX)),
        Order::JavaScriptSorted => {
            members.retain(|(name, _)| *name != "__proto__");
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            members.sort_by_key(|(name, _)| array_index(name).unwrap_or(u32::MAX));
        }
        Order::Php => members.sort_by(|(a, _), (b, _)| php_order(a, b)),
    }
    members
}

/// The number that JavaScript takes a name for.
fn array_index(name: &str) -> Option<u32> {
    let index: u32 = name.parse().ok().filter(|index| *index < u32::MAX)?;
    (index.to_string() == name).then_some(index)
}

/// Numbers by value, everything else by bytes.
fn php_order(left: &str, right: &str) -> Ordering {
    let number =
        |name: &str| name.parse::<f64>().ok().filter(|_| name.starts_with(|c: char| c.is_ascii_digit() || c == '-'));
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        _ => left.cmp(right),
    }
}

/// Writes a string with its quotes.
fn quote(content: &str, style: Style, text: &mut Vec<u8>) {
    text.push(b'"');
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
            '\0'..='\u{1f}' => text.extend_from_slice(format!("\\u{:04x}", u32::from(character)).as_bytes()),
            // Python escapes U+007F, PHP does not.
            _ if style.ascii && (!character.is_ascii() || character == '\u{7f}' && !style.slashes) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    text.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
            _ => text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    text.push(b'"');
}
