//! Workflow commands of GitHub Actions, which become annotations beside the lines of a pull request.

use envctl::diag::Severity;

use super::{CheckReport, Reported};
use crate::render::count;
use crate::ui::Shown;

/// How many annotations of each level GitHub shows of a step; it drops the rest without a word.
const SHOWN: usize = 10;

/// Returns a line for each annotation, errors first, and a notice of those that GitHub would have dropped; without a
/// line break at the end.
pub fn render(report: &CheckReport) -> String {
    let findings = report.findings();
    let of = |severity| {
        let of_level = findings
            .iter()
            .filter(move |found| found.located.finding.severity == severity);
        of_level.take(SHOWN)
    };
    let shown = of(Severity::Error).chain(of(Severity::Warning));
    let mut lines: Vec<String> = shown.map(annotation).collect();
    let left_out = findings.len() - lines.len();
    if left_out > 0 {
        let what = count(left_out, "more finding");
        lines.push(format!(
            "::notice title=envctl::{}",
            data(&format!("{what}: the summary of the job has them"))
        ));
    }
    lines.join("\n")
}

/// Returns the line for a failure that left no report.
pub fn failure(message: &str) -> String {
    format!("::error title=envctl::{}", data(message))
}

fn annotation(reported: &Reported<'_>) -> String {
    let Reported { located, commit } = reported;
    let finding = located.finding;
    let kind = finding.severity.to_string();
    let mut properties = vec![format!("file={}", property(&located.path))];
    if let Some((line, column)) = located.line_and_column() {
        properties.push(format!("line={line}"));
        properties.push(format!("col={column}"));
    }
    properties.push(format!("title={}", property(finding.code.as_str())));
    let commit = commit
        .map(|commit| format!(" (commit {})", commit.id.short()))
        .unwrap_or_default();
    let help = finding
        .help
        .as_ref()
        .map(|help| format!("\n{help}"))
        .unwrap_or_default();
    format!(
        "::{kind} {}::{}",
        properties.join(","),
        data(&format!("{}{commit}{help}", finding.message))
    )
}

/// Returns text for after the second `::`, where a line break would begin another command.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| Shown(line).to_string()).collect();
    lines
        .join("\n")
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Returns the text of a property, which a colon or a comma would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;

    #[test]
    fn a_message_cannot_begin_another_command() {
        let line = render(&report(&["a\n::set-output name=x::100%,\u{1b}[2J"]));
        assert_eq!(line.lines().count(), 1);
        let expected = "::error file=envctl.toml,title=pointer::a%0A::set-output name=x::100%25,\\u{1b}[2J (commit 0101010101)";
        assert_eq!(line, expected);
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
    }

    #[test]
    fn what_github_would_drop_is_said() {
        let messages: Vec<String> = (0..13).map(|number| number.to_string()).collect();
        let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
        let lines = render(&report(&messages));
        assert_eq!(lines.lines().count(), 11);
        assert!(
            lines.ends_with(
                "::notice title=envctl::3 more findings: the summary of the job has them"
            )
        );
        assert_eq!(render(&report(&[])), "");
    }

    #[test]
    fn each_level_has_places_of_its_own_errors_first() {
        let messages = ["x"; 24];
        let mut report = report(&messages);
        let findings = &mut report.found[0].findings;
        findings[..12]
            .iter_mut()
            .for_each(|finding| finding.severity = Severity::Warning);
        let lines = render(&report);
        let kinds: Vec<&str> = lines
            .lines()
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        assert_eq!(
            kinds,
            [
                ["::error"; 10].as_slice(),
                &["::warning"; 10],
                &["::notice"]
            ]
            .concat()
        );
        assert!(
            lines.ends_with("::4 more findings: the summary of the job has them"),
            "{lines}"
        );
    }
}
