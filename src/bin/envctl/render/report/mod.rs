//! What `check` found, as data that every format renders.

use envctl::check::any_error;
use envctl::diag::{Finding, Severity};
use envctl::files::Snapshot;
use envctl::model::CommitId;
use envctl::ops::{Assurance, CommitFindings, Judgement, LandingVerdict, RangeReport};
use envctl::store::{Actor, ProjectFolder};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use self::natural::natural;
use super::Person;
use super::findings::{FindingBody, Located, locate_all};

mod fingerprint;
mod github;
mod gitlab;
mod junit;
mod markdown;
mod natural;
mod sarif;
mod text;

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// Text, as compilers show findings.
    Text,
    /// One object, as with --json.
    Json,
    /// Annotations of GitHub Actions, with the job's summary and outputs.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit's XML.
    Junit,
    /// A comment on a pull request.
    Markdown,
}

/// What was judged, and what was found.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// What was judged, as it completes "no findings in …": `the tip of main`, `main..HEAD`.
    pub subject: String,
    /// The project's folder in the repository.
    pub folder: ProjectFolder,
    /// The base of a range.
    pub base: Option<CommitId>,
    /// The commit that was judged last, or that the edits in progress are based on.
    pub head: Option<CommitId>,
    /// The number of commits in the range.
    pub commits: usize,
    /// How many of them change the project.
    pub judged: usize,
    /// The level of assurance. A state by itself names no author, so nothing is proved.
    pub level: Assurance,
    /// What was found, commit by commit.
    pub found: Vec<CommitReport>,
    /// The ways of landing that were judged, for a range that has not landed.
    pub landings: Vec<LandingVerdict>,
    /// The next moment at which time alone changes the verdict, if it is known.
    pub valid_until: Option<Timestamp>,
    /// When the first request or approval in it becomes too old.
    pub lapses: Option<Timestamp>,
}

/// What was found in one commit, or in what will be one.
#[derive(Clone, Debug)]
pub struct CommitReport {
    /// The commit; `None` for edits in progress, or a state by itself.
    pub commit: Option<Heading>,
    /// The project's folder in the repository.
    folder: ProjectFolder,
    findings: Vec<Finding>,
    snapshot: Snapshot,
}

/// A commit as a report names it.
#[derive(Clone, Debug)]
pub struct Heading {
    /// The commit.
    pub id: CommitId,
    /// Its author, if known.
    pub author: Option<Actor>,
    /// The first line of its message.
    pub subject: String,
}

/// A finding with its place and its commit.
#[derive(Clone, Debug)]
pub struct Reported<'a> {
    /// The finding and its place.
    pub located: Located<'a>,
    /// The commit that introduces it, if there is one.
    pub commit: Option<&'a Heading>,
}

/// A finding of a report as data, with the commit that it is about; null: a state that is not committed.
#[derive(Serialize, JsonSchema)]
pub struct ReportedBody<'a> {
    #[serde(flatten)]
    located: FindingBody<'a>,
    commit: Option<CommitId>,
    author: Option<Person<'a>>,
    subject: Option<&'a str>,
}

impl<'a> ReportedBody<'a> {
    /// Returns the findings of `report` as data.
    pub fn all(reported: &'a [Reported<'_>]) -> Vec<Self> {
        let body = |reported: &'a Reported<'_>| Self {
            located: FindingBody::of(&reported.located),
            commit: reported.commit.map(|heading| heading.id),
            author: reported
                .commit
                .and_then(|heading| heading.author.as_ref().map(Person::of)),
            subject: reported.commit.map(|heading| heading.subject.as_str()),
        };
        reported.iter().map(body).collect()
    }
}

impl CheckReport {
    /// Returns the report of a state, or of a step that is not a commit yet.
    pub fn of_state(subject: String, folder: ProjectFolder, judgement: Judgement) -> Self {
        let Judgement {
            commit: head,
            findings,
            snapshot,
        } = judgement;
        let found = Some(CommitReport {
            commit: None,
            folder: folder.clone(),
            findings,
            snapshot,
        })
        .filter(|found| !found.findings.is_empty());
        let found = found.into_iter().collect();
        let level = Assurance::Unsigned;
        Self {
            subject,
            folder,
            base: None,
            head,
            commits: 1,
            judged: 1,
            level,
            found,
            landings: Vec::new(),
            valid_until: None,
            lapses: None,
        }
    }

    /// Returns the report of a range of commits.
    pub fn of_range(subject: String, folder: ProjectFolder, range: RangeReport) -> Self {
        let RangeReport {
            base,
            head,
            commits,
            judged,
            level,
            findings,
            landings,
            valid_until,
            lapses,
        } = range;
        let found = findings.into_iter();
        let found = found
            .map(|commit| CommitReport::of(commit, &folder))
            .collect();
        Self {
            subject,
            folder,
            base,
            head: Some(head),
            commits,
            judged,
            level,
            found,
            landings,
            valid_until,
            lapses,
        }
    }

    /// Returns one report of what was found in several projects, or by several updates.
    pub fn joined<'r>(subject: String, reports: impl IntoIterator<Item = &'r Self>) -> Self {
        let mut joined = Self {
            subject,
            folder: ProjectFolder::root(),
            base: None,
            head: None,
            commits: 0,
            judged: 0,
            level: Assurance::Unsigned,
            found: Vec::new(),
            landings: Vec::new(),
            valid_until: None,
            lapses: None,
        };
        let mut level: Option<Assurance> = None;
        for report in reports {
            joined.base = joined.base.or(report.base);
            joined.head = joined.head.or(report.head);
            joined.commits = joined.commits.max(report.commits);
            joined.judged += report.judged;
            joined.valid_until = [joined.valid_until, report.valid_until]
                .into_iter()
                .flatten()
                .min();
            joined.found.extend(report.found.iter().cloned());
            // The level of all is the lowest of their levels.
            if report.judged > 0 {
                level = Some(level.map_or(report.level, |level| level.min(report.level)));
            }
        }
        joined.level = level.unwrap_or(Assurance::Unsigned);
        joined
    }

    /// Returns every finding, in the order of the commits and then of the places.
    pub fn findings(&self) -> Vec<Reported<'_>> {
        self.found.iter().flat_map(CommitReport::reported).collect()
    }

    /// Returns every finding in the same order, without its place in the text.
    pub fn all(&self) -> impl Iterator<Item = &Finding> {
        self.found.iter().flat_map(|found| &found.findings)
    }

    /// Returns the first finding, in that order.
    pub fn first(&self) -> Option<&Finding> {
        self.all().next()
    }

    /// Returns how many findings there are.
    pub fn count(&self) -> usize {
        self.found.iter().map(|found| found.findings.len()).sum()
    }

    /// Returns how many of them are errors.
    pub fn errors(&self) -> usize {
        self.all()
            .filter(|finding| finding.severity == Severity::Error)
            .count()
    }

    /// Reports whether any finding is an error.
    pub fn fails(&self) -> bool {
        any_error(self.all())
    }
}

impl CommitReport {
    fn reported(&self) -> Vec<Reported<'_>> {
        let commit = self.commit.as_ref();
        let located = locate_all(&self.findings, &self.snapshot).into_iter();
        let path = |file: &str| self.folder.join(file);
        let mut located: Vec<Located<'_>> = located.collect();
        // As people count: the tenth version comes after the ninth, and line by line.
        located.sort_by(|one, other| {
            natural(&one.path, &other.path).then_with(|| one.position.cmp(&other.position))
        });
        located
            .into_iter()
            .map(|found| Reported {
                located: Located {
                    path: path(&found.path),
                    ..found
                },
                commit,
            })
            .collect()
    }

    fn of(commit: CommitFindings, folder: &ProjectFolder) -> Self {
        let CommitFindings {
            commit: id,
            author,
            subject,
            findings,
            snapshot,
        } = commit;
        Self {
            commit: Some(Heading {
                id,
                author,
                subject,
            }),
            folder: folder.clone(),
            findings,
            snapshot,
        }
    }
}

pub use github::{failure as github_failure, render as github};
pub use gitlab::render as gitlab;
pub use junit::render as junit;
pub use markdown::{heading as markdown_heading, render as markdown, row as markdown_row};
pub use sarif::render as sarif;
pub use text::render as text;

#[cfg(test)]
mod tests;
