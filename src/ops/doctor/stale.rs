use super::problem::{Fix, Gravity, Problem};
use crate::ops::{ReadError, Session};
use crate::store::{InterruptedWrite, StaleFile, Store, shell_word};

/// What mends what an envctl left.
const TIDY_UP: &str = "envctl doctor --fix";

/// Locks that nobody takes away any more.
pub(super) fn locks(store: &Store, _: Option<&Session>) -> Result<Vec<Problem>, ReadError> {
    Ok(store.leftover_locks()?.iter().map(lock).collect())
}

fn lock(lock: &StaleFile) -> Problem {
    let path = lock.path.display();
    let code = match lock.path.file_name().and_then(|name| name.to_str()) {
        Some("index.lock") => "index-locked",
        Some("config.lock") => "settings-locked",
        _ => "branch-locked",
    };
    if let Some(holder) = lock.holder {
        let message = format!("{path} is held by the envctl with process id {holder}; wait for it");
        return Problem::new(Gravity::Note, code, message);
    }
    if lock.ours {
        let message = format!("an envctl that died left {path}, which keeps git from writing");
        return Problem::new(Gravity::Error, code, message)
            .mend(TIDY_UP)
            .fix(Fix::TidyUp);
    }
    let message = format!("{path} keeps git from writing: another git is at work, or one died");
    let mend = format!(
        "rm {}  # if no git is running",
        shell_word(&path.to_string())
    );
    Problem::new(Gravity::Error, code, message).mend(mend)
}

/// What an envctl that died did not bring to its end.
pub(super) fn writes(store: &Store, _: Option<&Session>) -> Result<Vec<Problem>, ReadError> {
    Ok(store.interrupted_writes()?.iter().map(write).collect())
}

fn write(write: &InterruptedWrite) -> Problem {
    let InterruptedWrite {
        branch,
        commit,
        landed,
    } = write;
    let commit = commit.short();
    let (gravity, message) = if *landed {
        (
            Gravity::Error,
            format!("an envctl died before the files of {branch} showed its commit {commit}"),
        )
    } else {
        (
            Gravity::Note,
            format!(
                "an envctl died before its commit {commit} landed on {branch}; nothing was changed"
            ),
        )
    };
    Problem::new(gravity, "interrupted-write", message)
        .mend(TIDY_UP)
        .fix(Fix::TidyUp)
}
