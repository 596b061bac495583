//! GitLab's code quality report.

use envctl::diag::Severity;
use serde::Serialize;

use super::CheckReport;
use super::fingerprint::fingerprints;
use crate::render::json;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: GitlabLines,
}

#[derive(Serialize)]
struct GitlabLines {
    begin: usize,
}

/// Returns the report as JSON, without a line break at the end; an empty list if nothing was found.
pub fn render(report: &CheckReport) -> String {
    let findings = report.findings();
    let issues = findings
        .iter()
        .zip(fingerprints(&findings))
        .map(|(reported, fingerprint)| {
            let located = &reported.located;
            let help = located
                .finding
                .help
                .as_ref()
                .map(|help| format!(" — {help}"))
                .unwrap_or_default();
            Issue {
                description: format!("{}{help}", located.finding.message),
                check_name: located.finding.code.as_str(),
                fingerprint,
                severity: match located.finding.severity {
                    Severity::Error => "critical",
                    Severity::Warning => "minor",
                },
                // A finding about a whole file is shown at its beginning: GitLab takes no issue
                // without a line.
                location: Location {
                    path: &located.path,
                    lines: GitlabLines {
                        begin: located.line_and_column().map_or(1, |(line, _)| line),
                    },
                },
            }
        });
    let issues: Vec<Issue<'_>> = issues.collect();
    json::without_credentials(&issues)
        .and_then(|issues| json::pretty(&issues))
        .unwrap_or_else(|_| "[]".to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::super::tests::report;
    use super::*;

    #[test]
    fn every_issue_has_a_fingerprint_of_its_own() {
        let issues: Value = serde_json::from_str(&render(&report(&["a", "a", "b"]))).unwrap();
        let issues = issues.as_array().unwrap();
        let distinct: BTreeSet<&str> = issues
            .iter()
            .map(|issue| issue["fingerprint"].as_str().unwrap())
            .collect();
        assert_eq!((issues.len(), distinct.len()), (3, 3));
        assert_eq!(
            (
                &issues[0]["check_name"],
                &issues[0]["location"]["lines"]["begin"]
            ),
            (&"pointer".into(), &1.into())
        );
        assert_eq!(render(&report(&[])), "[]");
    }
}
