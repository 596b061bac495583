use super::problem::{Gravity, Problem};
use crate::ops::line::is_ahead;
use crate::ops::{ReadError, Session, TimedLine, displaced};
use crate::store::{Alteration, Head, Store, shell_word};

/// Reports what keeps history from being read as it was written.
pub(super) fn history(store: &Store, _: Option<&Session>) -> Result<Vec<Problem>, ReadError> {
    let mut problems = Vec::new();
    if store.is_shallow() {
        let message = "this is a shallow clone, so nothing that depends on history can be read";
        problems.push(
            Problem::new(Gravity::Warning, "shallow", message).remedy("git fetch --unshallow"),
        );
    }
    for alteration in store.alterations()? {
        problems.push(match alteration {
            Alteration::Grafts(path) => {
                let message = format!(
                    "{} gives commits other parents, so nothing can be verified",
                    path.display()
                );
                let remedy = format!("rm {}", shell_word(&path.display().to_string()));
                Problem::new(Gravity::Error, "grafts", message).remedy(remedy)
            }
            Alteration::Replacements(_) => {
                let message =
                    "objects are replaced with others (refs/replace), so nothing can be verified";
                Problem::new(Gravity::Error, "replaced-objects", message)
                    .remedy("git replace -d $(git replace -l)")
            }
        });
    }
    Ok(problems)
}

/// Reports a commit of the live line that is dated ahead of the clock. What is made on it counts as
/// live since that date.
pub(super) fn dates(store: &Store, session: Option<&Session>) -> Result<Vec<Problem>, ReadError> {
    // Unreadable history is a problem of its own.
    let readable = !store.is_shallow() && store.alterations()?.is_empty();
    let Some(session) = session.filter(|_| readable) else {
        return Ok(Vec::new());
    };
    let tip = session.tip()?;
    let line = TimedLine::of(store, &session.folder, tip)?;
    let Some((commit, until)) = line
        .latest(0)
        .filter(|(_, until)| is_ahead(*until, session.now))
    else {
        return Ok(Vec::new());
    };
    let message = format!(
        "the commit {} is dated {until}, ahead of this clock: promotions that need a dwell have to wait until then, and for the dwell after it",
        commit.short()
    );
    // Both commands give the commits the present time, and make the later ones again.
    let again = match store.commit(commit)?.parents.first() {
        _ if commit == tip => "git commit --amend --no-edit".to_owned(),
        Some(parent) => format!("git rebase --rebase-merges --no-ff {}", parent.short()),
        None => "git rebase --rebase-merges --no-ff --root".to_owned(),
    };
    let server = format!("on the server, first: git config envctl.allowUpdate {tip}..NEW");
    let remedy = format!("{again} && git push --force-with-lease  # {server}");
    Ok(vec![
        Problem::new(Gravity::Error, "dated-ahead", message).remedy(remedy),
    ])
}

/// Reports a commit that was live, and whose line a merge has replaced.
pub(super) fn displaced_line(
    store: &Store,
    session: Option<&Session>,
) -> Result<Vec<Problem>, ReadError> {
    let readable = !store.is_shallow() && store.alterations()?.is_empty();
    let Some(session) = session.filter(|_| readable) else {
        return Ok(Vec::new());
    };
    let Some(displaced) = displaced(session)? else {
        return Ok(Vec::new());
    };
    let branch = session
        .target
        .branch()
        .map(|branch| shell_word(branch.as_str()));
    let here = store.head()?;
    let checked_out = !store.is_bare()
        && matches!(&here, Head::Branch(head) if Some(head) == session.target.branch());
    let repair = displaced.repair(branch.as_deref().filter(|_| !checked_out));
    Ok(vec![
        Problem::new(Gravity::Error, "displaced-line", displaced.message())
            .remedy(format!("{repair}  # requires project:manage; then push")),
    ])
}

/// Reports settings that weaken envctl, and operations of git that were begun and not finished.
pub(super) fn settings(store: &Store, _: Option<&Session>) -> Result<Vec<Problem>, ReadError> {
    let mut problems = Vec::new();
    if store.setting_bool("envctl.durable")? == Some(false) {
        let message =
            "envctl.durable is false, so a power cut can lose changes that were reported as done";
        problems.push(
            Problem::new(Gravity::Note, "not-durable", message)
                .remedy("git config envctl.durable true"),
        );
    }
    if let Some(operation) = store.unfinished_operation() {
        let remedy = match operation {
            "bisect" => "git bisect reset".to_owned(),
            _ => format!("git {operation} --continue  # or, to give up: git {operation} --abort"),
        };
        let message = format!("a {operation} was begun here and is not finished");
        problems
            .push(Problem::new(Gravity::Warning, "unfinished-operation", message).remedy(remedy));
    }
    Ok(problems)
}
