//! Findings, as a compiler shows them and as data.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use anstream::adapter::strip_str;
use envctl::diag::{Code, Finding, Severity};
use envctl::files::{Outline, Snapshot, redacted};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use super::count;
use super::excerpt::Excerpt;
use super::positions::Positions;
use super::when::When;
use crate::ui::{Medium, Shown, ShownLines};

/// A finding with its location for the reader.
#[derive(Clone, Debug)]
pub struct Located<'a> {
    /// What is wrong.
    pub finding: &'a Finding,
    /// The file, relative to the repository.
    pub path: String,
    /// The content of the file, if it is text.
    pub text: Option<&'a str>,
    /// Which bytes of the text the finding is about.
    pub span: Option<Range<usize>>,
    /// The line and the column at which the span begins, both counted from 1, columns in characters.
    pub position: Option<(usize, usize)>,
    /// The line and the column after the end of the span, counted the same way.
    pub end: Option<(usize, usize)>,
}

/// A finding as data; missing values are null.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FindingBody<'a> {
    code: Code,
    severity: Severity,
    message: &'a str,
    hint: Option<&'a str>,
    /// The time from which the same step is allowed, if only time is missing.
    eligible: Option<When>,
    /// The ways of landing a pull request that have the finding, if others do not; else empty.
    fails_by: &'a [&'static str],
    file: &'a str,
    /// The key as TOML spells it.
    key: Option<String>,
    /// The line and the column, both counted from 1, columns in characters.
    line: Option<usize>,
    column: Option<usize>,
}

impl<'a> FindingBody<'a> {
    /// Returns a finding as data.
    pub fn of(located: &'a Located<'_>) -> Self {
        let (line, column) = located.line_and_column().unzip();
        let finding = located.finding;
        Self {
            code: finding.code,
            severity: finding.severity,
            message: &finding.message,
            hint: finding.help.as_deref(),
            eligible: finding.eligible.map(When),
            fails_by: &finding.landing,
            file: &located.path,
            key: finding.place.dotted_key(),
            line,
            column,
        }
    }
}

impl Serialize for Located<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FindingBody::of(self).serialize(serializer)
    }
}

impl JsonSchema for Located<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Finding".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        FindingBody::json_schema(generator)
    }
}

impl Located<'_> {
    /// Returns where the span begins in the text, if there are both.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        self.position
    }
}

/// Returns where `findings` are in the files of `snapshot`.
pub fn locate_all<'a>(
    findings: impl IntoIterator<Item = &'a Finding>,
    snapshot: &'a Snapshot,
) -> Vec<Located<'a>> {
    let mut known: BTreeMap<&str, (Outline<'a>, Positions<'a>)> = BTreeMap::new();
    let located = |finding: &'a Finding| {
        let file = finding.place.file.as_str();
        let text = snapshot.text(file);
        let read = |text| (Outline::of_file(file, text), Positions::of(text));
        let places = text.map(|text| &*known.entry(file).or_insert_with(|| read(text)));
        let span = places.and_then(|(outline, _)| outline.locate(&finding.place.spot));
        let spanned = places.zip(span.as_ref());
        let position = spanned.map(|((_, positions), span)| positions.line_and_column(span.start));
        let end = spanned.map(|((_, positions), span)| positions.line_and_column(span.end));
        Located {
            finding,
            path: file.to_owned(),
            text,
            span,
            position,
            end,
        }
    };
    findings.into_iter().map(located).collect()
}

/// The most findings that a report shows: more than anybody reads, and few enough to render quickly.
const MOST: usize = 100;

/// The columns of a report in a pipe, where the width is unknown.
const PIPE_WIDTH: usize = 140;
/// The columns that a report needs besides the text: a line number, the bar, and some room for escapes.
const GUTTER: usize = 16;

/// Returns the findings separated by blank lines, without a line break at the end.
///
/// Any text and any span are fine: a span is clamped to the text, a long line is cut around it.
pub fn render(found: &[Located<'_>], medium: Medium) -> String {
    let width = if medium.terminal {
        usize::from(medium.width)
    } else {
        PIPE_WIDTH
    };
    let renderer = Renderer::styled().term_width(width);
    let shown = texts(&found[..found.len().min(MOST)]);
    let report = |located: &Located<'_>| {
        without_second_place(&renderer.render(&[group(located, &shown, width)]))
    };
    let mut reports: Vec<_> = found.iter().take(MOST).map(report).collect();
    if found.len() > MOST {
        reports.push(format!(
            "… and {}; --json has them all",
            count(found.len() - MOST, "more finding")
        ));
    }
    reports.join("\n\n")
}

/// Returns the texts of the files that findings are in, if they may be shown.
fn texts<'a>(found: &[Located<'a>]) -> SourceTexts<'a> {
    let texts = found
        .iter()
        .filter_map(|located| Some((located.finding.place.file.as_str(), located.text?)));
    let texts: BTreeMap<&str, &str> = texts.collect();
    texts
        .into_iter()
        .map(|(file, text)| (file, redacted(file, text)))
        .collect()
}

type SourceTexts<'a> = BTreeMap<&'a str, Cow<'a, str>>;

fn group<'a>(located: &'a Located<'a>, shown: &SourceTexts<'_>, width: usize) -> Group<'a> {
    let Finding {
        code,
        severity,
        message,
        help,
        ..
    } = located.finding;
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(Shown(message).text()).id(code.as_str());
    let group = with_place(Group::with_title(title), located, shown, width);
    match help {
        Some(help) => group.element(Level::HELP.message(ShownLines(help).to_string())),
        None => group,
    }
}

/// Adds the place of a finding. It is not left to the snippet: that computes the column from what is shown, which is
/// wrong for a line that was cut or escaped.
fn with_place<'a>(
    group: Group<'a>,
    located: &'a Located<'a>,
    shown: &SourceTexts<'_>,
    width: usize,
) -> Group<'a> {
    let origin = Origin::path(Shown(&located.path).text());
    let (Some(span), Some((line, column))) = (located.span.clone(), located.position) else {
        return group.element(origin);
    };
    let shown = shown
        .get(located.finding.place.file.as_str())
        .map_or("", |shown| shown);
    let excerpt = Excerpt::of(shown, span, width.saturating_sub(GUTTER).max(GUTTER));
    let marker = AnnotationKind::Primary.span(excerpt.span);
    let snippet = Snippet::source(excerpt.source)
        .line_start(line)
        .annotation(marker);
    group
        .element(origin.line(line).char_column(column))
        .element(snippet)
}

/// Removes the lone `:::` that annotate-snippets prints where it takes a snippet after a place for one of another file
/// without a name.
fn without_second_place(report: &str) -> String {
    let kept = report
        .lines()
        .filter(|line| strip_str(line).to_string().trim() != ":::");
    kept.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
