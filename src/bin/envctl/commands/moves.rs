//! Pointer moves, as every command shows them.

use envctl::model::{Direction, Move, VersionNumber};
use serde::Serialize;

use crate::render::{Cell, Table};
use crate::ui::style;

/// A move as data: with its direction, so that a reader need not compare numbers.
#[derive(Clone, Debug, Serialize)]
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
