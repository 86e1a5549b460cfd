//! The ten statuses of a session, and how one follows from another.

/// A status of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Status {
    NotStarted,
    InProgress,
    InReview,
    Approved,
    Declined,
    Resubmitted,
    AwaitingUser,
    Abandoned,
    Expired,
    KycExpired,
}

use Status::{
    Abandoned, Approved, AwaitingUser, Declined, Expired, InProgress, InReview, KycExpired, NotStarted, Resubmitted,
};

impl Status {
    /// Every status.
    pub const ALL: [Status; 10] = [
        NotStarted,
        InProgress,
        InReview,
        Approved,
        Declined,
        Resubmitted,
        AwaitingUser,
        Abandoned,
        Expired,
        KycExpired,
    ];

    /// The literal of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            NotStarted => "Not Started",
            InProgress => "In Progress",
            InReview => "In Review",
            Approved => "Approved",
            Declined => "Declined",
            Resubmitted => "Resubmitted",
            AwaitingUser => "Awaiting User",
            Abandoned => "Abandoned",
            Expired => "Expired",
            KycExpired => "Kyc Expired",
        }
    }

    /// The status of that literal; case counts.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// What may come next without a reviewer's override.
    pub const fn next(self) -> &'static [Status] {
        match self {
            NotStarted => &[InProgress, Expired],
            InProgress => &[Approved, Declined, InReview, AwaitingUser, Abandoned],
            AwaitingUser => &[Approved, Declined, InReview],
            InReview => &[Approved, Declined, Resubmitted],
            Declined => &[Resubmitted],
            // Only the parent of a company's check may wait again.
            Resubmitted => &[Approved, Declined, InReview, AwaitingUser],
            Approved => &[KycExpired],
            Abandoned | Expired | KycExpired => &[],
        }
    }

    /// The shortest way from here to `target`, itself at the end; `None` if there is none.
    pub fn way_to(self, target: Status) -> Option<Vec<Status>> {
        let mut ways: Vec<Vec<Status>> = vec![vec![]];
        let mut seen = vec![self];
        while !ways.is_empty() {
            let mut longer = Vec::new();
            for way in ways {
                let here = way.last().copied().unwrap_or(self);
                for &next in here.next() {
                    let mut way = way.clone();
                    way.push(next);
                    if next == target {
                        return Some(way);
                    }
                    if !seen.contains(&next) {
                        seen.push(next);
                        longer.push(way);
                    }
                }
            }
            ways = longer;
        }
        None
    }

    /// Whether a session with the same `vendor_data` is given again instead of a new one.
    pub const fn is_unfinished(self) -> bool {
        matches!(self, NotStarted | InProgress | Resubmitted | AwaitingUser)
    }

    /// Whether an event of this status carries the decision.
    pub const fn has_decision(self) -> bool {
        matches!(self, Approved | Declined | InReview | Abandoned)
    }

    /// Whether a reviewer may set another status.
    pub const fn can_be_reviewed(self) -> bool {
        matches!(self, Approved | Declined | InReview | KycExpired | Abandoned | Resubmitted)
    }

    /// Whether there is a PDF report.
    pub const fn has_report(self) -> bool {
        matches!(self, Approved | Declined | InReview | KycExpired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_happens_here_that_the_library_calls_impossible() {
        assert_eq!(didit_core::status::STATUSES.len(), Status::ALL.len());
        for status in Status::ALL {
            let known = didit_core::status::Status::named(status.as_str()).expect("a status of the library");
            for next in status.next() {
                assert!(known.transitions.contains(&next.as_str()), "{} -> {}", known.name, next.as_str());
            }
        }
    }

    #[test]
    fn ways_follow_the_transitions() {
        assert_eq!(NotStarted.way_to(Approved), Some(vec![InProgress, Approved]));
        assert_eq!(NotStarted.way_to(Resubmitted).map(|way| way.len()), Some(3));
        assert_eq!(NotStarted.way_to(KycExpired), Some(vec![InProgress, Approved, KycExpired]));
        assert_eq!(InProgress.way_to(Expired), None);
        assert_eq!(Expired.way_to(Approved), None);
        assert_eq!(Status::parse("KYC Expired"), None);
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
    }
}
