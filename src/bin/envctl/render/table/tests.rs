use anstream::adapter::strip_str;
use proptest::{prop_assert, proptest};

use super::{Cell, MIN_WIDTH, Table};
use crate::ui::{Medium, is_unshowable, style};

const TERMINAL: Medium = Medium {
    terminal: true,
    color: true,
    width: 40,
};

fn table() -> Table {
    let mut table = Table::new(&["ENVIRONMENT", "LIVE", "DESCRIPTION"]);
    let red = "red".parse().ok();
    table.row([
        Cell::new("prod").swatch(red),
        Cell::new(7).right().style(style::GOOD),
        Cell::new("what serves"),
    ]);
    table.row([
        Cell::new("staging").swatch(None),
        Cell::nothing().right(),
        Cell::new("where\nit\tis tried"),
    ]);
    table
}

#[test]
fn a_pipe_gets_every_cell_between_tabs() {
    let lines = "prod\t7\twhat serves\nstaging\t-\twhere\\nit\\tis tried";
    assert_eq!(table().render(Medium::PIPE), lines);
}

#[test]
fn a_terminal_gets_aligned_columns() {
    let expected = "
ENVIRONMENT  LIVE  DESCRIPTION
● prod          7  what serves
  staging       -  where\\nit\\tis tried";
    let text = table().render(TERMINAL);
    assert_eq!(strip_str(&text).to_string(), expected.trim_start());
    assert!(text.contains("\u{1b}[32m7\u{1b}[0m"), "{text:?}");
}

#[test]
fn the_widest_column_is_wrapped_to_fit() {
    let mut table = Table::new(&["RESOURCE", "PROD", "WHY"]);
    let why = Cell::new("a reason that is too long for what is left").style(style::ERROR);
    table.row([Cell::new("prompts/support-router"), Cell::new(7), why]);
    let expected = "
RESOURCE                PROD  WHY
prompts/support-router  7     a reason
                              that is
                              too long
                              for what
                              is left";
    assert_eq!(
        strip_str(&table.render(TERMINAL)).to_string(),
        expected.trim_start()
    );
}

#[test]
fn where_all_columns_are_wide_each_gives_way() {
    let mut table = Table::new(&["FROM", "TO", "NOTE"]);
    table.row([
        Cell::new("a".repeat(60)),
        Cell::new("b".repeat(60)),
        Cell::new("c".repeat(60)),
    ]);
    let text = strip_str(&table.render(TERMINAL)).to_string();
    assert!(text.lines().all(|line| line.len() <= 40), "{text}");
    assert_eq!(text.lines().count(), 6, "{text}");
}

#[test]
fn a_tiny_terminal_does_not_squeeze_the_columns() {
    let text = table().render(Medium {
        width: 3,
        ..TERMINAL
    });
    assert_eq!(
        text,
        table().render(Medium {
            width: MIN_WIDTH,
            ..TERMINAL
        })
    );
}

#[test]
fn without_titles_there_are_only_rows() {
    let mut table = Table::under([]);
    table
        .row([Cell::new("pass"), Cell::new("why")])
        .row([Cell::new("refuse"), Cell::new(" ")]);
    assert_eq!(
        strip_str(&table.render(TERMINAL)).to_string(),
        "pass    why\nrefuse"
    );
}

#[test]
fn no_rows_are_no_text() {
    assert_eq!(Table::new(&["A"]).render(TERMINAL), "");
    assert_eq!(Table::new(&["A"]).render(Medium::PIPE), "");
}

proptest! {
    #[test]
    fn no_text_and_no_width_panics(texts in proptest::collection::vec(".{0,40}", 1..12), width: u16) {
        let mut table = Table::new(&["A", "B", "C"]);
        for row in texts.chunks(3) {
            table.row(row.iter().map(Cell::new));
        }
        let text = strip_str(&table.render(Medium { width, ..TERMINAL })).to_string();
        prop_assert!(!text.contains(|c| c != '\n' && is_unshowable(c)), "{text:?}");
    }
}
