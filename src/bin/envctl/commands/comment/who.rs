//! People and their reasons, on the page.

use envctl::store::CommitRecord;

use super::pull_request::PullRequest;
use crate::commands::who;
use crate::render::{count, markdown};

/// The most characters of a name, and of a reason.
const LONGEST_NAME: usize = 40;
const LONGEST_REASON: usize = 120;

/// Returns who made the commits, and why.
pub fn commits(pull: &PullRequest<'_>) -> Vec<String> {
    let mut lines: Vec<String> = pull
        .commits
        .iter()
        .map(|commit| format!("- {}", of_commit(commit)))
        .collect();
    let all = pull.report.map_or(lines.len(), |report| report.commits);
    let more = all.saturating_sub(lines.len());
    lines.extend((more > 0).then(|| format!("- and {} before", count(more, "commit"))));
    match lines.is_empty() {
        true => lines,
        false => std::iter::once("Commits, newest first:\n".to_owned())
            .chain(lines)
            .collect(),
    }
}

/// Returns who made a commit and why.
pub fn of_commit(commit: &CommitRecord) -> String {
    let why = markdown::sentence(&cut(&who::why(commit), LONGEST_REASON));
    format!("{}: {why}", person(commit))
}

/// Returns who made a commit.
pub fn person(commit: &CommitRecord) -> String {
    let name = cut(&commit.author.name, LONGEST_NAME);
    format!("{} (`{}`)", markdown::text(&name), commit.id.short())
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
