//! Findings as a compiler would show them.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use envctl::diag::{Finding, Severity};

use super::excerpt::{Excerpt, boundary};
use crate::ui::{Medium, Shown, ShownLines};

/// A finding and where its reader finds it.
#[derive(Clone, Debug)]
pub struct Located<'a> {
    /// What is wrong.
    pub finding: &'a Finding,
    /// The file as the reader names it: with the project's folder before it.
    pub path: String,
    /// What the file holds, if it is text.
    pub text: Option<&'a str>,
    /// Which bytes of the text the finding is about.
    pub span: Option<Range<usize>>,
}

/// The findings one after the other, with a blank line between two and without a line break at the end.
///
/// Any text and any span are fine: a span is clamped to the text, a long line is cut around it.
pub fn render(found: &[Located<'_>], medium: Medium) -> String {
    let renderer = Renderer::styled().term_width(usize::from(medium.width));
    found.iter().map(|located| renderer.render(&[group(located, medium)])).collect::<Vec<_>>().join("\n\n")
}

fn group<'a>(located: &'a Located<'a>, medium: Medium) -> Group<'a> {
    let Finding { code, severity, message, help, .. } = located.finding;
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(Shown(message).text()).id(code.as_str());
    let group = with_place(Group::with_title(title), located, medium);
    match help {
        Some(help) => group.element(Level::HELP.message(ShownLines(help).to_string())),
        None => group,
    }
}

fn with_place<'a>(group: Group<'a>, located: &'a Located<'a>, medium: Medium) -> Group<'a> {
    let origin = Origin::path(Shown(&located.path).text());
    let (Some(text), Some(span)) = (located.text, located.span.clone()) else {
        return group.element(origin);
    };
    let excerpt = Excerpt::of(text, span, usize::from(medium.width));
    let marker = AnnotationKind::Primary.span(excerpt.span);
    group
        .element(origin.line(excerpt.line).char_column(excerpt.column))
        .element(Snippet::source(excerpt.source).line_start(excerpt.line).annotation(marker))
}

/// The line and the column of a byte of `text`, both counted from 1, columns in characters.
///
/// An offset past the end means the end, one inside a character its first byte.
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..boundary(text, offset)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}
