//! The commands that go back to an earlier state, as text and as choices.
//!
//! They name the destination, not the number of steps, so each does the same whenever it is run.

use std::borrow::Borrow;
use std::fmt;

use envctl::model::{CommitId, Direction, EnvironmentSlug, Move, Resource, VersionNumber};
use envctl::ops::{EarlierState, Guess};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Person;
use super::when::{self, When};
use crate::ui::Shown;

/// How many moves of a state a comment lists; the others are counted.
const TOLD: usize = 3;

/// A state to go back to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Choice<'a> {
    commit: CommitId,
    at: When,
    /// The author of the state; null: unknown.
    author: Option<Person<'a>>,
    reason: Option<&'a str>,
    moves: Vec<Going<'a>>,
    /// If the state contains versions that were rolled back but may return: when, by whom and why.
    brings_back: Vec<&'a str>,
    command: String,
}

/// A move, with its direction.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Going<'a> {
    #[serde(flatten)]
    moved: &'a Move,
    direction: Direction,
}

/// Returns the command that sets one pointer to `number`, or removes it.
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

/// Returns the command that moves an environment, or the pointers that are named, back to what was live in `commit`.
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

/// Returns the states to choose from.
pub fn choices(guess: &Guess) -> Vec<Choice<'_>> {
    guess
        .states
        .iter()
        .map(|state| choice(guess, state))
        .collect()
}

fn choice<'a>(guess: &'a Guess, state: &'a EarlierState) -> Choice<'a> {
    let EarlierState {
        commit,
        at,
        made,
        moves,
        rolled_back,
    } = state;
    let command = match (guess.resources.as_slice(), moves.as_slice()) {
        ([resource], [moved]) => to_number(&guess.environment, resource, moved.after),
        _ => to_state(&guess.environment, &named(guess, state), *commit),
    };
    Choice {
        commit: *commit,
        at: When(*at),
        author: made.author.as_ref().map(|author| Person {
            name: author.name(),
            email: author.email(),
        }),
        reason: made.reason.as_deref(),
        moves: moves
            .iter()
            .map(|moved| Going {
                moved,
                direction: moved.direction(),
            })
            .collect(),
        brings_back: rolled_back
            .iter()
            .map(|(_, verdict)| verdict.sentence.as_str())
            .collect(),
        command,
    }
}

/// Returns the pointers to name in order to come back to `state`: those that were named, or, where
/// one would be taken away, all that move.
pub fn named(guess: &Guess, state: &EarlierState) -> Vec<Resource> {
    let takes_away = || state.moves.iter().any(|moved| moved.after.is_none());
    if guess.resources.is_empty() && takes_away() {
        let moved = |moved: &Move| moved.resource.clone();
        return state.moves.iter().map(moved).collect();
    }
    guess.resources.clone()
}

/// Returns `state` as a choice: what would move, as far as it fits into `width`, and in a second
/// line since when it was live, by whom and why.
pub fn offered(state: &EarlierState, now: Timestamp, width: usize) -> String {
    let fits = |text: &String| text.chars().count() <= width;
    let all = (1..=state.moves.len()).rev();
    let moves = all.map(|at_most| listed(&state.moves, at_most)).find(fits);
    let moves = moves.unwrap_or_else(|| listed(&state.moves, 1));
    let who = match &state.made.author {
        Some(author) => format!(" by {}", Shown(author.name())),
        None => String::new(),
    };
    let why = match &state.made.reason {
        Some(why) => format!(": {}", Shown(why)),
        None => String::new(),
    };
    let when = when::relative(state.at, now);
    let marked = match state.rolled_back.is_empty() {
        true => "",
        false => "; brings back what was rolled back",
    };
    format!(
        "{moves}\n{when}{who} ({}){why}{marked}",
        state.commit.short()
    )
}

/// The command, followed by a comment: since when the state was live, by whom, and what would move. A line for a shell.
impl fmt::Display for Choice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  # {}", self.command, when::rfc3339(self.at.0))?;
        if let Some(author) = &self.author {
            write!(f, " by {}", Shown(author.name))?;
        }
        f.write_str(": ")?;
        let moves: Vec<&Move> = self.moves.iter().map(|going| going.moved).collect();
        f.write_str(&listed(&moves, TOLD))?;
        if !self.brings_back.is_empty() {
            f.write_str("; brings back what was rolled back")?;
        }
        Ok(())
    }
}

/// Returns the first `at_most` of `moves`, and how many more there are.
fn listed(moves: &[impl Borrow<Move>], at_most: usize) -> String {
    let first = moves.iter().take(at_most);
    let first: Vec<String> = first.map(|moved| described(moved.borrow())).collect();
    let first = first.join(", ");
    match moves.len().saturating_sub(at_most) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn described(moved: &Move) -> String {
    let number =
        |number: Option<_>| number.map_or_else(|| "-".to_owned(), |number| format!("{number}"));
    format!(
        "{} {} → {}",
        moved.resource,
        number(moved.before),
        number(moved.after)
    )
}

#[cfg(test)]
mod tests {
    use envctl::model::{CommitId, Identity, Move};
    use envctl::ops::EarlierState;
    use envctl::policy::Made;

    use super::offered;

    fn moved(resource: &str) -> Move {
        Move {
            environment: "prod".parse().unwrap(),
            resource: resource.parse().unwrap(),
            before: "7".parse().ok(),
            after: "6".parse().ok(),
        }
    }

    #[test]
    fn a_state_tells_as_many_moves_as_fit_and_below_them_when_who_and_why() {
        let now = "2026-11-22T14:00:00Z".parse().unwrap();
        let at = "2026-11-22T12:00:00Z".parse().unwrap();
        let state = EarlierState {
            commit: CommitId::from_bytes([0xab; 20]),
            at,
            made: Made {
                author: Identity::new("Hanna", "hanna@example.org").ok(),
                at,
                reason: Some("Kinder answers".to_owned()),
            },
            moves: vec![
                moved("prompts/greeting"),
                moved("prompts/support-router"),
                moved("routing/chat"),
            ],
            rolled_back: Vec::new(),
        };
        for (width, expected) in [
            (
                117,
                "prompts/greeting 7 → 6, prompts/support-router 7 → 6, routing/chat 7 → 6",
            ),
            (
                63,
                "prompts/greeting 7 → 6, prompts/support-router 7 → 6 and 1 more",
            ),
            (62, "prompts/greeting 7 → 6 and 2 more"),
            (10, "prompts/greeting 7 → 6 and 2 more"),
        ] {
            let text = offered(&state, now, width);
            let (moves, rest) = text.split_once('\n').unwrap();
            assert_eq!(moves, expected, "{width}");
            assert_eq!(rest, "2 hours ago by Hanna (ababababab): Kinder answers");
        }
    }
}
