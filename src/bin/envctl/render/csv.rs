//! Comma-separated values as RFC 4180 quotes them, harmless to terminals and to spreadsheets.

use crate::ui::Shown;

/// Returns one row without the line break at its end.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    cells.into_iter().map(cell).collect::<Vec<_>>().join(",")
}

/// Returns one field, with line breaks escaped: programs that read line by line would take the rest of the field for a
/// row.
fn cell(text: &str) -> String {
    let mut text = Shown(text).to_string();
    // A spreadsheet takes such a cell for a formula, and a formula can leak the table.
    if text.starts_with(['=', '+', '-', '@']) {
        text.insert(0, '\'');
    }
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::line;
    use crate::ui::is_unshowable;

    /// Returns the fields that a reader by RFC 4180 takes from one line.
    fn read(line: &str) -> Vec<String> {
        let mut cells = vec![String::new()];
        let mut quoted = false;
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' if quoted && characters.peek() == Some(&'"') => {
                    cells.last_mut().unwrap().extend(characters.next());
                }
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cells.last_mut().unwrap().push(other),
            }
        }
        assert!(!quoted, "{line}");
        cells
    }

    #[test]
    fn only_what_needs_quotes_has_them() {
        for (cells, expected) in [
            (&["a", "b c", ""] as &[&str], "a,b c,"),
            (
                &["a,b", "\"x\"", "one\ntwo"],
                "\"a,b\",\"\"\"x\"\"\",one\\ntwo",
            ),
            (
                &["=1+1", "+1", "-1", "@x", "\tx", "a=b"],
                "'=1+1,'+1,'-1,'@x,\\tx,a=b",
            ),
            (&["=\"x\",y", "'=1"], "\"'=\"\"x\"\",y\",'=1"),
            (&["\u{1b}[2J", "\r", "a\r\nb"], "\\u{1b}[2J,\\r,a\\r\\nb"),
        ] {
            assert_eq!(line(cells.iter().copied()), expected);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(cells in proptest::collection::vec("[a-z,\"\n =@\\PC]{0,9}", 1..5)) {
            let text = line(cells.iter().map(String::as_str));
            prop_assert!(!text.contains(is_unshowable), "{text:?}");
            let guarded = |cell: &String| {
                let formula = cell.starts_with(['=', '+', '-', '@']);
                if formula { format!("'{cell}") } else { cell.clone() }
            };
            // Marks that hide or reorder are escaped, so only what shows comes back.
            if !cells.iter().any(|cell| cell.contains(is_unshowable)) {
                prop_assert_eq!(read(&text), cells.iter().map(guarded).collect::<Vec<_>>());
            }
        }
    }
}
