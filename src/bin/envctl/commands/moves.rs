//! Pointer moves, as every command shows them.

use envctl::model::{Direction, Move, Resource, VersionId, VersionNumber};
use envctl::policy::{Judged, Outcome};
use schemars::JsonSchema;
use serde::Serialize;

use super::verdict::{self, VerdictBody};
use crate::render::when::When;
use crate::render::{Cell, Table};
use crate::ui::style;

/// A version as data: which, of what.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VersionBody {
    resource: Resource,
    version: VersionNumber,
}

impl VersionBody {
    /// Versions as data.
    pub fn all(versions: &[VersionId]) -> Vec<Self> {
        versions.iter().map(Self::of).collect()
    }

    /// A version as data.
    pub fn of(version: &VersionId) -> Self {
        Self {
            resource: version.resource.clone(),
            version: version.number,
        }
    }
}

/// A move as data: with its direction, so that a reader need not compare numbers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MoveBody<'a> {
    #[serde(flatten)]
    moved: &'a Move,
    direction: Direction,
}

impl<'a> MoveBody<'a> {
    /// A move as data.
    pub fn of(moved: &'a Move) -> Self {
        Self {
            moved,
            direction: moved.direction(),
        }
    }
}

/// Moves as data.
pub fn bodies(moves: &[Move]) -> Vec<MoveBody<'_>> {
    moves.iter().map(MoveBody::of).collect()
}

/// A move as data, with what the policy says of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JudgedMove {
    #[serde(flatten)]
    moved: Move,
    direction: Direction,
    /// What all rules come to; a refusal outranks a wait.
    outcome: Outcome,
    /// From when on the move would pass, where time alone decides.
    eligible: Option<When>,
    verdicts: Vec<VerdictBody>,
}

impl JudgedMove {
    /// A move that was judged as data.
    pub fn of(judged: &Judged) -> Self {
        Self {
            moved: judged.moved.clone(),
            direction: judged.moved.direction(),
            outcome: judged.outcome(),
            eligible: judged.outcome().eligible().map(When),
            verdicts: verdict::bodies(judged),
        }
    }

    /// Moves as data, each with what `judged` says of it; no rule is about those that it does not have.
    pub fn all(moves: &[Move], judged: &[Judged]) -> Vec<Self> {
        let unjudged = |moved: &Move| Self {
            moved: moved.clone(),
            direction: moved.direction(),
            outcome: Outcome::Pass,
            eligible: None,
            verdicts: Vec::new(),
        };
        moves
            .iter()
            .map(|moved| {
                let found = judged.iter().find(|judged| judged.moved == *moved);
                found.map_or_else(|| unjudged(moved), Self::of)
            })
            .collect()
    }
}

/// Moves of one environment as a table: the resource, what is live, what will be, and which way that is.
pub fn table(moves: &[Move]) -> Table {
    let mut table = Table::new(&["RESOURCE", "LIVE", "THEN", "MOVE"]);
    for moved in moves {
        let (word, style) = match moved.direction() {
            Direction::New => ("new", style::GOOD),
            Direction::Forward => ("forward", style::GOOD),
            Direction::Back => ("back", style::WARNING),
            Direction::Removed => ("removed", style::ERROR),
        };
        let resource = Cell::new(&moved.resource);
        table.row([
            resource,
            number(moved.before),
            number(moved.after).style(style::STRONG),
            Cell::new(word).style(style),
        ]);
    }
    table
}

/// A number, or nothing, in a cell.
pub fn number(number: Option<VersionNumber>) -> Cell {
    number.map_or_else(Cell::nothing, Cell::new).right()
}
