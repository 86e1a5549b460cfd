//! Which event of which route.

use sha2::{Digest, Sha256};

/// A namespace and an event: the text under which every store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// The longest namespace in bytes.
    pub const MAX_NAMESPACE: usize = 100;
    /// The longest event in bytes; a longer one is stored as its hash.
    pub const MAX_EVENT: usize = 150;

    /// The key of `event` in `namespace`. Fan-out gives one event the same id for all destinations, so two routes
    /// that do different things with it need namespaces of their own.
    ///
    /// # Errors
    ///
    /// A message for the developer if the namespace is not 1 to 100 ASCII letters, digits or `_ - . /`.
    pub fn new(namespace: &str, event: &str) -> Result<Self, String> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
        if !(1..=Self::MAX_NAMESPACE).contains(&namespace.len()) || !namespace.bytes().all(allowed) {
            return Err("namespace: 1 to 100 letters, digits or any of _ - . / are needed".to_owned());
        }
        // Databases differ in what text they store and how they compare it; this all of them treat alike.
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"{}".contains(&byte);
        let event = if (1..=Self::MAX_EVENT).contains(&event.len()) && event.bytes().all(plain) {
            event.to_owned()
        } else {
            hash(event.as_bytes())
        };
        Ok(Self(format!("{namespace}:{event}")))
    }

    /// The text, at most 251 bytes of ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The namespace and the event again.
    pub fn parts(&self) -> (&str, &str) {
        self.0.split_once(':').unwrap_or_default()
    }
}

/// What tells an event from every other: its `event_id`, or a hash of the authenticated bytes where older
/// versions have none.
///
/// The fall-back that Didit's own text proposes, session, type and time, is the same for two transactions of one
/// second; the hash has all three in it and loses neither.
pub fn event_key(event_id: Option<&str>, authenticated: &[u8]) -> String {
    match event_id {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => hash(authenticated),
    }
}

fn hash(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("sha256:{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_plain_text() {
        assert_eq!(Key::new("webhook", "e-1").unwrap().as_str(), "webhook:e-1");
        for odd in ["", "a b", "a\0b", "ä", "{x}", &"x".repeat(151)] {
            let key = Key::new("webhook", odd).unwrap();
            assert!(key.as_str().starts_with("webhook:sha256:") && key.as_str().len() < 252, "{odd:?}");
        }
        assert_eq!(Key::new("a", "b:c").unwrap().parts(), ("a", "b:c"));
    }

    #[test]
    fn two_namespaces_never_share_a_key() {
        assert!(Key::new("a:b", "c").is_err() && Key::new("", "c").is_err() && Key::new("ä", "c").is_err());
    }
}
