//! The tables of a page.

use envctl::model::Move;
use envctl::ops::{
    Dwell, EnvironmentReview, Fate, ReleaseChange, ReleaseReview, Review, ReviewedMove, Ruling,
    SettingChange,
};
use envctl::plan::PolicyChange;
use envctl::policy::Outcome;

use super::fitted::Left;
use crate::commands::diff::words;
use crate::commands::variables;
use crate::render::when::lasting;
use crate::render::{joined, markdown};

/// How much a page may show.
pub struct Limits {
    /// Rows of each table.
    pub rows: usize,
    /// Environments.
    pub environments: usize,
}

/// Returns every section within `limits`, and what was left out.
pub fn all(review: &Review, limits: &Limits) -> (Vec<String>, Left) {
    let mut page = Page {
        review,
        limits,
        sections: Vec::new(),
        left: Left::default(),
    };
    review
        .environments
        .iter()
        .take(limits.environments)
        .for_each(|one| page.environment(one));
    page.left.environments = review
        .environments
        .len()
        .saturating_sub(limits.environments);
    page.versions();
    page.variables();
    page.project();
    (page.sections, page.left)
}

struct Page<'a> {
    review: &'a Review,
    limits: &'a Limits,
    sections: Vec<String>,
    left: Left,
}

impl Page<'_> {
    fn environment(&mut self, environment: &EnvironmentReview) {
        self.sections.push(heading(environment));
        self.moves(&environment.moves);
        environment
            .release
            .iter()
            .for_each(|release| self.release(release));
        self.table(
            &["Policy", "Before", "After"],
            environment.policy.iter().map(policy),
        );
        self.table(
            &["Setting", "Before", "After"],
            environment.settings.iter().map(setting),
        );
    }

    fn release(&mut self, release: &ReleaseReview) {
        let from = release
            .from
            .as_ref()
            .map(|from| format!(" from `{from}`"))
            .unwrap_or_default();
        let says = match release.change {
            ReleaseChange::Requested => "is requested, and waits for approval",
            ReleaseChange::Approved => "that waited is approved: the moves above",
            ReleaseChange::Closed => "that waited is closed: these moves are not made",
            ReleaseChange::Tampered => "that is pending is changed or bypassed",
        };
        self.sections.push(format!("A release{from} {says}."));
        if release.change != ReleaseChange::Approved {
            self.moves(&release.moves);
        }
    }

    fn moves(&mut self, moves: &[ReviewedMove]) {
        let review = self.review;
        let header = ["Resource", "Move", "Lines", "Live before that", "Verdict"];
        self.table(&header, moves.iter().map(|reviewed| row(review, reviewed)));
    }

    fn versions(&mut self) {
        let Review {
            published,
            altered,
            vanished,
            ..
        } = self.review;
        if published.len() + altered.len() + vanished.len() > 0 {
            self.sections.push("### Versions".to_owned());
        }
        let new = published.iter().map(|one| {
            let live = joined(one.live.iter().map(|slug| format!("`{slug}`")), ", ");
            let live = if live.is_empty() {
                "nowhere yet".to_owned()
            } else {
                live
            };
            vec![code(&one.id), format!("{} bytes", one.size), live]
        });
        self.table(&["Published", "Size", "Live in"], new);
        let broken = [(altered, "changed"), (vanished, "gone")];
        let broken = broken.into_iter().flat_map(|(ids, what)| {
            ids.iter()
                .map(move |id| vec![code(id), format!("❌ {what}")])
        });
        self.table(&["Published before", "Now"], broken);
    }

    fn variables(&mut self) {
        if !self.review.variables.is_empty() {
            self.sections.push("### Callers have to change".to_owned());
            let (shown, cut) = self.shown(&self.review.variables);
            let sentences = shown
                .iter()
                .map(|change| format!("- {}", cell(&variables::sentence(change))));
            self.sections.push(joined(sentences, "\n"));
            self.left.rows += cut;
        }
    }

    fn project(&mut self) {
        let Review {
            settings, access, ..
        } = self.review;
        if !settings.is_empty() || access.is_some() {
            self.sections.push("### Project".to_owned());
        }
        self.table(
            &["Setting", "Before", "After"],
            settings.iter().map(setting),
        );
        self.sections.extend(
            access.map(|fate| format!("`access.toml` is {}: who may do what.", words::fate(fate))),
        );
        self.table(
            &["Access", "Before", "After"],
            self.review.members.iter().map(setting),
        );
    }

    /// Returns as many of `items` as fit, and how many do not.
    fn shown<'i, T>(&self, items: &'i [T]) -> (&'i [T], usize) {
        let (shown, cut) = items.split_at(items.len().min(self.limits.rows));
        (shown, cut.len())
    }

    /// Adds a table with as many of `rows` as fit.
    fn table(&mut self, header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        let rows: Vec<Vec<String>> = rows.collect();
        let (shown, cut) = self.shown(&rows);
        let table = markdown::table(header, shown);
        self.left.rows += cut;
        self.sections.extend((!table.is_empty()).then_some(table));
    }
}

fn heading(environment: &EnvironmentReview) -> String {
    let EnvironmentReview {
        slug,
        name,
        production,
        fate,
        ..
    } = environment;
    let name = name
        .as_ref()
        .map(ToString::to_string)
        .filter(|name| name != slug.as_str());
    let name = name
        .map(|name| format!(" ({})", markdown::text(&name)))
        .unwrap_or_default();
    let serves = if *production {
        " · 🔴 serves production"
    } else {
        ""
    };
    let fate = if *fate == Fate::Changed {
        String::new()
    } else {
        format!(" · {}", words::fate(*fate))
    };
    format!("### `{slug}`{name}{serves}{fate}")
}

fn row(review: &Review, reviewed: &ReviewedMove) -> Vec<String> {
    let moved = &reviewed.moved;
    vec![
        code(&moved.resource),
        step(moved),
        markdown::text(&words::lines_of(review, reviewed)),
        dwell(review, reviewed),
        verdict(review, reviewed),
    ]
}

fn dwell(review: &Review, reviewed: &ReviewedMove) -> String {
    match &reviewed.dwell {
        Dwell::Live { source, since, .. } => {
            format!("{} in `{source}`", lasting(*since, review.at))
        }
        Dwell::Nowhere => "—".to_owned(),
        Dwell::Unknown => "❔ unknown".to_owned(),
    }
}

fn step(moved: &Move) -> String {
    let word = words::direction(moved.direction());
    match (moved.before, moved.after) {
        (Some(before), Some(after)) => format!("{before} → **{after}** {word}"),
        (None, Some(after)) => format!("**{after}** {word}"),
        (Some(before), None) => format!("{before} {word}"),
        (None, None) => word.to_owned(),
    }
}

/// Returns a symbol, a word, the reasons, and when a wait ends.
fn verdict(review: &Review, reviewed: &ReviewedMove) -> String {
    let word = match &reviewed.ruling {
        Ruling::Unjudged => return "—".to_owned(),
        Ruling::Unknown => "❔ unknown",
        Ruling::Judged(judged) => match judged.outcome() {
            Outcome::Pass => "✅ passes",
            Outcome::Warn => "⚠️ passes",
            Outcome::Refuse => "❌ refused",
            Outcome::Wait(Some(_)) => "⏳ not yet",
            Outcome::Wait(None) => "⏳ needs approval",
        },
    };
    let eligible = reviewed
        .ruling
        .outcome()
        .and_then(|outcome| words::eligible(outcome, review.at));
    let reasons = words::reasons(reviewed)
        .into_iter()
        .chain(eligible)
        .map(|reason| markdown::sentence(&reason));
    format!("{word}: {}", joined(reasons, "; "))
}

fn policy(change: &PolicyChange) -> Vec<String> {
    let PolicyChange { setting, before } = change;
    vec![
        code(&setting.name()),
        said(before.as_ref()),
        said(setting.value.as_ref()),
    ]
}

fn setting(change: &SettingChange) -> Vec<String> {
    vec![
        code(&change.key),
        said(change.before.as_ref()),
        said(change.after.as_ref()),
    ]
}

/// Returns the value of a key, or that it has none.
fn said(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "—".to_owned(), |value| cell(&value.to_string()))
}

/// The most characters of a cell: a list of names can have any length.
const LONGEST_CELL: usize = 1_000;

fn cell(text: &str) -> String {
    match text.char_indices().nth(LONGEST_CELL) {
        None => markdown::sentence(text),
        Some((end, _)) => format!("{}…", markdown::sentence(&text[..end])),
    }
}

fn code(text: &impl ToString) -> String {
    markdown::code(&text.to_string())
}
