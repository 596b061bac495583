use envctl::ops::{Gravity, Problem};
use envctl::store::{Hooks, Store};

use crate::error::Failure;
use crate::world::World;

/// What is missing on this machine, or in the settings of its user.
pub fn examine(world: &World, store: &Store) -> Vec<Problem> {
    [identity(world, store), signing(world, store), git(world)]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether git knows who would commit; where nobody works, that matters less.
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

/// Whether commits can be signed, where they are to be.
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
