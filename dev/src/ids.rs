//! Identifiers, tokens, keys and codes. With a seed the same calls give the same ones.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Where all that looks random comes from.
///
/// Each kind is counted by itself, so that one more webhook does not change the ids of sessions.
pub struct Ids {
    seed: [u8; 32],
    counts: HashMap<&'static str, u64>,
}

impl Ids {
    /// Ids that follow from `seed`; `run` tells several runs over the same state apart.
    pub fn seeded(seed: &str, run: u64) -> Self {
        Self::of(Sha256::new().chain_update(seed).chain_update(run.to_be_bytes()).finalize().into())
    }

    /// Ids that nobody can guess.
    ///
    /// # Errors
    ///
    /// When the machine has no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Self::of(seed))
    }

    fn of(seed: [u8; 32]) -> Self {
        Self { seed, counts: HashMap::new() }
    }

    fn next(&mut self, kind: &'static str) -> [u8; 32] {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let digest = Sha256::new().chain_update(self.seed).chain_update(kind).chain_update(count.to_be_bytes());
        digest.finalize().into()
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self, kind: &'static str) -> String {
        uuid(self.next(kind))
    }

    /// The UUID of something that other names tell apart, whenever it is asked for.
    pub fn uuid_of(&self, kind: &'static str, parts: &[&str]) -> String {
        let mut digest = Sha256::new().chain_update(self.seed).chain_update(kind);
        for part in parts {
            digest.update([0]);
            digest.update(part);
        }
        uuid(digest.finalize().into())
    }

    /// URL-safe text of up to 43 characters.
    pub fn text(&mut self, kind: &'static str, length: usize) -> String {
        let mut text = BASE64_URL_SAFE_NO_PAD.encode(self.next(kind));
        text.truncate(length);
        text
    }

    /// Six letters and digits that a person can type.
    pub fn code(&mut self, kind: &'static str) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let pick = |byte: &u8| char::from(ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'A'));
        self.next(kind).iter().take(6).map(pick).collect()
    }
}

fn uuid(digest: [u8; 32]) -> String {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = digest;
    let high = u64::from_be_bytes([a, b, c, d, e, f, g, h]) & !0xf000 | 0x4000;
    let low = u64::from_be_bytes([i, j, k, l, m, n, o, p]) & !(0b11 << 62) | 0b10 << 62;
    let text = format!("{high:016x}{low:016x}");
    let (first, rest) = text.split_at(8);
    let (second, rest) = rest.split_at(4);
    let (third, rest) = rest.split_at(4);
    let (fourth, fifth) = rest.split_at(4);
    format!("{first}-{second}-{third}-{fourth}-{fifth}")
}

/// A name for a thing that follows from another name, the same in every run.
pub fn derived(parts: &[&str]) -> String {
    Ids::seeded(&parts.join("\0"), 0).uuid("derived")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_kinds_do_not_disturb_each_other() {
        let mut first = Ids::seeded("7", 0);
        let mut second = Ids::seeded("7", 0);
        second.uuid("event");
        let id = first.uuid("session");
        assert_eq!(id, second.uuid("session"));
        assert_ne!(id, first.uuid("session"));
        assert_ne!(id, Ids::seeded("7", 1).uuid("session"));
        assert_eq!((id.len(), id.get(14..15), first.text("token", 12).len()), (36, Some("4"), 12));
        assert!(matches!(id.get(19..20), Some("8" | "9" | "a" | "b")), "{id}");
    }
}
