use super::{CheckReport, Reported};
use crate::render::findings::{self, Located};
use crate::ui::{Medium, Shown};

/// Returns the findings as a compiler shows them, each commit's under a line that names it; without a line break at the
/// end.
pub fn render(report: &CheckReport, medium: Medium) -> String {
    let reported = report.findings();
    let groups = reported.chunk_by(|one, other| {
        one.commit.map(|commit| commit.id) == other.commit.map(|commit| commit.id)
    });
    groups
        .map(|group| rendered(group, medium))
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn rendered(group: &[Reported<'_>], medium: Medium) -> String {
    let located: Vec<Located<'_>> = group
        .iter()
        .map(|reported| reported.located.clone())
        .collect();
    let findings = findings::render(&located, medium);
    match group.first().and_then(|reported| reported.commit) {
        None => findings,
        Some(commit) => {
            let author = commit.author.as_ref();
            let author = author.map_or_else(
                || "unknown author".to_owned(),
                |author| author.email.clone(),
            );
            format!(
                "commit {} {}: {}\n{findings}",
                commit.id.short(),
                Shown(&author),
                Shown(&commit.subject)
            )
        }
    }
}
