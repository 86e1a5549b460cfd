//! The ten statuses of a session: what each means, whether it ends the session, what can follow.
//!
//! Statuses and their meaning are documented; what follows what is reported, and adds to the course of
//! the flow what a reviewer, or `sessions.update_status`, can still change.

use crate::webhook::Outcome;

/// One status of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The status as Didit writes it.
    pub name: &'static str,
    /// What it means for the person.
    pub outcome: Outcome,
    /// Whether nothing more happens by itself, except that an approval may run out.
    pub is_final: bool,
    /// What can follow.
    pub transitions: &'static [&'static str],
}

/// All ten.
pub const STATUSES: &[Status] = &[
    status("Not Started", Outcome::Pending, false, &["In Progress", "Expired"]),
    status(
        "In Progress",
        Outcome::Pending,
        false,
        &["Approved", "Declined", "In Review", "Awaiting User", "Abandoned"],
    ),
    status("Awaiting User", Outcome::Pending, false, &["Approved", "Declined", "In Review"]),
    status("In Review", Outcome::Pending, false, &["Approved", "Declined", "Resubmitted"]),
    status("Resubmitted", Outcome::Retry, false, &["Approved", "Declined", "In Review", "Awaiting User"]),
    status("Approved", Outcome::Granted, true, &["Kyc Expired", "Declined", "Resubmitted"]),
    status("Declined", Outcome::Denied, true, &["Approved", "Resubmitted"]),
    status("Abandoned", Outcome::Retry, true, &["Approved", "Declined", "Resubmitted"]),
    status("Expired", Outcome::Retry, true, &[]),
    status("Kyc Expired", Outcome::Revoked, true, &["Approved", "Declined", "Resubmitted"]),
];

const fn status(name: &'static str, outcome: Outcome, is_final: bool, transitions: &'static [&'static str]) -> Status {
    Status { name, outcome, is_final, transitions }
}

impl Status {
    /// The status of this name, which is compared exactly; `None` for one that this version does not know.
    pub fn named(name: &str) -> Option<&'static Self> {
        STATUSES.iter().find(|status| status.name == name)
    }
}

/// Whether `sessions.create` gave back a session that was there before, by the status that it answered.
///
/// A session that has begun is no new one. One that has not can be either, and nobody can tell which.
pub fn reused(status: Option<&str>) -> Option<bool> {
    status.filter(|status| *status != "Not Started").map(|_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transition_leads_to_a_status() {
        for status in STATUSES {
            for next in status.transitions {
                assert!(Status::named(next).is_some_and(|next| next != status), "{} -> {next}", status.name);
            }
        }
    }

    #[test]
    fn whatever_is_not_final_can_still_end() {
        for status in STATUSES {
            let mut reached = vec![status.name];
            let mut index = 0;
            while let Some(name) = reached.get(index).copied() {
                let next = Status::named(name).expect("known").transitions;
                let new: Vec<_> = next.iter().copied().filter(|next| !reached.contains(next)).collect();
                reached.extend(new);
                index += 1;
            }
            let ends = reached.iter().any(|name| Status::named(name).is_some_and(|status| status.is_final));
            assert!(ends, "{}", status.name);
        }
    }
}
