//! The differences between two commits in the project's own terms, as for a pull request.

mod about;
mod difference;
mod environment;
mod fate;
mod landed;
mod past;
mod range;
mod settings;
mod text;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use self::difference::{DiffLine, TextDifference};
pub use self::environment::{EnvironmentReview, ReleaseChange, ReleaseReview};
pub use self::fate::Fate;
pub use self::landed::{commits_between, landed};
pub use self::range::{Beginning, RevisionRange};
pub use self::settings::SettingChange;
pub use self::text::{
    PublishedText, TextChange, VersionText, text_change, text_changes, version_text,
};
pub use self::verdicts::{Dwell, ReviewedMove, Ruling};

use self::about::ReviewScope;
use self::environment::{environment, touched};
use self::text::TextReader;
use self::verdicts::ReviewEvaluator;
use super::{ReadError, Session, VariableChange, View, variable_changes};
use crate::files::{ACCESS, OwnedPath};
use crate::model::{
    Changes, CommitId, EnvironmentSlug, Move, Project, Resource, Shared, Version, VersionId,
    VersionNumber, changes,
};
use crate::store::StoreError;

/// The differences between two states of a project, and what the policies of the older one say
/// about them.
#[derive(Clone, Debug)]
pub struct Review {
    /// The older state. Its policies judge, and the history that ends with it has the facts.
    pub from: View,
    /// The newer one.
    pub to: View,
    /// The moment that the verdicts are for.
    pub at: Timestamp,
    /// What differs in `envctl.toml`: the project's name and branch, the two roles, the display
    /// order.
    pub settings: Vec<SettingChange>,
    /// What happened to `access.toml`, if anything.
    pub access: Option<Fate>,
    /// What differs in it: members, the project's own roles, signatures.
    pub members: Vec<SettingChange>,
    /// The environments in which something differs, those that serve production first, then in
    /// display order.
    pub environments: Vec<EnvironmentReview>,
    /// The versions that are new.
    pub published: Vec<PublishedText>,
    /// Versions whose bytes or name differ, which is never allowed.
    pub altered: Vec<VersionId>,
    /// Versions that no longer exist, which is never allowed.
    pub vanished: Vec<VersionId>,
    /// The prompts whose callers have to change.
    pub variables: Vec<VariableChange>,
    /// The texts of the versions, sorted: of every pointer that moves or is requested to, and of
    /// every other new version.
    pub texts: Vec<TextChange>,
}

impl Review {
    /// Reports whether nothing differs.
    pub fn is_empty(&self) -> bool {
        let Self {
            settings,
            access,
            environments,
            published,
            altered,
            vanished,
            ..
        } = self;
        let listed = [
            settings.is_empty(),
            environments.is_empty(),
            published.is_empty(),
        ];
        listed.into_iter().all(|empty| empty)
            && altered.is_empty()
            && vanished.is_empty()
            && access.is_none()
    }

    /// Returns every pointer that moves.
    pub fn moves(&self) -> impl Iterator<Item = &ReviewedMove> {
        self.environments
            .iter()
            .flat_map(|environment| &environment.moves)
    }

    /// Returns what differs between the text of a version and that of the one it replaces.
    pub fn text_of(&self, moved: &Move) -> Option<&TextDifference> {
        let wanted = (&moved.resource, moved.before, moved.after?);
        let found = self
            .texts
            .binary_search_by(|text| (&text.resource, text.before, text.after).cmp(&wanted));
        found.ok().map(|index| &self.texts[index].difference)
    }
}

/// Returns what differs between the commits `from` and `to`, with the verdicts for a reader at the
/// moment `at`. Only `resources` are included unless there are none.
///
/// If history is cut off, the verdicts that need it are unknown, and everything else is still
/// returned.
///
/// # Errors
///
/// When the repository cannot be read, or something alters how history reads.
pub fn review(
    session: &Session,
    (from, to): (CommitId, CommitId),
    resources: &[Resource],
    at: Timestamp,
) -> Result<Review, ReadError> {
    let (from, to) = (session.view_of(from)?, session.view_of(to)?);
    let (before, after) = (&from.state.project, &to.state.project);
    let about = ReviewScope { resources };
    let all = known_only(changes(before, after), &from, &to);
    let mut evaluator = ReviewEvaluator::new(session, &from, &to, at, all.clone());
    let changes = about.narrowed(all);
    let mut environments = Vec::new();
    for slug in touched(before, after, &changes) {
        environments.push(environment(&mut evaluator, (before, after), &slug, about)?);
    }
    environments.retain(|environment| environment.concerns(about));
    environments.sort_by_key(|environment| !environment.production);
    let mut texts = TextReader::new(&session.store, before, after);
    moves_of(&environments).try_for_each(|moved| texts.add_move(moved))?;
    let published = texts.published(&changes.published)?;
    Ok(Review {
        at,
        settings: about.otherwise(|| settings::of_project(before, after)),
        access: fate(&from, &to, ACCESS).filter(|_| about.is_everything()),
        members: about.otherwise(|| settings::of_access(before, after)),
        published,
        altered: about.versions(altered(before, after)),
        vanished: about.versions(vanished(before, after)),
        variables: variables(session, &to, &environments)?,
        texts: texts.finish(),
        environments,
        from: from.clone(),
        to: to.clone(),
    })
}

/// Returns `changes` without pointers that only seem to be new or removed, because the file that has them cannot be read
/// on one side.
fn known_only(mut changes: Changes, from: &View, to: &View) -> Changes {
    let unread = |view: &View, slug: &EnvironmentSlug| {
        let file = OwnedPath::Pointers(slug.clone()).to_string();
        let findings = &view.state.findings;
        findings.iter().any(|finding| finding.place.file == file)
    };
    changes.moves.retain(|moved| {
        let slug = &moved.environment;
        (moved.after.is_some() || !unread(to, slug))
            && (moved.before.is_some() || !unread(from, slug))
    });
    changes
}

/// Returns the versions whose bytes or names differ.
fn altered(before: &Project, after: &Project) -> Vec<VersionId> {
    let differs = |id: &VersionId| {
        after
            .version(id)
            .is_some_and(|version| before.version(id) != Some(version))
    };
    versions(before).filter(differs).collect()
}

fn vanished(before: &Project, after: &Project) -> Vec<VersionId> {
    versions(before)
        .filter(|id| after.version(id).is_none())
        .collect()
}

fn versions(project: &Project) -> impl Iterator<Item = VersionId> {
    let numbers =
        |(resource, numbers): (&'_ Resource, &'_ Shared<BTreeMap<VersionNumber, Version>>)| {
            numbers
                .keys()
                .map(|number| resource.at(*number))
                .collect::<Vec<_>>()
        };
    project.versions.iter().flat_map(numbers)
}

/// Returns what happened to the file at `path`.
fn fate(from: &View, to: &View, path: &str) -> Option<Fate> {
    match (from.snapshot.get(path), to.snapshot.get(path)) {
        (None, None) => None,
        (None, Some(_)) => Some(Fate::Added),
        (Some(_), None) => Some(Fate::Removed),
        (Some(old), Some(new)) => (old.content != new.content).then_some(Fate::Changed),
    }
}

/// Returns what callers have to change, each step of a prompt once even if several environments
/// take it.
fn variables(
    session: &Session,
    to: &View,
    environments: &[EnvironmentReview],
) -> Result<Vec<VariableChange>, ReadError> {
    let (mut steps, mut changes) = (BTreeSet::new(), Vec::new());
    for moved in moves_of(environments) {
        if !steps.insert((&moved.resource, moved.before, moved.after)) {
            continue;
        }
        match variable_changes(
            &session.store,
            &to.snapshot,
            &to.state.project,
            std::slice::from_ref(moved),
        ) {
            Ok(found) => changes.extend(found),
            // The variables of a text that is too large to be read are unknown; the judge reports
            // the text itself.
            Err(StoreError::TooLarge { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(changes)
}

/// Returns the moves in `environments`, and those that are requested.
fn moves_of(environments: &[EnvironmentReview]) -> impl Iterator<Item = &Move> {
    environments
        .iter()
        .flat_map(EnvironmentReview::moves_and_asked)
        .map(|reviewed| &reviewed.moved)
}
