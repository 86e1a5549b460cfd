//! Recomputing MACs, within a bound.

use super::signature::Claim;
use crate::webhook::key::Key;

/// The MACs that are looked for, and how much may still be hashed for them.
pub(super) struct Search {
    pub(super) claims: Vec<Claim>,
    left: usize,
}

impl Search {
    /// The most bytes that are hashed: a second's work at worst.
    const MOST: usize = 128 << 20;

    pub(super) fn new(claims: Vec<Claim>) -> Self {
        Self { claims, left: Self::MOST }
    }

    /// The claims that are the key's MAC of the message.
    pub(super) fn made_by(&mut self, key: &Key, message: &[u8]) -> Vec<&Claim> {
        if self.claims.is_empty() || self.left == 0 {
            return Vec::new();
        }
        self.left = self.left.saturating_sub(message.len().max(64));
        let mac = key.mac(message);
        self.claims.iter().filter(|claim| is_same(&claim.mac, &mac)).collect()
    }

    /// Whether everything that was asked for was looked at.
    pub(super) fn is_complete(&self) -> bool {
        self.left > 0
    }
}

/// Compared in the same time wherever they differ: somebody may explain deliveries while an attacker waits.
fn is_same(left: &[u8; 32], right: &[u8; 32]) -> bool {
    left.iter().zip(right).fold(0, |difference, (left, right)| difference | (left ^ right)) == 0
}
