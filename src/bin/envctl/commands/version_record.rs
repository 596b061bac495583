//! What is known of a version, as the commands that look at single versions show it.

use envctl::files::OwnedPath;
use envctl::model::{CommitId, ContentId, EnvironmentSlug, Project, VersionNumber, reason_of};
use envctl::ops::{VersionOrigin, VersionRecord, VersionStretch};
use envctl::policy::RollbackMark;
use envctl::store::CommitRecord;
use schemars::JsonSchema;
use serde::Serialize;

use super::checks::{CheckRecordBody, VetoBody};
use super::who::{Person, subject, why};
use crate::render::when::When;

/// What is known of a version, as data.
#[derive(Serialize, JsonSchema)]
pub struct VersionRecordBody<'a> {
    version: VersionNumber,
    /// When it came to the branch, and with which commit.
    at: Option<When>,
    commit: Option<CommitId>,
    /// In which it was published; another than `commit` where a merge brought it.
    origin_commit: Option<CommitId>,
    merged: bool,
    author: Option<Person<'a>>,
    subject: Option<&'a str>,
    reason: Option<String>,
    path: Option<String>,
    /// The name that git has for its bytes.
    blob: ContentId,
    /// The other versions of the resource with the same bytes.
    same_bytes: Vec<VersionNumber>,
    live_in: Vec<&'a EnvironmentSlug>,
    /// When it was live, by environment, newest first.
    stretches: Vec<StretchBody<'a>>,
    /// What checks say about it.
    checks: Vec<CheckRecordBody<'a>>,
    /// Why no pointer may move to it; null: one may.
    veto: Option<VetoBody<'a>>,
    /// Where it was rolled back and has not come back since.
    rolled_back_in: Vec<MarkBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct StretchBody<'a> {
    environment: &'a EnvironmentSlug,
    /// Since when it was live, and with which commit it became so.
    at: Option<When>,
    commit: Option<CommitId>,
    /// Until when; null: it is live.
    until: Option<When>,
}

#[derive(Serialize, JsonSchema)]
struct MarkBody<'a> {
    environment: &'a EnvironmentSlug,
    at: Option<When>,
    /// The commit that rolled it back.
    commit: CommitId,
    author: Option<Person<'a>>,
    reason: Option<&'a str>,
    message: &'a str,
}

impl<'a> VersionRecordBody<'a> {
    /// Returns what is known of a version of `project`.
    pub fn of(project: &Project, record: &'a VersionRecord) -> Self {
        let published = record.published.as_ref();
        let origin = published.map(|published| &*published.origin);
        Self {
            version: record.id.number,
            at: published.map(|published| When(published.at)),
            commit: published.map(|published| published.commit.id),
            origin_commit: origin.map(|origin| origin.id),
            merged: published.is_some_and(|published| published.commit.id != published.origin.id),
            author: origin.map(|origin| Person::of(&origin.author)),
            subject: origin.map(subject),
            reason: origin.and_then(|origin| reason_of(&origin.message)),
            path: OwnedPath::of_version(project, &record.id).map(|path| path.to_string()),
            blob: record.version.content,
            same_bytes: same_bytes(project, record),
            live_in: record.live_in().collect(),
            stretches: record.stretches.iter().map(stretch).collect(),
            checks: CheckRecordBody::all(&record.checks),
            veto: record.veto.as_ref().map(VetoBody::of),
            rolled_back_in: record.marks.iter().map(mark).collect(),
        }
    }
}

fn stretch(stretch: &VersionStretch) -> StretchBody<'_> {
    StretchBody {
        environment: &stretch.environment,
        at: stretch.since.map(|(_, at)| When(at)),
        commit: stretch.since.map(|(commit, _)| commit),
        until: stretch.until.map(|(_, at)| When(at)),
    }
}

fn mark((environment, mark): &(EnvironmentSlug, RollbackMark)) -> MarkBody<'_> {
    let made = mark.made.as_ref();
    MarkBody {
        environment,
        at: made.map(|made| When(made.at)),
        commit: mark.commit,
        author: made
            .and_then(|made| made.author.as_ref())
            .map(|author| Person {
                name: author.name(),
                email: author.email(),
            }),
        reason: made.and_then(|made| made.reason.as_deref()),
        message: &mark.sentence,
    }
}

impl VersionRecordBody<'_> {
    /// Returns the file of the version in the project's folder.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }
}

/// Returns the other versions of the resource whose bytes are those of `record`.
pub fn same_bytes(project: &Project, record: &VersionRecord) -> Vec<VersionNumber> {
    let known = project.versions.get(&record.id.resource);
    let others = known.into_iter().flat_map(|known| known.iter());
    let same = others.filter(|(number, version)| {
        **number != record.id.number && version.content == record.version.content
    });
    same.map(|(number, _)| *number).collect()
}

/// Returns the commit that published a version, if that is known.
pub fn origin(record: &VersionRecord) -> Option<&CommitRecord> {
    let published = record.published.as_ref();
    published.map(|published: &VersionOrigin| &*published.origin)
}

/// Returns why a version was published: the reason, else the subject of the commit.
pub fn published_why(record: &VersionRecord) -> Option<String> {
    origin(record).map(why)
}
