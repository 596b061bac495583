use anstyle::Style;
use comfy_table::{CellAlignment, ContentArrangement, TableStyle};
use envctl::model::Color;

use super::swatch;
use crate::ui::{Medium, Shown, style};

/// What stands where a cell has nothing to say.
const NOTHING: &str = "-";
/// Columns between two columns.
const GAP: u16 = 2;

/// Rows under a header.
///
/// A terminal gets aligned columns that fit its width; a pipe gets tab-separated lines without the header, with nothing
/// cut.
#[derive(Clone, Debug)]
pub struct Table {
    header: Vec<&'static str>,
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
    /// A cell with `text`, from wherever: it passes through [`Shown`].
    pub fn new(text: impl ToString) -> Self {
        let text = Shown(&text.to_string()).to_string();
        Self { text, style: Style::new(), alignment: CellAlignment::Left, swatch: None }
    }

    /// A cell with nothing in it, shown as `-`.
    pub fn nothing() -> Self {
        Self::new("")
    }

    /// The same cell in `style`.
    #[must_use]
    pub fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// The same cell, its text at the right.
    #[must_use]
    pub fn right(self) -> Self {
        Self { alignment: CellAlignment::Right, ..self }
    }

    /// The same cell after a dot in `color`, or after the room for one.
    #[must_use]
    pub fn swatch(self, color: Option<Color>) -> Self {
        Self { swatch: Some(color), ..self }
    }

    fn plain(&self) -> &str {
        if self.text.is_empty() { NOTHING } else { &self.text }
    }

    fn styled(&self, medium: Medium) -> comfy_table::Cell {
        let style = if self.text.is_empty() { style::FAINT } else { self.style };
        let dot = self.swatch.map(|color| swatch(color, medium)).unwrap_or_default();
        comfy_table::Cell::new(format!("{dot}{style}{}{style:#}", self.plain())).set_alignment(self.alignment)
    }
}

impl Table {
    /// A table without rows.
    pub fn new(header: &[&'static str]) -> Self {
        Self { header: header.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; it should have as many cells as the header.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) -> &mut Self {
        self.rows.push(cells.into_iter().collect());
        self
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as text without a line break at the end; nothing at all if it has no row.
    pub fn render(&self, medium: Medium) -> String {
        match () {
            () if self.is_empty() => String::new(),
            () if medium.terminal => self.columns(medium),
            () => self.lines(),
        }
    }

    fn lines(&self) -> String {
        let line = |row: &Vec<Cell>| row.iter().map(Cell::plain).collect::<Vec<_>>().join("\t");
        self.rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn columns(&self, medium: Medium) -> String {
        let mut table = comfy_table::Table::new();
        table
            .load_style(TableStyle::new())
            // Width and colour are decided in one place, and that is not comfy-table.
            .force_no_tty()
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(medium.width)
            .set_header(self.header.iter().map(|title| Cell::new(title).style(style::STRONG).styled(medium)))
            .add_rows(self.rows.iter().map(|row| row.iter().map(|cell| cell.styled(medium))));
        let last = table.column_count().saturating_sub(1);
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if index == last { 0 } else { GAP }));
        }
        table.trim_fmt()
    }
}
