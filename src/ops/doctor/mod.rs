//! What is unsound in a repository or around it, beyond what the judge finds in the content of a project.
//!
//! Each file examines one part. What cannot be examined is a problem too: nothing is passed over as well.

mod checkout;
mod hooks;
mod problem;
mod project;
mod repository;
mod stale;

pub use problem::{Gravity, Problem};

use self::problem::Fix;
use super::{ReadError, Session};
use crate::store::{Store, Writing};

/// Looks at one part of a repository, and at its project if there is one.
type Examination = fn(&Store, Option<&Session>) -> Result<Vec<Problem>, ReadError>;

/// What is looked at, as it completes "cannot look at …", in the order in which it is told of.
const EXAMINATIONS: [(&str, Examination); 12] = [
    ("how history reads", repository::history),
    ("the dates of commits", repository::dates),
    ("which line is live", repository::displaced_line),
    ("git's settings", repository::settings),
    ("the locks of git", stale::locks),
    ("the writes that are not finished", stale::writes),
    ("the branch that is live", project::live_branch),
    ("the project's files", project::content),
    ("who signs", project::signing),
    ("the attributes of the project's files", project::attributes),
    ("the work tree", checkout::files),
    ("the hooks", hooks::installed),
];

/// What is wrong with the repository of `store`, and with the project of `session` where one was found in it.
///
/// Changes nothing. A lock file is watched for about a second.
pub fn examine(store: &Store, session: Option<&Session>) -> Vec<Problem> {
    let look = |(what, examination): (&str, Examination)| {
        examination(store, session).unwrap_or_else(|error| vec![Problem::unexamined(what, &error)])
    };
    EXAMINATIONS.into_iter().flat_map(look).collect()
}

/// As [`examine`], having mended what is safe to mend and needs no decision; and what was done about it, to be read.
pub fn treat(
    store: &Store,
    session: Option<&Session>,
    writing: &Writing,
) -> (Vec<Problem>, Vec<String>) {
    let before = examine(store, session);
    let mut fixes: Vec<Fix> = before
        .iter()
        .filter_map(|problem| problem.fix.clone())
        .collect();
    fixes.dedup();
    let notes: Vec<String> = fixes
        .iter()
        .flat_map(|fix| fix.apply(store, writing))
        .collect();
    if fixes.is_empty() {
        return (before, notes);
    }
    let left = examine(store, session);
    let (stayed, gone): (Vec<_>, Vec<_>) = before
        .into_iter()
        .partition(|problem| left.contains(problem));
    // What was not mended by intent may be gone as well: a git that was at work has ended.
    let fixed = gone
        .into_iter()
        .filter(|problem| problem.fix.is_some())
        .map(Problem::into_fixed);
    let new = left
        .into_iter()
        .filter(|problem| !stayed.contains(problem))
        .collect::<Vec<_>>();
    (
        fixed.chain(stayed.iter().cloned()).chain(new).collect(),
        notes,
    )
}
