use std::ops::Range;

use crate::ui::Shown;

/// The line of a text that a span begins on, made safe to show, with the span moved along.
pub(super) struct Excerpt {
    /// The line, cut around the span if it is long.
    pub(super) source: String,
    /// The span within `source`: never past its end, never inside a character.
    pub(super) span: Range<usize>,
}

impl Excerpt {
    /// Returns the line of `text` on which `span` begins, at most `width` characters of it.
    ///
    /// A third of the width is for the text before the span, so that a reader sees which key a long value belongs to.
    pub(super) fn of(text: &str, span: Range<usize>, width: usize) -> Self {
        let start = boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = start + line(&text[start..]).len();

        let before = text[line_start..start].char_indices().rev().take(width / 3);
        let from = before.last().map_or(start, |(at, _)| line_start + at);
        let room = width - text[from..start].chars().count();
        let to = text[start..line_end]
            .char_indices()
            .nth(room)
            .map_or(line_end, |(at, _)| start + at);
        let end = boundary(text, span.end).clamp(start, to);

        let before = cut(from > line_start) + &shown(&text[from..start]);
        let marked = shown(&text[start..end]);
        let after = shown(&text[end..to]) + &cut(to < line_end);
        let span = before.len()..before.len() + marked.len();
        Self {
            source: before + &marked + &after,
            span,
        }
    }
}

/// Returns the nearest place at or before `offset` that is in the text and not inside a character.
pub(super) fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

fn line(text: &str) -> &str {
    let line = text.find('\n').map_or(text, |at| &text[..at]);
    line.strip_suffix('\r').unwrap_or(line)
}

fn cut(is_cut: bool) -> String {
    if is_cut {
        "…".to_owned()
    } else {
        String::new()
    }
}

/// Tabs are expanded here: their width on a terminal depends on the text before them, and the
/// underline would be misplaced.
fn shown(part: &str) -> String {
    Shown(&part.replace('\t', "    ")).to_string()
}

#[cfg(test)]
mod tests {
    use super::Excerpt;

    fn marked(text: &str, span: std::ops::Range<usize>) -> (String, String) {
        let Excerpt { source, span } = Excerpt::of(text, span, 30);
        let mark = source[span].to_owned();
        (source, mark)
    }

    #[test]
    fn only_the_line_of_the_span_is_shown() {
        assert_eq!(
            marked("a = 1\r\nb = 2\r\nc = 3", 11..12),
            ("b = 2".into(), "2".into())
        );
        assert_eq!(
            marked("a = 1\nb = 2\n", 4..11),
            ("a = 1".into(), "1".into())
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_span() {
        let line = format!(
            "{}{}{}",
            "a".repeat(1_000_000),
            "b".repeat(3),
            "c".repeat(1_000_000)
        );
        let source = format!("…{}bbb{}…", "a".repeat(10), "c".repeat(17));
        assert_eq!(marked(&line, 1_000_000..1_000_003), (source, "bbb".into()));
        assert_eq!(
            marked(&line, 0..2_000_000),
            (format!("{}…", "a".repeat(30)), "a".repeat(30))
        );
    }

    #[test]
    fn the_span_follows_what_is_escaped() {
        assert_eq!(
            marked("\tk = \"\u{1b}é\"", 5..10),
            (r#"    k = "\u{1b}é""#.into(), r#""\u{1b}é""#.into())
        );
    }

    #[test]
    fn a_span_past_the_end_is_the_end() {
        assert_eq!(marked("a = 1", 70..80), ("a = 1".into(), String::new()));
        assert_eq!(marked("", 0..1), (String::new(), String::new()));
    }
}
