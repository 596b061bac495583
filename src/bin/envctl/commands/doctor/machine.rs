use envctl::ops::{Gravity, Problem};
use envctl::store::{Hooks, Store};

use crate::error::Failure;
use crate::process::Process;

/// Returns what is missing on this machine, or in the settings of its user.
pub fn examine(process: &Process, store: &Store) -> Vec<Problem> {
    [
        identity(process, store),
        signing(process, store),
        git(process),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Reports whether git has an identity to commit with; it matters less in a bare repository, where nobody works.
fn identity(process: &Process, store: &Store) -> Option<Problem> {
    let failure = Failure::of(process.operation(store, Hooks::Skip).err()?);
    let gravity = if store.is_bare() {
        Gravity::Note
    } else {
        Gravity::Error
    };
    let problem = Problem::new(gravity, failure.code, failure.message);
    Some(if failure.hints.is_empty() {
        problem
    } else {
        problem.remedy(failure.hints.join("\n"))
    })
}

/// Reports whether commits can be signed, if the settings ask for it.
fn signing(process: &Process, store: &Store) -> Option<Problem> {
    let problem = |message| Problem::new(Gravity::Error, "signing", message);
    match store.signing_program() {
        Err(error) => Some(
            problem(error.to_string()).remedy("git config --get-regexp '^(commit|gpg|user)[.]'"),
        ),
        Ok(Some(program)) if !process.has_program(&program) => {
            let message = format!("commits are signed with {program}, which does not exist");
            Some(problem(message).remedy("git config commit.gpgSign false  # or install it"))
        }
        Ok(_) => None,
    }
}

fn git(process: &Process) -> Option<Problem> {
    let message = "git is not on the PATH, so no hook is run";
    (!process.has_program("git")).then(|| Problem::new(Gravity::Warning, "no-git", message))
}
