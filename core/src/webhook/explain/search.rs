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
        #[cfg(test)]
        work::add(message.len());
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

/// The bytes that are hashed and written, counted where that is done, whoever has paid for them.
#[cfg(test)]
pub(super) mod work {
    use std::cell::Cell;

    thread_local! {
        static DONE: Cell<usize> = const { Cell::new(0) };
    }

    pub(in super::super) fn add(bytes: usize) {
        DONE.set(DONE.get() + bytes);
    }

    /// What was done since the last time.
    pub(in super::super) fn take() -> usize {
        DONE.take()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cause, ExplainOptions, Options, RawHeaders, explain};
    use super::{Budget, work};

    /// What is written before it can be known that it is too long, for every text: one value and its indentation.
    const SLACK: usize = 1 << 20;

    #[test]
    fn nothing_is_done_after_the_first_refusal() {
        let mut budget = Budget::new();
        assert!(budget.spend(Budget::MOST - 1) && budget.spend(1));
        assert!(!budget.spend(1) && !budget.spend(0));
    }

    #[test]
    fn the_work_is_bounded_whatever_the_body_is() {
        let list = |item: &str, count: usize| vec![item; count].join(",");
        let size = 400_000;
        let bodies = [
            format!("{{\"a\":[{}]}}", list("[]", size / 3)),
            format!("{{\"a\":[{}]}}", list("1e-300", size / 7)),
            format!("{}[{}]{}", "{\"a\":".repeat(998), list("1", size / 2), "}".repeat(998)),
            format!("[{}]", list(&format!("{}{}", "[".repeat(900), "]".repeat(900)), size / 1800)),
            format!("{{\"a\":[1234567890123456800],\"s\":[{}]}}", list("1", size / 2)),
            format!("[{}]", list("1234567890123456800", size / 20)),
            format!("{{\"a\":[{}],\"s\":\"{}\"}}", list("[]", 10), "x".repeat(size)),
            format!("{{{}}}", (0..size / 14).map(|at| format!("\"k{at}\":[]")).collect::<Vec<_>>().join(",")),
            format!("{{\"session_id\":\"{}\",\"timestamp\":\"{0}\"}}", "x".repeat(size / 2)),
            format!("{{\"s\":\"{}\"}}", "\u{e9}/".repeat(size / 3)),
            format!("{{\"s\":\"{}", "\\r\\n".repeat(size / 4)),
        ];
        let secrets: [&[u8]; 5] = [b"one", b"two", b"three", b"four", b"five"];
        let headers: RawHeaders = ["X-Signature-V2", "X-Signature", "X-Signature-Simple"]
            .into_iter()
            .zip(["1", "2", "3"].map(|digit| digit.repeat(64)))
            .chain([("X-Timestamp", "1774970000".to_owned())])
            .collect();
        let verifier = Options { max_body: 1 << 30, ..Options::default() };
        let options = ExplainOptions { verifier, other_secrets: &[] };
        for body in &bodies {
            work::take();
            let found = explain(body.as_bytes(), &headers, &secrets, &options, 1_774_970_001).expect("options");
            let done = work::take();
            assert_ne!(found.cause(), Cause::Genuine);
            assert!(done <= Budget::MOST + SLACK, "{done} for {}", body.get(..40).unwrap_or_default());
            // The signatures were looked for at all.
            assert!(done > body.len());
        }
    }
}
