use super::problem::{Fix, Gravity, Problem};
use crate::ops::{ReadError, Session};
use crate::store::{InterruptedWrite, StaleFile, Store, shell_word};

/// The command that recovers what an envctl left.
const TIDY_UP: &str = "envctl doctor --fix";

/// Reports locks that nobody will remove.
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
        let message = format!("a crashed envctl left {path}, which keeps git from writing");
        return Problem::new(Gravity::Error, code, message)
            .remedy(TIDY_UP)
            .fix(Fix::TidyUp);
    }
    let message = format!("{path} keeps git from writing: another git is running, or one crashed");
    let remedy = format!(
        "rm {}  # if no git is running",
        shell_word(&path.to_string())
    );
    Problem::new(Gravity::Error, code, message).remedy(remedy)
}

/// Reports writes that an envctl began and did not finish.
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
            format!("an envctl crashed before the files of {branch} showed its commit {commit}"),
        )
    } else {
        (
            Gravity::Note,
            format!(
                "an envctl crashed before its commit {commit} landed on {branch}; nothing was changed"
            ),
        )
    };
    Problem::new(gravity, "interrupted-write", message)
        .remedy(TIDY_UP)
        .fix(Fix::TidyUp)
}
