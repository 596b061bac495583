use super::problem::{Gravity, Problem};
use crate::ops::{ReadError, Session};
use crate::store::{Alteration, Store, shell_word};

/// What keeps history from being read as it was written.
pub(super) fn history(store: &Store, _: Option<&Session>) -> Result<Vec<Problem>, ReadError> {
    let mut problems = Vec::new();
    if store.is_shallow() {
        let message =
            "this is a shallow clone: what is live can be read, and nothing that needs the past";
        problems
            .push(Problem::new(Gravity::Warning, "shallow", message).mend("git fetch --unshallow"));
    }
    for alteration in store.alterations()? {
        problems.push(match alteration {
            Alteration::Grafts(path) => {
                let message = format!(
                    "{} gives commits other parents, so nothing can be verified",
                    path.display()
                );
                let mend = format!("rm {}", shell_word(&path.display().to_string()));
                Problem::new(Gravity::Error, "grafts", message).mend(mend)
            }
            Alteration::Replacements(_) => {
                let message =
                    "objects are replaced by others (refs/replace), so nothing can be verified";
                Problem::new(Gravity::Error, "replaced-objects", message)
                    .mend("git replace -d $(git replace -l)")
            }
        });
    }
    Ok(problems)
}

/// What was set otherwise than it should be, and what was begun and not ended.
pub(super) fn settings(store: &Store, _: Option<&Session>) -> Result<Vec<Problem>, ReadError> {
    let mut problems = Vec::new();
    if store.setting_bool("envctl.durable") == Some(false) {
        let message =
            "envctl.durable is false: a change that is called done can be lost with the power";
        problems.push(
            Problem::new(Gravity::Note, "not-durable", message)
                .mend("git config envctl.durable true"),
        );
    }
    if let Some(operation) = store.unfinished_operation() {
        let mend = match operation {
            "bisect" => "git bisect reset".to_owned(),
            _ => format!("git {operation} --continue  # or, to give up: git {operation} --abort"),
        };
        let message = format!("a {operation} was begun here and is not finished");
        problems.push(Problem::new(Gravity::Warning, "unfinished-operation", message).mend(mend));
    }
    Ok(problems)
}
