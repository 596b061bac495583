use crate::diag::{Finding, Severity};
use crate::policy::Judged;

/// What the judge found in a transition. Each list is sorted by place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What the step breaks.
    pub introduced: Vec<Finding>,
    /// What was broken before and still is.
    pub standing: Vec<Finding>,
    /// What was broken before and is not any more.
    pub fixed: Vec<Finding>,
    /// What the policies say about every move.
    pub judged: Vec<Judged>,
    /// What is wrong with the state after the step, regardless of the step.
    pub wrong: Vec<Finding>,
    /// Whether the step only goes back to what was live right before, only vetoes versions, or only freezes or thaws.
    /// Determined only where this decides whether it may be written.
    pub is_urgent: bool,
}

impl Report {
    /// Reports whether the step may be written: it breaks nothing, and if something was broken before, it
    /// fixes some of it, or it is a return to what was live right before, a veto or a freeze. In an incident
    /// these must not wait for an unrelated fix.
    pub fn allows_write(&self) -> bool {
        !any_error(&self.introduced) && (self.is_urgent || !self.is_held_up())
    }

    /// Reports whether the step leaves something broken as it is, and fixes nothing.
    pub(super) fn is_held_up(&self) -> bool {
        // One error less is enough. If a write had to mend all of them, a project with two
        // independent errors could only be repaired by hand.
        any_error(&self.standing) && !any_error(&self.fixed)
    }

    /// Returns everything that is wrong after the step.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.introduced.iter().chain(&self.standing)
    }
}

/// Reports whether any of `findings` is an error, and not only a warning.
pub fn any_error<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> bool {
    findings
        .into_iter()
        .any(|finding| finding.severity == Severity::Error)
}
