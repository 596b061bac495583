use super::problem::{Gravity, Problem};
use crate::check::any_error;
use crate::diag::{Code, Finding};
use crate::files::{ATTRIBUTES, missing_attributes};
use crate::model::{BranchName, Signatures};
use crate::ops::{ReadError, Session, Subject, judge};
use crate::store::{Store, StoreError, shell_word};

/// Reports a session that reads another branch than the live one.
pub(super) fn live_branch(
    store: &Store,
    session: Option<&Session>,
) -> Result<Vec<Problem>, ReadError> {
    let Some(session) = session else {
        return Ok(Vec::new());
    };
    let Some(live) = session.not_live(&session.view(None)?) else {
        return Ok(Vec::new());
    };
    let here = session
        .target
        .branch()
        .map_or_else(|| "a detached HEAD".to_owned(), ToString::to_string);
    let name = shell_word(live.as_str());
    if store.tip(&live)?.is_none() {
        let message = format!(
            "envctl.toml names {live} as the live branch, but there is no such branch here"
        );
        let remedy = missing_branch(store, &live)?;
        return Ok(vec![
            Problem::new(Gravity::Error, "live-branch-missing", message).remedy(remedy),
        ]);
    }
    let remedy = match store.is_bare() {
        true => format!("git symbolic-ref HEAD {}", shell_word(&live.reference())),
        false => format!("git switch {name}"),
    };
    Ok(vec![
        Problem::new(
            Gravity::Note,
            "not-live",
            format!("on {here}; live is {live}"),
        )
        .remedy(remedy),
    ])
}

/// Returns the command that creates a branch which another repository may have.
fn missing_branch(store: &Store, live: &BranchName) -> Result<String, ReadError> {
    let (name, remote) = (shell_word(live.as_str()), format!("origin/{live}"));
    Ok(match store.revision(&format!("refs/remotes/{remote}"))? {
        Some(_) => format!("git branch {name} {}", shell_word(&remote)),
        None => format!("git fetch origin {}", shell_word(&format!("{live}:{live}"))),
    })
}

/// Returns what the judge finds at the tip.
pub(super) fn content(store: &Store, session: Option<&Session>) -> Result<Vec<Problem>, ReadError> {
    let Some(session) = session else {
        return Ok(Vec::new());
    };
    let findings = judge(session, Subject::Tip, None)?.findings;
    if let Some(newer) = findings
        .iter()
        .find(|finding| finding.code == Code::NEWER_SCHEMA)
    {
        // Alone: what a newer envctl wrote is invalid to this one in many places, and to mend those
        // would destroy it.
        let problem = Problem::new(Gravity::Error, "newer-schema", newer.message.clone());
        return Ok(vec![
            problem.remedy("envctl --version  # and install a newer one"),
        ]);
    }
    let (unknown, others): (Vec<Finding>, Vec<Finding>) = findings
        .into_iter()
        .partition(|finding| finding.code == Code::UNKNOWN_FILE);
    let mut problems: Vec<Problem> = unknown
        .iter()
        .map(|finding| unknown_file(store, session, finding))
        .collect();
    if !others.is_empty() {
        let gravity = if any_error(&others) {
            Gravity::Error
        } else {
            Gravity::Warning
        };
        let what = if others.len() == 1 {
            "one finding".to_owned()
        } else {
            format!("{} findings", others.len())
        };
        let message = format!("the committed project has {what}");
        problems.push(Problem::new(gravity, "findings", message).remedy("envctl check"));
    }
    Ok(problems)
}

fn unknown_file(store: &Store, session: &Session, finding: &Finding) -> Problem {
    let path = session.folder.join(&finding.place.file);
    let problem = Problem::new(
        Gravity::Error,
        "unknown-file",
        format!("{path}: {}", finding.message),
    );
    if store.is_bare() {
        problem
    } else {
        problem.remedy(format!("git rm -- {}", shell_word(&path)))
    }
}

/// Reports a git that does not sign although the project requires it.
pub(super) fn signing(store: &Store, session: Option<&Session>) -> Result<Vec<Problem>, ReadError> {
    let Some(session) = session.filter(|session| !session.store.is_bare()) else {
        return Ok(Vec::new());
    };
    let access = session.view(None)?.state.project.access;
    let demanded = access.is_some_and(|access| access.signatures == Signatures::Required);
    let has_key = || {
        let keys = ["user.signingkey", "gpg.ssh.defaultkeycommand"];
        keys.iter().try_fold(false, |found, key| {
            Ok::<_, StoreError>(found || store.setting(key)?.is_some())
        })
    };
    let signs = store.setting_bool("commit.gpgsign")? == Some(true)
        && store.setting("gpg.format")?.as_deref() == Some("ssh")
        && has_key()?;
    if !demanded || signs {
        return Ok(Vec::new());
    }
    let message =
        "the project requires signatures, but git is not set up to sign with an SSH key here";
    let remedy = "git config gpg.format ssh && git config commit.gpgSign true && git config user.signingKey ~/.ssh/id_ed25519.pub";
    Ok(vec![
        Problem::new(Gravity::Warning, "not-signing", message).remedy(remedy),
    ])
}

/// Reports missing attributes that keep git from converting versions.
pub(super) fn attributes(
    store: &Store,
    session: Option<&Session>,
) -> Result<Vec<Problem>, ReadError> {
    let Some(session) = session else {
        return Ok(Vec::new());
    };
    let existing = match store.file(session.tip()?, &session.folder, ATTRIBUTES)? {
        Some(content) => store.content(content)?,
        None => Vec::new(),
    };
    let missing = missing_attributes(&existing);
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let path = session.folder.join(ATTRIBUTES);
    let message = format!(
        "{path} lacks attributes that keep git from converting files: {}",
        missing.join("; ")
    );
    let lines: Vec<String> = missing.iter().map(|line| shell_word(line)).collect();
    let remedy = format!(
        "printf '%s\\n' {} >> {}",
        lines.join(" "),
        shell_word(&path)
    );
    Ok(vec![
        Problem::new(Gravity::Warning, "attributes-missing", message).remedy(remedy),
    ])
}
