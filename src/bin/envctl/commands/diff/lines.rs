//! A review as lines with the same columns, one per change.

use envctl::ops::{
    Dwell, EnvironmentReview, Fate, ReleaseChange, Review, ReviewedMove, SettingChange,
    TextDifference,
};
use envctl::policy::Outcome;

use super::words;
use crate::commands::moves;
use crate::render::when::rfc3339;
use crate::render::{Cell, Table, joined};

const HEADER: [&str; 13] = [
    "CHANGE",
    "ENVIRONMENT",
    "WHAT",
    "BEFORE",
    "AFTER",
    "MOVE",
    "SOURCE",
    "SINCE",
    "ADDED",
    "REMOVED",
    "OUTCOME",
    "ELIGIBLE",
    "WHY",
];

/// Returns a table with every change of a review.
pub fn table(review: &Review) -> Table {
    let mut lines = ChangedLines {
        review,
        table: Table::new(&HEADER),
    };
    review
        .environments
        .iter()
        .for_each(|environment| lines.environment(environment));
    for published in &review.published {
        let live = joined(&published.live, ",");
        let bytes = Cell::new(published.size);
        lines.plain(
            "published",
            Cell::new(live),
            Cell::new(&published.id),
            [Cell::nothing(), bytes],
        );
    }
    for (ids, word) in [(&review.altered, "altered"), (&review.vanished, "vanished")] {
        ids.iter().for_each(|id| {
            lines.plain(
                word,
                Cell::nothing(),
                Cell::new(id),
                [Cell::nothing(), Cell::nothing()],
            );
        });
    }
    review
        .settings
        .iter()
        .for_each(|change| lines.setting("project", Cell::nothing(), change));
    if let Some(fate) = review.access {
        let after = Cell::new(words::fate(fate));
        lines.plain(
            "access",
            Cell::nothing(),
            Cell::new(envctl::files::ACCESS),
            [Cell::nothing(), after],
        );
    }
    review
        .members
        .iter()
        .for_each(|change| lines.setting("access", Cell::nothing(), change));
    lines.table
}

struct ChangedLines<'a> {
    review: &'a Review,
    table: Table,
}

impl ChangedLines<'_> {
    fn environment(&mut self, environment: &EnvironmentReview) {
        let slug = || Cell::new(&environment.slug);
        if environment.fate != Fate::Changed {
            let after = Cell::new(words::fate(environment.fate));
            self.plain("environment", slug(), slug(), [Cell::nothing(), after]);
        }
        environment
            .settings
            .iter()
            .for_each(|change| self.setting("setting", slug(), change));
        for change in &environment.policy {
            let values = [
                words::said(change.before.as_ref()),
                words::said(change.setting.value().as_ref()),
            ];
            self.plain("policy", slug(), Cell::new(change.setting.name()), values);
        }
        environment
            .moves
            .iter()
            .for_each(|reviewed| self.reviewed("move", reviewed));
        let Some(release) = &environment.release else {
            return;
        };
        let word = words::release(release.change);
        let from = release.from.as_ref().map_or_else(Cell::nothing, Cell::new);
        self.plain("release", slug(), Cell::new(word), [from, Cell::nothing()]);
        // Approved moves are among the moves.
        if release.change != ReleaseChange::Approved {
            release
                .moves
                .iter()
                .for_each(|reviewed| self.reviewed(word, reviewed));
        }
    }

    fn setting(&mut self, word: &str, environment: Cell, change: &SettingChange) {
        let values = [
            words::said(change.before.as_ref()),
            words::said(change.after.as_ref()),
        ];
        self.plain(word, environment, Cell::new(&change.key), values);
    }

    /// Returns the row of a change to which no policy rule applies.
    fn plain(&mut self, word: &str, environment: Cell, what: Cell, values: [Cell; 2]) {
        let rest = std::iter::repeat_with(Cell::nothing).take(HEADER.len() - 5);
        self.table.row(
            [Cell::new(word), environment, what]
                .into_iter()
                .chain(values)
                .chain(rest),
        );
    }

    fn reviewed(&mut self, word: &str, reviewed: &ReviewedMove) {
        let moved = &reviewed.moved;
        let [source, since] = match &reviewed.dwell {
            Dwell::Live { source, since, .. } => [Cell::new(source), Cell::new(rfc3339(*since))],
            Dwell::Nowhere => [Cell::nothing(), Cell::nothing()],
            Dwell::Unknown => [Cell::nothing(), Cell::new("unknown")],
        };
        let [added, removed] = match self.review.text_of(moved) {
            Some(TextDifference::Lines { added, removed, .. }) => {
                [Cell::new(added), Cell::new(removed)]
            }
            _ => [Cell::nothing(), Cell::nothing()],
        };
        let eligible = reviewed.ruling.outcome().and_then(Outcome::eligible);
        self.table.row([
            Cell::new(word),
            Cell::new(&moved.environment),
            Cell::new(&moved.resource),
            moves::number(moved.before),
            moves::number(moved.after),
            Cell::new(words::direction(moved.direction())),
            source,
            since,
            added,
            removed,
            Cell::new(words::verdict(&reviewed.ruling)),
            eligible.map_or_else(Cell::nothing, |at| Cell::new(rfc3339(at))),
            Cell::new(words::reasons(reviewed).join("; ")),
        ]);
    }
}
