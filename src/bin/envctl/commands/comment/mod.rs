//! The comment on a pull request: what a reviewer has to know to decide, in the order in which they need it.
//!
//! `check --pin-policy` and `diff` of two commits write the same page. With a report of the judge, its findings decide what the
//! page says; without one, the page says what the policies say about each move.

mod changes;
mod deciding;
mod evidence;
mod findings;
mod folded;
mod moves;
mod page;
mod pull_request;
mod room;
mod rules;
mod texts;
mod verdict;
mod who;
mod words;

use self::page::Page;
pub use self::pull_request::PullRequest;
use crate::commands::diff::summary;
use crate::render::when::rfc3339;
use crate::render::{joined, markdown};

/// The most characters of a comment. Forges take 65,536, and a bot may want to add a line.
pub const COMMENT: usize = 65_000;
/// The line by which a bot finds its comment again, to replace it.
pub const MARK: &str = "<!-- envctl -->";

impl PullRequest<'_> {
    /// Returns the page in at most `most` characters, as forges count them. What does not fit is counted.
    pub fn page(&self, most: usize) -> String {
        let mut page = Page::of(most);
        page.block(MARK.to_owned());
        page.block(verdict::headline(self));
        page.block(self.summary());
        page.lines(verdict::remedies(self));
        if let Some(review) = self.review {
            page.lines(rules::alarm(review));
            page.lines(rules::loosened(review));
            page.lines(rules::access(review));
            page.lines(rules::rolled_back(review));
            let (header, rows) = moves::table(self, review);
            page.table(&header, rows);
            page.lines(changes::variables(review));
        }
        page.lines(who::commits(self));
        if let Some(report) = self.report {
            page.folded(findings::sections(report));
        }
        if let Some(review) = self.review {
            page.folded(evidence::sections(review));
            page.folded(changes::sections(review));
            if self.content {
                let (shown, left) = texts::all(review, &mut page.room);
                page.fitted(shown);
                page.left.texts = left;
            }
        }
        page.block(self.basis());
        page.finish(&self.command)
    }

    /// Returns what the pull request does, in one sentence.
    fn summary(&self) -> String {
        match self.review {
            // What cannot be read looks like nothing, and is told below.
            Some(review) if review.is_empty() && !review.to.state.findings.is_empty() => {
                String::new()
            }
            Some(review) if review.is_empty() && self.commits.len() > 1 => {
                "No net change: what its commits do, they take back again.".to_owned()
            }
            Some(review) => markdown::text(&summary::unjudged(review)),
            None => "What the pull request changes cannot be shown.".to_owned(),
        }
    }

    /// Returns what was compared, by what and when.
    fn basis(&self) -> String {
        let mut sentences = Vec::new();
        let ends = match (self.report, self.review) {
            (Some(report), _) => Some((report.base.map(|base| base.short()), report.head)),
            (None, Some(review)) => {
                Some((Some(review.from.commit.short()), Some(review.to.commit)))
            }
            (None, None) => None,
        };
        if let Some((base, head)) = ends {
            let base = base.unwrap_or_else(|| "nothing".to_owned());
            let head = head.map(|head| head.short()).unwrap_or_default();
            sentences.push(format!(
                "`{base}` → `{head}`, by the rules of `{base}` as of {}.",
                rfc3339(self.at)
            ));
        }
        if let Some(report) = self.report {
            sentences.push(format!(
                "Assurance {}: {}.",
                report.level.as_str(),
                report.level.meaning()
            ));
        }
        format!("<sub>{}</sub>", joined(sentences, " "))
    }
}
