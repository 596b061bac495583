use envctl::ops::{Gravity, Problem};
use envctl::store::{Hooks, Store};

use crate::error::Failure;
use crate::world::World;

/// Returns what is missing on this machine, or in the settings of its user.
pub fn examine(world: &World, store: &Store) -> Vec<Problem> {
    [identity(world, store), signing(world, store), git(world)]
        .into_iter()
        .flatten()
        .collect()
}

/// Reports whether git has an identity to commit with; it matters less in a bare repository, where nobody works.
fn identity(world: &World, store: &Store) -> Option<Problem> {
    let failure = Failure::of(world.operation(store, Hooks::Skip).err()?);
    let gravity = if store.is_bare() {
        Gravity::Note
    } else {
        Gravity::Error
    };
    let problem = Problem::new(gravity, failure.code, failure.message);
    Some(if failure.hints.is_empty() {
        problem
    } else {
        problem.mend(failure.hints.join("\n"))
    })
}

/// Reports whether commits can be signed, if the settings ask for it.
fn signing(world: &World, store: &Store) -> Option<Problem> {
    let problem = |message| Problem::new(Gravity::Error, "signing", message);
    match store.signing_program() {
        Err(error) => {
            Some(problem(error.to_string()).mend("git config --get-regexp '^(commit|gpg|user)[.]'"))
        }
        Ok(Some(program)) if !world.has_program(&program) => {
            let message =
                format!("commits are to be signed with {program}, and there is no such program");
            Some(problem(message).mend("git config commit.gpgSign false  # or install it"))
        }
        Ok(_) => None,
    }
}

fn git(world: &World) -> Option<Problem> {
    let message = "there is no git program on the PATH, so no hook is run";
    (!world.has_program("git")).then(|| Problem::new(Gravity::Warning, "no-git", message))
}
