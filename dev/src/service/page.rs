//! Lists, cut into pages by `limit` and `offset`.

use serde_json::{Value, json};

use super::call::Call;

/// What a call asks for.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// The most items.
    pub limit: i64,
    /// The first item.
    pub offset: i64,
}

impl Window {
    /// The window of a call.
    pub fn of(call: &Call, default: i64) -> Self {
        let number =
            |name: &str| call.asked(name).and_then(|text| text.parse::<i64>().ok()).filter(|number| *number >= 0);
        let limit = number("limit").filter(|limit| *limit > 0).unwrap_or(default).min(1000);
        Self { limit, offset: number("offset").unwrap_or(0) }
    }

    /// One page of a list that has `count` items, with links to its neighbours.
    pub fn page(self, base: &str, call: &Call, count: i64, results: Vec<Value>) -> Value {
        let after = self.offset.saturating_add(self.limit);
        let next = (after < count).then(|| self.link(base, call, after));
        let previous = (self.offset > 0).then(|| self.link(base, call, (self.offset - self.limit).max(0)));
        json!({ "count": count, "next": next, "previous": previous, "results": results })
    }

    fn link(self, base: &str, call: &Call, offset: i64) -> String {
        let kept = call.query.iter().filter(|(name, _)| name != "limit" && name != "offset");
        let mut query: Vec<String> = kept.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        query.push(format!("limit={}", self.limit));
        query.push(format!("offset={offset}"));
        let mut path = call.operation.path.to_owned();
        for (name, value) in &call.path {
            path = path.replace(&format!("{{{name}}}"), &encode(value));
        }
        format!("{base}{path}?{}", query.join("&"))
    }
}

/// Percent-encoding of everything but unreserved characters.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
