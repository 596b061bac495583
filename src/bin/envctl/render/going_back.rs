//! Commands that go back, for who reads them and for who runs them.
//!
//! They say where to go rather than how often back, so each does the same whatever happens before it is run.

use std::fmt;

use envctl::model::{CommitId, Direction, EnvironmentSlug, Move, Resource, VersionNumber};
use envctl::ops::{EarlierState, Guess};
use schemars::JsonSchema;
use serde::Serialize;

use super::when::{self, When};

/// How many moves of a state are told; the others are counted.
const TOLD: usize = 3;

/// A state that there is to go back to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Choice<'a> {
    commit: CommitId,
    at: When,
    moves: Vec<Going<'a>>,
    command: String,
}

/// A move, with its direction.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Going<'a> {
    #[serde(flatten)]
    moved: &'a Move,
    direction: Direction,
}

/// The command that makes one pointer name `number`, or nothing.
pub fn to_number(
    environment: &EnvironmentSlug,
    resource: &Resource,
    number: Option<VersionNumber>,
) -> String {
    match number {
        Some(number) => format!("envctl rollback {environment} {resource} --to {number}"),
        None => format!("envctl retire {environment} {resource}"),
    }
}

/// The command that brings an environment, or the pointers that are named, back to what was live in `commit`.
pub fn to_state(environment: &EnvironmentSlug, resources: &[Resource], commit: CommitId) -> String {
    let named: String = resources
        .iter()
        .map(|resource| format!(" {resource}"))
        .collect();
    format!(
        "envctl rollback {environment}{named} --at {}",
        commit.short()
    )
}

/// What there is to go back to instead of guessing.
pub fn choices(guess: &Guess) -> Vec<Choice<'_>> {
    guess
        .states
        .iter()
        .map(|state| choice(guess, state))
        .collect()
}

fn choice<'a>(guess: &'a Guess, state: &'a EarlierState) -> Choice<'a> {
    let EarlierState { commit, at, moves } = state;
    let command = match (guess.resources.as_slice(), moves.as_slice()) {
        ([resource], [moved]) => to_number(&guess.environment, resource, moved.after),
        // What would be taken away has to be named.
        ([], moves) if moves.iter().any(|moved| moved.after.is_none()) => {
            let named: Vec<Resource> = moves.iter().map(|moved| moved.resource.clone()).collect();
            to_state(&guess.environment, &named, *commit)
        }
        (resources, _) => to_state(&guess.environment, resources, *commit),
    };
    Choice {
        commit: *commit,
        at: When(*at),
        moves: moves
            .iter()
            .map(|moved| Going {
                moved,
                direction: moved.direction(),
            })
            .collect(),
        command,
    }
}

/// The command, and behind it as a comment since when that was live and what would move: a line for a shell.
impl fmt::Display for Choice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  # {}: ", self.command, when::rfc3339(self.at.0))?;
        let told: Vec<String> = self
            .moves
            .iter()
            .take(TOLD)
            .map(|going| told(going.moved))
            .collect();
        f.write_str(&told.join(", "))?;
        match self.moves.len().saturating_sub(TOLD) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

fn told(moved: &Move) -> String {
    let number =
        |number: Option<_>| number.map_or_else(|| "-".to_owned(), |number| format!("{number}"));
    format!(
        "{} {} → {}",
        moved.resource,
        number(moved.before),
        number(moved.after)
    )
}
