//! JSON texts of a tree in the spellings of other writers.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::vec;

use super::number::{Numbers, is_integer};
use super::search::Budget;
use super::tree::{Children, Layout, Order, Style, Tree, inside};
use crate::canonical::decode;

impl Tree<'_> {
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

/// A member's name, and the places of it and of its value.
type Named<'t> = (Cow<'t, str>, usize, usize);

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
