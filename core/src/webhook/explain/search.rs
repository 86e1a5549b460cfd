//! Recomputing MACs, within a bound.

use super::signature::Claim;
use crate::webhook::key::Key;

/// How much work may still be done.
///
/// A unit is what hashing a byte takes where the processor has no instructions for it, some 4 ns. Whatever grows with the
/// body is paid for before it is done: texts that are written as much as those that are hashed.
pub(super) struct Budget {
    left: usize,
    is_complete: bool,
}

impl Budget {
    /// A second's work at worst.
    pub(super) const MOST: usize = 256 << 20;

    pub(super) fn new() -> Self {
        Self { left: Self::MOST, is_complete: true }
    }

    /// Takes so many units, or says that they are not there. Nothing is done any more after the first refusal, so that
    /// what comes later in the order of likelihood never takes the place of what came before.
    pub(super) fn spend(&mut self, units: usize) -> bool {
        match self.left.checked_sub(units) {
            Some(left) => self.left = left,
            None => (self.left, self.is_complete) = (0, false),
        }
        self.is_complete
    }

    /// A budget that never ends, for texts that are needed once.
    pub(super) fn endless() -> Self {
        Self { left: usize::MAX, is_complete: true }
    }
}

/// The MACs that are looked for, and how much may still be done for them.
pub(super) struct Search {
    pub(super) claims: Vec<Claim>,
    pub(super) budget: Budget,
}

impl Search {
    /// What a MAC takes besides the bytes of its message.
    const FIXED: usize = 256;

    pub(super) fn new(claims: Vec<Claim>) -> Self {
        Self { claims, budget: Budget::new() }
    }

    /// The claims that are the key's MAC of the message.
    pub(super) fn made_by(&mut self, key: &Key, message: &[u8]) -> Vec<&Claim> {
        if self.claims.is_empty() || !self.budget.spend(message.len().saturating_add(Self::FIXED)) {
            return Vec::new();
        }
        let mac = key.mac(message);
        self.claims.iter().filter(|claim| is_same(&claim.mac, &mac)).collect()
    }

    /// Whether everything that was asked for was looked at.
    pub(super) fn is_complete(&self) -> bool {
        self.budget.is_complete
    }
}

/// Compared in the same time wherever they differ: somebody may explain deliveries while an attacker waits.
fn is_same(left: &[u8; 32], right: &[u8; 32]) -> bool {
    left.iter().zip(right).fold(0, |difference, (left, right)| difference | (left ^ right)) == 0
}
