use std::collections::HashMap;
use std::rc::Rc;

use jiff::Timestamp;

use super::account::Accounts;
use super::evidence::{CheckRecord, VetoRecord};
use super::{History, ReadError, Session, View};
use crate::model::{
    Changes, CommitId, EnvironmentSlug, Move, Project, Resource, Version, VersionId, VersionNumber,
};
use crate::policy::{Facts, Lifeline, Lived, PastFacts, Question, RollbackMark, Span, Step, marks};
use crate::store::CommitRecord;

/// A version of a resource, and what history says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRecord {
    /// Which.
    pub id: VersionId,
    /// Its file.
    pub version: Version,
    /// Who published it. `None` if no commit of the first-parent line did.
    pub published: Option<VersionOrigin>,
    /// When it was live, in the environments that exist: environment by environment in the order in
    /// which they are shown, newest first.
    pub stretches: Vec<VersionStretch>,
    /// What checks say about it.
    pub checks: Vec<CheckRecord>,
    /// Why no pointer may move to it.
    pub veto: Option<VetoRecord>,
    /// The environments in which it was rolled back and has not come back since.
    pub marks: Vec<(EnvironmentSlug, RollbackMark)>,
}

/// Who published a version, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionOrigin {
    /// The effective time of [`VersionOrigin::commit`].
    pub at: Timestamp,
    /// The commit of the first-parent line with which it came.
    pub commit: Rc<CommitRecord>,
    /// The commit that added its file. It differs from [`VersionOrigin::commit`] where a merge brought
    /// it.
    pub origin: Rc<CommitRecord>,
}

/// A time during which a version was live somewhere without a break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionStretch {
    /// Where.
    pub environment: EnvironmentSlug,
    /// The commit that began it and its effective time. `None` if it is older than the version,
    /// whose pointer led to nothing then.
    pub since: Option<(CommitId, Timestamp)>,
    /// The commit that ended it and its effective time, or `None` if it is live.
    pub until: Option<(CommitId, Timestamp)>,
}

impl VersionRecord {
    /// Returns the environments in which it is live, in the order in which they are shown.
    pub fn live_in(&self) -> impl Iterator<Item = &EnvironmentSlug> {
        let live = self.stretches.iter().filter(|one| one.until.is_none());
        live.map(|stretch| &stretch.environment)
    }

    /// Returns the environments in which it was live and is not any more, each once.
    pub fn was_live_in(&self) -> Vec<&EnvironmentSlug> {
        let ended = self.stretches.iter().filter(|one| one.until.is_some());
        let mut ended: Vec<&EnvironmentSlug> = ended.map(|one| &one.environment).collect();
        ended.dedup();
        ended.retain(|slug| !self.live_in().any(|live| live == *slug));
        ended
    }
}

/// Returns what is known of those versions of `resource` that have one of `numbers`, in that order,
/// as of `view`.
///
/// The line is walked once for the publications and once for each environment, and no further back
/// than to the first publication of what is asked for.
///
/// # Errors
///
/// When the history is shallow, altered, or cannot be read.
pub fn versions(
    session: &Session,
    view: &View,
    resource: &Resource,
    numbers: &[VersionNumber],
) -> Result<Vec<VersionRecord>, ReadError> {
    let project = &view.state.project;
    let asked = numbers.iter().filter_map(|number| {
        let id = resource.at(*number);
        let version = project.version(&id)?.clone();
        Some((id, version))
    });
    let asked: Vec<(VersionId, Version)> = asked.collect();
    let mut history = session.history(view.commit)?;
    let files: Vec<_> = asked
        .iter()
        .map(|(id, version)| (id.clone(), version.extension.clone()))
        .collect();
    let published = history.publications(&files)?;
    let (facts, mut marks) = pasts(session, &mut history, project, &asked)?;
    let times: HashMap<CommitId, Timestamp> = history.line().iter().collect();
    let accounts = Accounts::new(session, &history);
    let mut records = Vec::new();
    for ((id, version), published) in asked.into_iter().zip(published) {
        let published = match published {
            Some(found) => Some(VersionOrigin {
                at: found.at,
                commit: accounts.record(found.landed)?,
                origin: accounts.record(found.set)?,
            }),
            None => None,
        };
        let of = |slug: &EnvironmentSlug| {
            let lifeline = facts.lifeline(slug, resource);
            lifeline.map(|lifeline| stretches(slug, lifeline, id.number, &times))
        };
        records.push(VersionRecord {
            stretches: project
                .in_order()
                .into_iter()
                .filter_map(of)
                .flatten()
                .collect(),
            checks: history.checks(project, &id)?,
            veto: history.veto(project, &id)?,
            marks: marks.remove(&id.number).unwrap_or_default(),
            id,
            version,
            published,
        });
    }
    Ok(records)
}

/// The marks on versions, by number.
type RollbackMarks = HashMap<VersionNumber, Vec<(EnvironmentSlug, RollbackMark)>>;

/// Returns what was live of a resource in each environment, as far back as `asked` were published,
/// and the marks on `asked`.
fn pasts(
    session: &Session,
    history: &mut History<'_>,
    project: &Project,
    asked: &[(VersionId, Version)],
) -> Result<(Facts, RollbackMarks), ReadError> {
    let mut facts = Facts::default();
    // No version can have been live before it was published, so the past back to the publication of
    // the oldest one answers for all of them.
    let Some((oldest, version)) = asked.iter().min_by_key(|(id, _)| id.number) else {
        return Ok((facts, RollbackMarks::new()));
    };
    let environments = project.in_order();
    let question = |slug: &&EnvironmentSlug| Question::Lifeline {
        environment: (*slug).clone(),
        resource: oldest.resource.clone(),
        published: (oldest.number, version.extension.clone()),
        // Advisory answers may be empty in a shallow clone. Here that would be shown as "was never
        // live".
        advisory: false,
    };
    let questions: Vec<Question> = environments.iter().map(question).collect();
    history.answer(&questions, &mut facts)?;
    let back = |(slug, id): (&EnvironmentSlug, &VersionId)| Move {
        environment: slug.clone(),
        resource: id.resource.clone(),
        before: project.live(slug, &id.resource),
        after: Some(id.number),
    };
    let pairs = environments
        .iter()
        .flat_map(|slug| asked.iter().map(move |(id, _)| (*slug, id)));
    let moves: Vec<Move> = pairs.map(back).collect();
    let changes = Changes::default();
    let found = history.judge(&mut facts, |facts| {
        let step = Step::live((project, project), &changes, None, session.now, facts);
        marks(&step, &moves)
    })?;
    let mut marks = RollbackMarks::new();
    for (moved, mark) in moves.into_iter().zip(found) {
        if let (Some(number), Some(mark)) = (moved.after, mark) {
            let of = marks.entry(number).or_default();
            of.push((moved.environment, mark));
        }
    }
    Ok((facts, marks))
}

/// Returns the stretches of `number` in a lifeline, newest first.
fn stretches(
    environment: &EnvironmentSlug,
    lifeline: &Lifeline,
    number: VersionNumber,
    times: &HashMap<CommitId, Timestamp>,
) -> Vec<VersionStretch> {
    let timed = |commit: CommitId| Some((commit, *times.get(&commit)?));
    let spans = lifeline.spans.iter().enumerate();
    let of_number = spans.filter(|(_, span)| span.lived == Lived::Number(number));
    let stretch = |(index, span): (usize, &Span)| {
        // A span ends with the commit that began the next newer one.
        let newer = index
            .checked_sub(1)
            .and_then(|newer| lifeline.spans.get(newer));
        VersionStretch {
            environment: environment.clone(),
            since: span.commit.and_then(timed),
            until: newer.and_then(|newer| newer.commit).and_then(timed),
        }
    };
    of_number.map(stretch).collect()
}
