use super::excerpt::boundary;

/// After how many bytes the characters before are counted anew.
const STRIDE: usize = 1024;

/// Where the lines and characters of a text are: the place of a byte is found without reading the text before it again, so
/// that a file with thousands of findings is still shown at once.
pub struct Positions<'t> {
    text: &'t str,
    /// The first byte of each line.
    lines: Vec<usize>,
    /// How many characters begin before each [`STRIDE`] of bytes.
    characters: Vec<usize>,
}

impl<'t> Positions<'t> {
    /// Reads `text` once.
    pub fn of(text: &'t str) -> Self {
        let breaks = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        let mut characters = vec![0];
        for stride in text.as_bytes().chunks(STRIDE) {
            characters.push(characters.last().unwrap_or(&0) + beginnings(stride));
        }
        Self {
            text,
            lines,
            characters,
        }
    }

    /// Returns the line and the column of a byte, both counted from 1, columns in characters.
    ///
    /// An offset past the end means the end, one inside a character its first byte.
    pub fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let offset = boundary(self.text, offset);
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines.get(line - 1).copied().unwrap_or_default();
        (
            line,
            self.characters_before(offset) - self.characters_before(start) + 1,
        )
    }

    fn characters_before(&self, offset: usize) -> usize {
        let stride = offset / STRIDE;
        let counted = self.characters.get(stride).copied().unwrap_or_default();
        counted + beginnings(&self.text.as_bytes()[stride * STRIDE..offset])
    }
}

/// Returns how many characters begin in these bytes of UTF-8.
fn beginnings(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .filter(|byte| **byte & 0b1100_0000 != 0b1000_0000)
        .count()
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert_eq, proptest};

    use super::*;

    /// Returns the same by reading everything before the byte.
    fn counted(text: &str, offset: usize) -> (usize, usize) {
        let before = &text[..boundary(text, offset)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let text = "é = 1\r\nb = \"日本\"\n";
        let positions = Positions::of(text);
        let at = |needle| positions.line_and_column(text.find(needle).unwrap());
        assert_eq!(at("é"), (1, 1));
        assert_eq!(at("="), (1, 3));
        assert_eq!(at("本"), (2, 7));
        assert_eq!(positions.line_and_column(1), (1, 1), "inside é");
        assert_eq!(positions.line_and_column(1000), (3, 1), "past the end");
        assert_eq!(Positions::of("").line_and_column(0), (1, 1));
    }

    proptest! {
        #[test]
        fn places_are_those_that_counting_finds(part in "[\né日a\u{1b}]{0,40}", times in 0..200_usize, at in 0..9000_usize) {
            let text = part.repeat(times);
            prop_assert_eq!(Positions::of(&text).line_and_column(at), counted(&text, at));
        }
    }
}
