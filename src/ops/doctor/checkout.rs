use std::collections::BTreeMap;

use super::problem::{Fix, Gravity, Problem};
use crate::files::OwnedPath;
use crate::ops::{ReadError, Session};
use crate::store::{Drift, DriftedFile, Store, shell_word};

/// How many files are listed one by one for each kind of problem.
const MOST_LISTED: usize = 20;
/// For how many files their earlier content is searched for.
const MOST_LOOKED_INTO: usize = 200;

/// Returns the files of the project that differ from what is committed.
pub(super) fn files(store: &Store, session: Option<&Session>) -> Result<Vec<Problem>, ReadError> {
    let Some(session) = session.filter(|_| !store.is_bare()) else {
        return Ok(Vec::new());
    };
    let drifted = store.drift(&session.folder)?;
    let mut by_code: BTreeMap<&str, Vec<Problem>> = BTreeMap::new();
    for (place, file) in drifted.iter().enumerate() {
        let path = session.folder.join(&file.path);
        let behind = match place < MOST_LOOKED_INTO {
            true => behind(session, file, &path)?,
            false => None,
        };
        if let Some(problem) = behind.or_else(|| problem(file, &path)) {
            by_code.entry(problem.code).or_default().push(problem);
        }
    }
    Ok(by_code.into_values().flat_map(shortened).collect())
}

/// Returns the problem of a file that is as it was at an earlier commit: the branch moved, and the
/// checkout did not follow. Committing it would revert what has landed since.
fn behind(session: &Session, file: &DriftedFile, path: &str) -> Result<Option<Problem>, ReadError> {
    if !matches!(file.drift, Drift::Staged | Drift::Modified) {
        return Ok(None);
    }
    let Some(branch) = session.target.branch() else {
        return Ok(None);
    };
    let Some(commit) = session.store.stopped_at(branch, session.tip()?, path)? else {
        return Ok(None);
    };
    let word = shell_word(path);
    let message = format!(
        "{path} is still as it was at {}; changes that landed since are missing from it",
        commit.short()
    );
    let problem = Problem::new(Gravity::Warning, "file-behind", message).remedy(format!(
        "git restore --staged --worktree -- {word}  # committing it would revert what has landed"
    ));
    Ok(Some(problem.fix(Fix::Follow(branch.clone(), commit))))
}

/// Returns the first of many problems of one kind, and how many more there are.
fn shortened(mut problems: Vec<Problem>) -> Vec<Problem> {
    let more = problems.len().saturating_sub(MOST_LISTED);
    // A line that stands for one file would be as long as the line of that file.
    let Some(first) = problems.first().cloned().filter(|_| more > 1) else {
        return problems;
    };
    problems.truncate(MOST_LISTED);
    let rest = Problem::new(
        first.gravity,
        first.code,
        format!("{more} more files like these"),
    );
    problems.push(rest.remedy("git status --ignored --untracked-files=all"));
    problems
}

fn problem(file: &DriftedFile, path: &str) -> Option<Problem> {
    let word = shell_word(path);
    let known = matches!(OwnedPath::parse(&file.path), Some(Ok(_)));
    let uncommitted = |what: &str, code, restore: &str| {
        Problem::new(
            Gravity::Warning,
            code,
            format!("{path} {what}, so it is not what is live"),
        )
        .remedy(format!(
            "git commit -- {word}  # or, to drop the change: git restore {restore} -- {word}"
        ))
    };
    Some(match file.drift {
        Drift::Conflicted => Problem::new(
            Gravity::Error,
            "conflicted-file",
            format!("{path} has merge conflicts"),
        )
        .remedy(format!("git add -- {word}  # once they are resolved")),
        Drift::Staged => uncommitted(
            "is staged and not committed",
            "staged-file",
            "--staged --worktree",
        ),
        Drift::Modified => uncommitted(
            "was changed and not committed",
            "modified-file",
            "--worktree",
        ),
        Drift::Missing => uncommitted(
            "is missing from the work tree",
            "missing-file",
            "--worktree",
        ),
        Drift::Untracked if known => Problem::new(
            Gravity::Warning,
            "untracked-file",
            format!("{path} was never added, so it is not live"),
        )
        .remedy(format!("git add -- {word}")),
        Drift::Untracked => {
            let message =
                format!("{path} is not an envctl file, but is in a folder that envctl owns");
            Problem::new(Gravity::Warning, "unknown-file", message)
                .remedy(format!("rm -r -- {word}  # or move it away"))
        }
        Drift::Ignored if known && !is_companion(&file.path) => {
            let message = format!("{path} is ignored by git, so it is never committed");
            Problem::new(Gravity::Warning, "ignored-file", message)
                .remedy(format!("git add --force -- {word}"))
        }
        // Files that do not belong in a commit, such as those of an editor, are ignored with good
        // reason.
        Drift::Ignored => return None,
    })
}

fn is_companion(path: &str) -> bool {
    OwnedPath::parse(path) == Some(Ok(OwnedPath::Companion))
}
