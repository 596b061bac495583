//! What the page is about.

use envctl::ops::Review;
use envctl::store::CommitRecord;
use jiff::Timestamp;

use crate::render::report::CheckReport;

/// A pull request, or another range, as its page needs it.
pub struct PullRequest<'a> {
    /// What differs; `None` if that cannot be determined, as where the branches conflict.
    pub review: Option<&'a Review>,
    /// What the judge found; `None` if it was not asked.
    pub report: Option<&'a CheckReport>,
    /// Its newest commits, newest first, as far as they are told.
    pub commits: &'a [CommitRecord],
    /// What it lands on, as the page names it.
    pub onto: String,
    /// The present time.
    pub at: Timestamp,
    /// Whether to show the texts behind the numbers.
    pub content: bool,
    /// The command that shows all of it.
    pub command: String,
}
