use anstyle::Style;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, TableStyle};
use envctl::model::Color;

use super::swatch;
use crate::ui::{Medium, Shown, style};

/// The text of an empty cell.
const NOTHING: &str = "-";
/// The spaces between two columns.
const GAP: u16 = 2;
/// The minimum width of a table. A narrower terminal wraps its lines, which is more readable than single letters.
const MIN_WIDTH: u16 = 40;
/// The minimum width of a column that is narrowed.
const MIN_COLUMN: u16 = 10;

/// Rows under a header.
///
/// A terminal gets aligned columns that fit its width; a pipe gets tab-separated lines without the header, with nothing
/// cut.
#[derive(Clone, Debug)]
pub struct Table {
    header: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
}

/// One cell of a [`Table`].
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    style: Style,
    alignment: CellAlignment,
    swatch: Option<Option<Color>>,
}

impl Cell {
    /// Returns a cell with `text`, which passes through [`Shown`].
    pub fn new(text: impl ToString) -> Self {
        let text = Shown(&text.to_string()).to_string();
        Self {
            text,
            style: Style::new(),
            alignment: CellAlignment::Left,
            swatch: None,
        }
    }

    /// Returns an empty cell, shown as `-`.
    pub fn nothing() -> Self {
        Self::new("")
    }

    /// Returns the cell in `style`.
    #[must_use]
    pub fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// Returns the cell with its text at the right.
    #[must_use]
    pub fn right(self) -> Self {
        Self {
            alignment: CellAlignment::Right,
            ..self
        }
    }

    /// Returns the cell after a dot in `color`, or after the room for one.
    #[must_use]
    pub fn swatch(self, color: Option<Color>) -> Self {
        Self {
            swatch: Some(color),
            ..self
        }
    }

    fn plain(&self) -> &str {
        if self.text.is_empty() {
            NOTHING
        } else {
            &self.text
        }
    }

    fn styled(&self, medium: Medium) -> comfy_table::Cell {
        let style = if self.text.is_empty() {
            style::FAINT
        } else {
            self.style
        };
        let dot = self
            .swatch
            .map(|color| swatch(color, medium))
            .unwrap_or_default();
        comfy_table::Cell::new(format!("{dot}{style}{}{style:#}", self.plain()))
            .set_alignment(self.alignment)
    }
}

impl Table {
    /// Returns a table without rows under these titles.
    pub fn new(header: &[&str]) -> Self {
        Self::under(
            header
                .iter()
                .map(|title| Cell::new(title).style(style::STRONG)),
        )
    }

    /// Returns a table without rows under a header that is not known beforehand, such as one column for each
    /// environment; without titles the header is omitted.
    pub fn under(header: impl IntoIterator<Item = Cell>) -> Self {
        Self {
            header: header.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; it should have as many cells as the header.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) -> &mut Self {
        self.rows.push(cells.into_iter().collect());
        self
    }

    /// Reports whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the table as text without a line break at the end; empty if it has no row.
    pub fn render(&self, medium: Medium) -> String {
        if self.is_empty() {
            String::new()
        } else if medium.terminal {
            self.columns(medium)
        } else {
            self.lines()
        }
    }

    /// Returns the header, each cell aligned like the first one under it.
    fn header(&self) -> impl Iterator<Item = Cell> {
        let first = self.rows.first().map_or(&[][..], Vec::as_slice);
        self.header.iter().enumerate().map(|(column, title)| {
            let alignment = first
                .get(column)
                .map_or(title.alignment, |cell| cell.alignment);
            Cell {
                alignment,
                ..title.clone()
            }
        })
    }

    fn lines(&self) -> String {
        let line = |row: &Vec<Cell>| row.iter().map(Cell::plain).collect::<Vec<_>>().join("\t");
        self.rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn columns(&self, medium: Medium) -> String {
        let width = medium.width.max(MIN_WIDTH);
        let mut table = comfy_table::Table::new();
        table
            .load_style(TableStyle::new())
            // Width and colour are decided elsewhere, not by comfy-table.
            .force_no_tty()
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width)
            .add_rows(
                self.rows
                    .iter()
                    .map(|row| row.iter().map(|cell| cell.styled(medium))),
            );
        if !self.header.is_empty() {
            table.set_header(self.header().map(|title| title.styled(medium)));
        }
        let last = table.column_count().saturating_sub(1);
        let giving_way = giving_way(&table, width);
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if index == last { 0 } else { GAP }));
            if giving_way.is_some_and(|widest| widest != index) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        table.trim_fmt()
    }
}

/// Returns the widest column, if the table fits `width` when that column alone is narrowed.
///
/// Left to itself comfy-table cuts every column to the same width, and breaks names that would have had room. That is
/// right only where the other columns are too wide as well.
fn giving_way(table: &comfy_table::Table, width: u16) -> Option<usize> {
    let widths = table.column_max_content_widths();
    let widest = (0..widths.len()).max_by_key(|index| widths[*index])?;
    let others = widths
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != widest);
    let taken: u16 = others
        .map(|(_, width)| width.saturating_add(GAP))
        .fold(0, u16::saturating_add);
    (taken.saturating_add(MIN_COLUMN) <= width).then_some(widest)
}

#[cfg(test)]
mod tests;
