//! Every finding of the judge, by commit, folded.

use super::folded::Folded;
use crate::render::count;
use crate::render::report::{CheckReport, markdown_heading, markdown_row};

/// Returns the findings of `report`.
pub fn sections(report: &CheckReport) -> Vec<Folded> {
    let findings = report.findings();
    if findings.is_empty() {
        return Vec::new();
    }
    let by_commit =
        findings.chunk_by(|one, other| one.commit.map(|of| of.id) == other.commit.map(|of| of.id));
    let groups = by_commit.map(|group| {
        let heading = markdown_heading(group.first().and_then(|reported| reported.commit));
        let rows = group.iter().map(markdown_row);
        (heading, rows.collect())
    });
    vec![Folded {
        title: format!("{}, commit by commit", count(findings.len(), "finding")),
        groups: groups.collect(),
    }]
}
