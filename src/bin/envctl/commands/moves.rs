//! Shows pointer moves, as a table and as JSON. All commands use this.

use envctl::model::{Direction, Move, Resource, VersionId, VersionNumber};
use envctl::policy::{Judged, Outcome};
use schemars::JsonSchema;
use serde::Serialize;

use super::verdict::{self, VerdictBody};
use crate::render::when::When;
use crate::render::{Cell, Table};
use crate::ui::style;

/// A version as data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VersionBody {
    resource: Resource,
    version: VersionNumber,
}

impl VersionBody {
    /// Returns versions as data.
    pub fn all(versions: &[VersionId]) -> Vec<Self> {
        versions.iter().map(Self::of).collect()
    }

    /// Returns a version as data.
    pub fn of(version: &VersionId) -> Self {
        Self {
            resource: version.resource.clone(),
            version: version.number,
        }
    }
}

/// A move as data, with its direction, so that a reader need not compare numbers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MoveBody<'a> {
    #[serde(flatten)]
    moved: &'a Move,
    direction: Direction,
}

impl<'a> MoveBody<'a> {
    /// Returns a move as data.
    pub fn of(moved: &'a Move) -> Self {
        Self {
            moved,
            direction: moved.direction(),
        }
    }
}

/// Returns moves as data.
pub fn bodies(moves: &[Move]) -> Vec<MoveBody<'_>> {
    moves.iter().map(MoveBody::of).collect()
}

/// A move as data, with the verdicts of the policy.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JudgedMove {
    #[serde(flatten)]
    moved: Move,
    direction: Direction,
    /// The outcome of all rules; a refusal outranks a wait.
    outcome: Outcome,
    /// The time from which the move would pass, if only time is missing.
    eligible: Option<When>,
    verdicts: Vec<VerdictBody>,
}

impl JudgedMove {
    /// Returns a judged move as data.
    pub fn of(judged: &Judged) -> Self {
        Self {
            moved: judged.moved.clone(),
            direction: judged.moved.direction(),
            outcome: judged.outcome(),
            eligible: judged.outcome().eligible().map(When),
            verdicts: verdict::bodies(judged),
        }
    }

    /// Returns moves as data, each with its verdict; moves that are not in `judged` pass, because
    /// no rule applies to them.
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

/// Returns a table of moves in one environment: the resource, what is live, what will be live, and the direction.
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

/// Returns a cell with the number, or an empty one.
pub fn number(number: Option<VersionNumber>) -> Cell {
    number.map_or_else(Cell::nothing, Cell::new).right()
}
