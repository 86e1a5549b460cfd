//! A readable body, and the messages that may have been signed for it.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::Cause;
use super::forms::Forms;
use super::number;
use super::search::Budget;
use super::tree::{Order, Style, Tree, token_end};
use super::writer::escape;
use crate::canonical::{Members, Value, canonicalize_within};
use crate::webhook::{simple, time::UnixSeconds};

/// A body that is JSON.
pub(super) struct Document<'b> {
    pub(super) body: &'b [u8],
    pub(super) canonical: Vec<u8>,
    /// The canonical form with `\u` escapes, as Didit sends it.
    pub(super) wire: Vec<u8>,
    /// The message of the Simple signature.
    pub(super) simple: Option<Vec<u8>>,
    pub(super) has_duplicates: bool,
    members: OnceCell<Members>,
    tree: OnceCell<Tree<'b>>,
}

impl<'b> Document<'b> {
    pub(super) fn of(body: &'b [u8], limit: usize) -> Option<Self> {
        let canonical = canonicalize_within(body, limit).ok()?;
        let simple = canonical.members().and_then(|_| simple::message(&canonical).ok());
        let has_duplicates = canonical.has_duplicates();
        let canonical = canonical.into_bytes().into_owned();
        let wire = escaped(&canonical);
        let (members, tree) = (OnceCell::new(), OnceCell::new());
        Some(Self { body, canonical, wire, simple, has_duplicates, members, tree })
    }

    /// The tree of the body, made when it is needed, and paid for every time.
    pub(super) fn tree(&self, budget: &mut Budget) -> Option<&Tree<'b>> {
        /// A byte takes no longer in any body.
        const COST: usize = 8;
        if self.tree.get().is_none() && !budget.spend(self.body.len().saturating_mul(COST)) {
            return None;
        }
        Some(self.tree.get_or_init(|| Tree::of(self.body)))
    }

    /// The text of a top-level member as it is put into a message; absent and null ones are empty.
    pub(super) fn field(&self, name: &str) -> String {
        let members = self.members.get_or_init(|| Members::scan(&self.canonical).unwrap_or_default());
        match members.get(&self.canonical, name) {
            Some(Value::String(text)) => text.into_owned(),
            Some(Value::Number(text)) => text.to_owned(),
            _ => String::new(),
        }
    }

    /// The other JSON texts of the body, each with the mistake of signing it.
    pub(super) fn forms(&self, limit: usize, budget: &mut Budget) -> Forms<'_, 'b> {
        Forms::of(self, limit, budget)
    }

    /// Whether a writer that has this mistake of its own makes another text of the body than all that come before it.
    pub(super) fn has_form(&self, wanted: Cause, limit: usize) -> bool {
        let mut budget = Budget::new();
        let mut forms = self.forms(limit, &mut budget);
        std::iter::from_fn(|| forms.next(&mut budget)).any(|(cause, _)| cause == wanted)
    }

    /// Messages with a time in front, each made when it is asked for.
    pub(super) fn prefixed(&self, header: Option<&[u8]>) -> impl Iterator<Item = Vec<u8>> {
        let signed = self.field("timestamp").into_bytes();
        let header = header.filter(|header| *header != signed).map(<[u8]>::to_vec);
        let mut bodies = vec![self.canonical.as_slice()];
        for other in [self.wire.as_slice(), self.body] {
            if !bodies.contains(&other) {
                bodies.push(other);
            }
        }
        let is_time = |time: &Vec<u8>| (1..100).contains(&time.len());
        let times: Vec<Vec<u8>> = [Some(signed), header].into_iter().flatten().filter(is_time).collect();
        times.into_iter().flat_map(move |time| {
            let bodies = bodies.clone();
            [":", ".", "", "\n"].into_iter().flat_map(move |separator| {
                let time = time.clone();
                bodies.clone().into_iter().map(move |body| [&time, separator.as_bytes(), body].concat())
            })
        })
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
        /// Longer than any that Didit sends.
        const MOST: usize = 10_000;
        let names = ["timestamp", "session_id", "status", "webhook_type", "created_at"];
        let fields: BTreeMap<&str, String> = names.into_iter().map(|name| (name, self.field(name))).collect();
        if fields.values().any(|field| field.len() > MOST) {
            return Vec::new();
        }
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let join = |names: &[&str], separator: &str| {
            let fields: Vec<&str> = names.iter().map(|name| field(name)).collect();
            fields.join(separator).into_bytes()
        };
        let mut messages: Vec<Vec<u8>> = FORMULAS
            .iter()
            .flat_map(|names| ["|", ":", ".", "", ","].map(|separator| join(names, separator)))
            .collect();
        // With the header's time, and with the way Python and JavaScript print what is not there.
        let envelope = |time: &str, absent: &str| {
            let rest = ["session_id", "status", "webhook_type"].map(|name| match field(name) {
                "" => absent,
                text => text,
            });
            format!("{time}:{}", rest.join(":")).into_bytes()
        };
        messages.extend(header.map(|time| envelope(&String::from_utf8_lossy(time), "")));
        messages.extend(["None", "null", "undefined"].map(|absent| envelope(field("timestamp"), absent)));
        messages.retain(|message| Some(message) != self.simple.as_ref() && message.len() > 8);
        messages
    }

    /// The literals of the body that JavaScript may have rounded.
    pub(super) fn rounded(&self) -> impl Iterator<Item = &'b str> {
        let json = self.body;
        let mut at = 0;
        std::iter::from_fn(move || {
            while let Some(byte) = json.get(at) {
                let end = token_end(json, at);
                let token = json.get(at..end).unwrap_or_default();
                at = end;
                if !matches!(byte, b'-' | b'0'..=b'9') {
                    continue;
                }
                if let Some(literal) = str::from_utf8(token).ok().filter(|literal| number::is_rounded(literal)) {
                    return Some(literal);
                }
            }
            None
        })
    }

    /// Whether a number ends as those do that JavaScript has rounded.
    pub(super) fn looks_rounded(&self) -> bool {
        self.rounded().any(|literal| literal.ends_with("00"))
    }

    /// The body without all but the first of members with one name.
    pub(super) fn first_members(&self, limit: usize, budget: &mut Budget) -> Option<Vec<u8>> {
        let style = Style { order: Order::First, ..Style::CANONICAL };
        self.tree(budget)?.write_within(style, limit, budget)
    }

    /// The signed time, in the field that holds it.
    pub(super) fn signed_time(&self, field: &str) -> Option<i64> {
        self.field(field).parse().ok().filter(|seconds| UnixSeconds::new(*seconds).is_ok() || *seconds >= 0)
    }
}

/// A canonical form with `\u` escapes for all that is not ASCII; such characters stand in strings only.
pub(super) fn escaped(canonical: &[u8]) -> Vec<u8> {
    if canonical.is_ascii() {
        return canonical.to_vec();
    }
    let mut text = Vec::with_capacity(canonical.len());
    for character in String::from_utf8_lossy(canonical).chars() {
        // Python escapes U+007F, too.
        match u8::try_from(character).ok().filter(|byte| *byte < 0x7f) {
            Some(byte) => text.push(byte),
            None => escape(character, &mut text),
        }
    }
    text
}
