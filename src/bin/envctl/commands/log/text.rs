use envctl::model::{EnvironmentSlug, Move};
use envctl::ops::LogEntry;
use jiff::Timestamp;

use crate::commands::overridden;
use crate::commands::who::subject;
use crate::render::{Cell, Table, when};
use crate::ui::{Medium, Shown, style};

/// The indentation of every line of an entry except the first.
const MARGIN: &str = "            ";

/// Returns one commit as text: its subject, who, when, why, and what it did.
pub fn paragraph(entry: &LogEntry, now: Timestamp, medium: Medium) -> String {
    let (strong, faint) = (style::STRONG, style::FAINT);
    let id = entry.commit.id.short();
    let at = when::at(entry.at, now, medium);
    let name = Shown(&entry.commit.author.name);
    let subject = Shown(subject(&entry.commit));
    let mut text =
        format!("{faint}{id}{faint:#}  {strong}{subject}{strong:#}\n{MARGIN}{at} by {name}");
    for line in entry.reason.iter().flat_map(|reason| reason.lines()) {
        text.push_str(&format!("\n{MARGIN}| {}", Shown(line)));
    }
    for line in happened(entry) {
        text.push_str(&format!("\n{MARGIN}{line}"));
    }
    text
}

/// Returns what a commit did to pointers, pending releases and policies; the subject says the rest.
fn happened(entry: &LogEntry) -> Vec<String> {
    let mut lines: Vec<String> = entry.overrides.iter().map(overridden::line).collect();
    for (environment, moves) in entry.requested() {
        lines.push(format!(
            "requests approval in {environment}: {}",
            listed(moves)
        ));
    }
    lines.extend(
        entry
            .approved()
            .map(|environment| approved(entry, environment)),
    );
    lines.extend(
        entry
            .closed()
            .map(|(environment, _)| format!("rejected or withdrawn in {environment}")),
    );
    lines.extend(
        entry
            .tampered()
            .map(|environment| format!("bypassed the pending release in {environment}")),
    );
    lines.extend(
        entry
            .changes
            .moves
            .iter()
            .map(|moved| format!("{}: {}", moved.environment, one(moved))),
    );
    lines.extend(
        entry
            .changes
            .members
            .iter()
            .map(|member| format!("access: the permissions of {member} changed")),
    );
    lines.extend(
        entry
            .changes
            .policies
            .iter()
            .map(|environment| format!("{environment}: the policy changed")),
    );
    lines
}

fn approved(entry: &LogEntry, environment: &EnvironmentSlug) -> String {
    let moves = entry.changes.moves.iter().zip(&entry.accounts);
    let mut here = moves.filter(|(moved, _)| moved.environment == *environment);
    match here.find_map(|(_, account)| account.request.as_ref()) {
        Some(asked) => format!(
            "approved in {environment}, requested by {}",
            Shown(&asked.commit.author.name)
        ),
        None => format!("approved in {environment}"),
    }
}

fn listed(moves: &[Move]) -> String {
    moves.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn one(moved: &Move) -> String {
    let number =
        |number: Option<_>| number.map_or_else(|| "-".to_owned(), |number| format!("{number}"));
    format!(
        "{} {} → {}",
        moved.resource,
        number(moved.before),
        number(moved.after)
    )
}

/// Returns one line for each commit, for pipes.
pub fn lines(entries: &[LogEntry]) -> Table {
    let mut table = Table::new(&["COMMIT", "TIME", "AUTHOR", "SUBJECT"]);
    for entry in entries {
        let commit = &entry.commit;
        let at = Cell::new(when::rfc3339(entry.at));
        table.row([
            Cell::new(commit.id),
            at,
            Cell::new(&commit.author.email),
            Cell::new(subject(commit)),
        ]);
    }
    table
}
