use std::collections::BTreeSet;

use envctl::model::{EnvironmentSlug, Move, VersionNumber, reason_of};
use envctl::ops::{Account, Filter, LogEntry, actions};
use envctl::plan::Action;
use envctl::store::CommitRecord;

use crate::app::App;
use crate::commands::who::subject;
use crate::render::{csv, when};

/// One line of the table, with a cell for each name in [`HEADER`].
#[derive(Default)]
struct CsvLine {
    commit: String,
    time: String,
    author_name: String,
    author_email: String,
    action: String,
    environment: String,
    resource: String,
    before: String,
    after: String,
    reason: String,
    approved_by: String,
    requested_by: String,
    subject: String,
    set_in: String,
}

const HEADER: [&str; 14] = [
    "commit",
    "time",
    "author_name",
    "author_email",
    "action",
    "environment",
    "resource",
    "before",
    "after",
    "reason",
    "approved_by",
    "requested_by",
    "subject",
    "set_in",
];

/// Writes one line for each move that `filter` asks for, or one for a commit without any; unless the answer is JSON.
pub fn write(entries: &[LogEntry], filter: &Filter, app: &mut App) {
    app.answer(csv::line(HEADER));
    for entry in entries {
        if app.output.closed() {
            break;
        }
        for line in lines(entry, filter) {
            app.answer(csv::line(line.cells()));
        }
    }
}

fn lines(entry: &LogEntry, filter: &Filter) -> Vec<CsvLine> {
    let moves = entry.changes.moves.iter().zip(&entry.accounts);
    let fitting = moves.filter(|(moved, _)| filter.fits(moved));
    let made = fitting.map(|(moved, account)| CsvLine::of_move(entry, moved, account));
    let waited = entry
        .requested()
        .chain(entry.closed())
        .flat_map(|(_, moves)| moves);
    let waited = waited
        .filter(|moved| filter.fits(moved))
        .map(|moved| CsvLine::of_wanted(entry, moved));
    let lines: Vec<CsvLine> = made.chain(waited).collect();
    if lines.is_empty() {
        vec![CsvLine::without_moves(entry)]
    } else {
        lines
    }
}

impl CsvLine {
    /// Returns the row of `entry`. Person and reason are those of `origin`, the commit that set what it brought.
    fn of(entry: &LogEntry, origin: &CommitRecord) -> Self {
        Self {
            commit: entry.commit.id.to_string(),
            time: when::rfc3339(entry.at),
            author_name: origin.author.name.clone(),
            author_email: origin.author.email.clone(),
            action: actions(entry)
                .into_iter()
                .map(Action::as_str)
                .collect::<Vec<_>>()
                .join(" "),
            reason: reason_of(&origin.message).unwrap_or_default(),
            subject: subject(origin).to_owned(),
            set_in: origin.id.to_string(),
            ..Self::default()
        }
    }

    fn of_move(entry: &LogEntry, moved: &Move, account: &Account) -> Self {
        let asked = account.request.as_ref();
        Self {
            approved_by: asked
                .map(|_| account.origin.author.email.clone())
                .unwrap_or_default(),
            requested_by: asked
                .map(|asked| asked.commit.author.email.clone())
                .unwrap_or_default(),
            ..Self::of(entry, &account.origin).about(moved)
        }
    }

    /// Returns the row of a move that the commit requests, or that is no longer pending; the action says which.
    fn of_wanted(entry: &LogEntry, moved: &Move) -> Self {
        Self::of(entry, &entry.commit).about(moved)
    }

    fn about(self, moved: &Move) -> Self {
        let number = |number: Option<VersionNumber>| {
            number.map(|number| number.to_string()).unwrap_or_default()
        };
        Self {
            environment: moved.environment.to_string(),
            resource: moved.resource.to_string(),
            before: number(moved.before),
            after: number(moved.after),
            ..self
        }
    }

    fn without_moves(entry: &LogEntry) -> Self {
        let changes = &entry.changes;
        let named = [&changes.created, &changes.edited, &changes.deleted]
            .into_iter()
            .flatten();
        let released = entry.releases.iter().map(|(environment, _)| environment);
        let environments: BTreeSet<&str> =
            named.chain(released).map(EnvironmentSlug::as_str).collect();
        Self {
            environment: environments.into_iter().collect::<Vec<_>>().join(" "),
            ..Self::of(entry, &entry.commit)
        }
    }

    fn cells(&self) -> [&str; 14] {
        [
            &self.commit,
            &self.time,
            &self.author_name,
            &self.author_email,
            &self.action,
            &self.environment,
            &self.resource,
            &self.before,
            &self.after,
            &self.reason,
            &self.approved_by,
            &self.requested_by,
            &self.subject,
            &self.set_in,
        ]
    }
}
