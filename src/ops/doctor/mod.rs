//! Problems of a repository and its surroundings, beyond what the judge finds in the content of a
//! project.
//!
//! Each file examines one part. If a part cannot be examined, that is a problem, too, so that
//! nothing is skipped silently.

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

/// Examines one part of a repository, and its project if there is one.
type Examination = fn(&Store, Option<&Session>) -> Result<Vec<Problem>, ReadError>;

/// What is examined, as it completes "cannot look at …", in the order of the output.
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

/// Returns what is wrong with the repository of `store`, and with the project of `session` if one
/// was found in it.
///
/// Changes nothing. A lock file is watched for about a second.
pub fn examine(store: &Store, session: Option<&Session>) -> Vec<Problem> {
    let look = |(what, examination): (&str, Examination)| {
        examination(store, session).unwrap_or_else(|error| vec![Problem::unexamined(what, &error)])
    };
    EXAMINATIONS.into_iter().flat_map(look).collect()
}

/// Does what [`examine`] does, after fixing what can be fixed safely without a decision. Also
/// returns what was done, for a user to read.
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
    // Examined again instead of trusting the fixes: one may have failed, or have fixed what another
    // problem was about.
    let left = examine(store, session);
    let (stayed, gone): (Vec<_>, Vec<_>) = before
        .into_iter()
        .partition(|problem| left.contains(problem));
    // A problem without a fix may have disappeared as well, for example because a running git has
    // ended. It is not reported as fixed.
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
