use std::ops::Range;

use super::findings::line_and_column;
use crate::ui::Shown;

/// The most characters that are shown of one side of a line, however wide the terminal is.
const MOST: usize = 200;

/// The line of a text that a span begins on, made safe to show, with the span moved along.
pub(super) struct Excerpt {
    /// The line, cut around the span if it is long.
    pub(super) source: String,
    /// The span within `source`: never past its end.
    pub(super) span: Range<usize>,
    /// The number of the line in the text, from 1.
    pub(super) line: usize,
    /// Where the span begins in the line of the text, in characters from 1.
    pub(super) column: usize,
}

impl Excerpt {
    /// The line of `text` on which `span` begins, cut to about `width` columns.
    pub(super) fn of(text: &str, span: Range<usize>, width: usize) -> Self {
        let start = boundary(text, span.start);
        let end = boundary(text, span.end).max(start);
        let (line, column) = line_and_column(text, start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let room = width.clamp(40, MOST);
        let before = shown(last(&text[line_start..start], room / 3));
        let marked = shown(first(&text[start..end.min(line_end)], room));
        let after = shown(first(text[end.min(line_end)..line_end].trim_end_matches('\r'), room));
        let span = before.len()..before.len() + marked.len();
        Self { source: before + &marked + &after, span, line, column }
    }
}

/// The nearest place at or before `offset` that is in the text and not inside a character.
pub(super) fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Tabs are spread first: where they end depends on what stands before them, and the underline must not.
fn shown(part: &str) -> String {
    Shown(&part.replace('\t', "    ")).to_string()
}

fn first(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(at, _)| &text[..at])
}

fn last(text: &str, characters: usize) -> &str {
    text.char_indices().nth_back(characters).map_or(text, |(at, c)| &text[at + c.len_utf8()..])
}
