//! Findings as Markdown, such as the summary of a job.

use envctl::diag::Severity;

use super::{CheckReport, Heading, Reported};
use crate::render::count;
use crate::render::markdown::{code, sentence, text};

/// The line by which a bot finds its comment again, to replace it.
const MARKER: &str = "<!-- envctl-check -->\n";
/// The room for the line that says what was left out, and for the end of a table.
const RESERVE: usize = 400;

/// Returns the report in at most `most` characters, without a line break at the end; what does not fit is counted.
pub fn render(report: &CheckReport, most: usize) -> String {
    let findings = report.findings();
    let mut budget = SizeLimit::of(most);
    budget.add(MARKER, 0);
    budget.add(&summary(report, &findings), 0);
    let groups =
        findings.chunk_by(|one, other| one.commit.map(|of| of.id) == other.commit.map(|of| of.id));
    let mut shown = 0;
    'groups: for group in groups {
        let heading = heading(group.first().and_then(|reported| reported.commit));
        if !budget.add(&format!("{heading}\n"), RESERVE) {
            break;
        }
        for reported in group {
            if !budget.add(&format!("{}\n", row(reported)), RESERVE) {
                break 'groups;
            }
            shown += 1;
        }
    }
    if shown < findings.len() {
        let left = count(findings.len() - shown, "more finding");
        budget.add(
            &format!(
                "\n{left}: {}\n",
                code(&format!("envctl check {}", report.subject))
            ),
            0,
        );
    }
    budget.text.trim_end().to_owned()
}

fn summary(report: &CheckReport, findings: &[Reported<'_>]) -> String {
    let errors = findings
        .iter()
        .filter(|reported| reported.located.finding.severity == Severity::Error)
        .count();
    let warnings = findings.len() - errors;
    let verdict = match (errors, warnings) {
        (0, 0) => "✅ **No findings**".to_owned(),
        (0, _) => format!("⚠️ **{}**", count(warnings, "warning")),
        (_, 0) => format!("❌ **{}**", count(errors, "error")),
        _ => format!(
            "❌ **{}**, {}",
            count(errors, "error"),
            count(warnings, "warning")
        ),
    };
    let commits = count(report.commits, "commit");
    let level = report.level;
    format!(
        "### envctl check\n\n{verdict} in {}: {commits}, {} of them in the project.\n\nAssurance {}: {}.\n",
        code(&report.subject),
        report.judged,
        level.as_str(),
        level.meaning()
    )
}

/// Returns what comes before the findings of `commit`, up to the rule under the header of their table.
pub fn heading(commit: Option<&Heading>) -> String {
    let what = match commit {
        None => String::new(),
        Some(commit) => {
            let author = commit.author.as_ref().map(|author| code(&author.email));
            let author = author.unwrap_or_else(|| "unknown author".to_owned());
            format!(
                "\n**Commit** {} by {author}: {}\n",
                code(&commit.id.short()),
                code(&commit.subject)
            )
        }
    };
    format!("{what}\n| | Rule | Where | What |\n|---|---|---|---|")
}

/// Returns a finding as a row of that table.
pub fn row(reported: &Reported<'_>) -> String {
    let located = &reported.located;
    let finding = located.finding;
    let sign = match finding.severity {
        Severity::Error if finding.eligible.is_some() => "⏳",
        // It bars some ways of landing only.
        Severity::Error if !finding.landing.is_empty() => "⚠️",
        Severity::Error => "❌",
        Severity::Warning => "⚠️",
    };
    let place = match located.line_and_column() {
        Some((line, _)) => format!("{}:{line}", located.path),
        None => located.path.clone(),
    };
    let help = finding.help.as_ref().map(|help| {
        // How to switch a rule off does not help a reviewer: `envctl explain` says it.
        let advice = help
            .lines()
            .filter(|line| !line.starts_with("or switch the rule off"));
        let lines: Vec<String> = advice.map(code).collect();
        format!(
            "<details><summary>what helps</summary>{}</details>",
            lines.join("<br>")
        )
    });
    let message = sentence(&finding.message);
    format!(
        "| {sign} | {} | {} | {message}{} |",
        text(finding.code.as_str()),
        code(&place),
        help.unwrap_or_default()
    )
}

/// A text that keeps as many of its parts as fit.
struct SizeLimit {
    text: String,
    left: usize,
}

impl SizeLimit {
    /// Returns a text of at most `most` characters.
    fn of(most: usize) -> Self {
        Self {
            text: String::new(),
            left: most,
        }
    }

    /// Adds `part` if that leaves `reserve` characters free; returns whether it did.
    fn add(&mut self, part: &str, reserve: usize) -> bool {
        let length = part.chars().count();
        let fits = length + reserve <= self.left;
        if fits {
            self.text.push_str(part);
            self.left -= length;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;

    #[test]
    fn a_comment_fits_and_says_what_it_left_out() {
        let messages: Vec<String> = (0..5000)
            .map(|number| format!("finding {number}"))
            .collect();
        let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
        let page = render(&report(&messages), 5000);
        assert!(page.chars().count() <= 5000);
        assert!(
            page.starts_with(MARKER) && page.contains(" more findings: `envctl check main..HEAD`"),
            "{page}"
        );
        let all = render(&report(&messages[..3]), 5000);
        assert!(
            all.contains("finding 2") && !all.contains("more finding"),
            "{all}"
        );
    }

    #[test]
    fn nobody_is_mentioned() {
        let page = render(&report(&["ask @everyone | <b>now</b>"]), 5000);
        assert!(
            !page.contains("@everyone") && !page.contains("<b>"),
            "{page}"
        );
        assert!(render(&report(&[]), 5000).contains("No findings"));
    }
}
