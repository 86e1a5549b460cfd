//! A readable body, and the messages that may have been signed for it.

use super::forms;
use super::tree::{Node, Style, Tree};
use super::{Cause, number};
use crate::canonical::{Members, Value, canonicalize_within};
use crate::webhook::{simple, time::UnixSeconds};

/// A body that is JSON.
pub(super) struct Document {
    pub(super) tree: Tree,
    pub(super) canonical: Vec<u8>,
    /// The canonical form with `\u` escapes, as Didit sends it.
    pub(super) wire: Vec<u8>,
    /// The message of the Simple signature.
    pub(super) simple: Option<Vec<u8>>,
    pub(super) has_duplicates: bool,
}

impl Document {
    pub(super) fn of(body: &[u8], limit: usize) -> Option<Self> {
        let canonical = canonicalize_within(body, limit).ok()?;
        let simple = canonical.members().and_then(|_| simple::message(&canonical).ok());
        let has_duplicates = canonical.has_duplicates();
        let canonical = canonical.into_bytes().into_owned();
        let wire = escaped(&canonical);
        Some(Self { tree: Tree::of(body), canonical, wire, simple, has_duplicates })
    }

    /// The text of a top-level member as it is put into a message; absent and null ones are empty.
    pub(super) fn field(&self, name: &str) -> String {
        match Members::scan(&self.canonical).unwrap_or_default().get(&self.canonical, name) {
            Some(Value::String(text)) => text.into_owned(),
            Some(Value::Number(text)) => text.to_owned(),
            _ => String::new(),
        }
    }

    /// The other JSON texts of the body, each with the mistake of signing it.
    pub(super) fn forms(&self, body: &[u8], limit: usize) -> Vec<(Cause, Vec<u8>)> {
        forms::others(&self.tree, &[body, &self.canonical, &self.wire], limit)
    }

    /// Messages with a time in front.
    pub(super) fn prefixed(&self, body: &[u8], header: Option<&[u8]>) -> Vec<Vec<u8>> {
        let signed = self.field("timestamp").into_bytes();
        let header = header.filter(|header| *header != signed).map(<[u8]>::to_vec);
        let mut bodies = vec![self.canonical.as_slice()];
        bodies.extend([&self.wire, body].into_iter().filter(|other| *other != self.canonical));
        let mut messages = Vec::new();
        for time in [Some(signed), header].into_iter().flatten().filter(|time| !time.is_empty()) {
            for separator in [":", ".", "", "\n"] {
                messages.extend(bodies.iter().map(|body| [&time, separator.as_bytes(), body].concat()));
            }
        }
        messages
    }

    /// Messages of other Simple formulas.
    pub(super) fn formulas(&self, header: Option<&[u8]>) -> Vec<Vec<u8>> {
        const FORMULAS: [&[&str]; 7] = [
            &["session_id", "status", "created_at"],
            &["timestamp", "session_id", "status", "webhook_type"],
            &["session_id", "status", "timestamp"],
            &["session_id", "status", "webhook_type", "timestamp"],
            &["timestamp", "session_id", "status"],
            &["session_id", "status", "webhook_type"],
            &["session_id", "status"],
        ];
        let join = |names: &[&str], separator: &str| {
            let fields: Vec<String> = names.iter().map(|name| self.field(name)).collect();
            fields.join(separator).into_bytes()
        };
        let mut messages: Vec<Vec<u8>> = FORMULAS
            .iter()
            .flat_map(|names| ["|", ":", ".", "", ","].map(|separator| join(names, separator)))
            .collect();
        // With the header's time, and with the way Python and JavaScript print what is not there.
        let envelope = |time: String, absent: &str| {
            let field = |name| Some(self.field(name)).filter(|field| !field.is_empty());
            let fields = ["session_id", "status", "webhook_type"];
            let rest = fields.map(|name| field(name).unwrap_or_else(|| absent.to_owned())).join(":");
            format!("{time}:{rest}").into_bytes()
        };
        messages.extend(header.map(|time| envelope(String::from_utf8_lossy(time).into_owned(), "")));
        messages.extend(["None", "null", "undefined"].map(|absent| envelope(self.field("timestamp"), absent)));
        messages.retain(|message| Some(message) != self.simple.as_ref() && message.len() > 8);
        messages
    }

    /// Canonical forms of the trees that this one may have been before a lossy writer, each with that writer.
    pub(super) fn before_loss(&self, limit: usize) -> impl Iterator<Item = (Cause, Vec<u8>)> {
        let canonical = move |tree: &Tree| tree.write(Style::CANONICAL, limit);
        let php = self.with_objects().filter_map(move |tree| Some((Cause::BodyPhp, canonical(&tree)?)));
        let javascript = self.with_digits().filter_map(move |tree| Some((Cause::BodyJavascript, canonical(&tree)?)));
        php.chain(javascript)
    }

    /// Trees in which some of the empty arrays are objects.
    fn with_objects(&self) -> impl Iterator<Item = Tree> {
        const MOST: usize = 10;
        let is_empty = |(place, node): (usize, &Node)| {
            matches!(node, Node::Array(elements) if elements.is_empty()).then_some(place)
        };
        let places: Vec<usize> = self.tree.0.iter().enumerate().filter_map(is_empty).collect();
        // All of them, then each choice if there are few, else each by itself.
        let all = if places.is_empty() { 0..0 } else { 0..1 };
        let choices = if places.len() <= MOST { 1..1 << places.len() } else { 0..0 };
        let single = if places.len() <= MOST { 0..0 } else { 0..places.len().min(1000) };
        let with = |chosen: Vec<usize>| {
            let mut tree = self.tree.clone();
            for place in chosen {
                if let Some(node) = tree.0.get_mut(place) {
                    *node = Node::Object(Vec::new());
                }
            }
            tree
        };
        let bits = {
            let places = places.clone();
            move |choice: usize| -> Vec<usize> {
                let is_chosen = |(bit, place): (usize, &usize)| (choice >> bit & 1 == 1).then_some(*place);
                places.iter().enumerate().filter_map(is_chosen).collect()
            }
        };
        let one = places.clone();
        all.map(move |_| places.clone())
            .chain(choices.map(bits))
            .chain(single.filter_map(move |at| one.get(at).map(|place| vec![*place])))
            .map(with)
    }

    /// Trees in which the numbers that JavaScript has rounded have other last digits.
    fn with_digits(&self) -> impl Iterator<Item = Tree> {
        let places = self.rounded();
        let product = places.iter().fold(1_usize, |product, (_, digits)| product.saturating_mul(digits.len()));
        let choices = if places.is_empty() || product > Self::MOST_DIGITS { 0 } else { product };
        (0..choices).map(move |mut choice| {
            let mut tree = self.tree.clone();
            for (place, digits) in &places {
                if let (Some(node), Some(digits)) = (tree.0.get_mut(*place), digits.get(choice % digits.len())) {
                    *node = Node::Number(digits.clone());
                }
                choice /= digits.len();
            }
            tree
        })
    }

    const MOST_DIGITS: usize = 5000;

    /// The numbers that JavaScript may have rounded, and what they may have been.
    fn rounded(&self) -> Vec<(usize, Vec<String>)> {
        let rounded = |(place, node): (usize, &Node)| match node {
            Node::Number(literal) => Some((place, number::rounded_from(literal, Self::MOST_DIGITS as u64))),
            _ => None,
        };
        self.tree.0.iter().enumerate().filter_map(rounded).filter(|(_, digits)| !digits.is_empty()).collect()
    }

    /// Whether a number ends as those do that JavaScript has rounded.
    pub(super) fn looks_rounded(&self) -> bool {
        let ends =
            |(place, _): (usize, _)| matches!(self.tree.0.get(place), Some(Node::Number(n)) if n.ends_with("00"));
        self.rounded().into_iter().any(ends)
    }

    /// The body without all but the first of members with one name.
    pub(super) fn first_members(&self, limit: usize) -> Option<Vec<u8>> {
        let mut tree = self.tree.clone();
        for node in &mut tree.0 {
            if let Node::Object(members) = node {
                let mut seen = std::collections::HashSet::new();
                members.retain(|(name, _)| seen.insert(name.clone()));
            }
        }
        tree.write(Style::CANONICAL, limit)
    }

    /// The signed time, in the field that holds it.
    pub(super) fn signed_time(&self, field: &str) -> Option<i64> {
        self.field(field).parse().ok().filter(|seconds| UnixSeconds::new(*seconds).is_ok() || *seconds >= 0)
    }
}

/// A canonical form with `\u` escapes for all that is not ASCII; such characters stand in strings only.
pub(super) fn escaped(canonical: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(canonical.len());
    for character in String::from_utf8_lossy(canonical).chars() {
        // Python escapes U+007F, too.
        match u8::try_from(character).ok().filter(|byte| *byte < 0x7f) {
            Some(byte) => text.push(byte),
            None => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    text.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
        }
    }
    text
}
