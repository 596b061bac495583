use std::collections::HashSet;

use super::explain::ComesBack;
use super::guess::{EarlierState, Guess};
use super::{Basis, History, ReadError, Session, View, WriteError};
use crate::model::{
    CommitId, EnvironmentSlug, Move, Project, Reason, Resource, VersionNumber, moves_between,
};
use crate::plan::{self, Plan, PlanError, Targets, as_then, existing, no_such_resource};
use crate::policy::{Facts, Question, Reach, Verdict};

use super::last_changes::{commits, last_changes, went_back};

/// How many earlier states a user may choose from if undoing would be a guess.
const CHOICES: usize = 5;

/// Which pointers to move back, and to what.
#[derive(Clone, Debug)]
pub struct Rollback<'a> {
    /// The environment.
    pub environment: &'a EnvironmentSlug,
    /// Only these pointers. Empty means all that are concerned.
    pub resources: &'a [Resource],
    /// The destination.
    pub to: Destination<'a>,
    /// Why.
    pub reason: Option<&'a Reason>,
}

/// What pointers move back to.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'a> {
    /// What was live before the last change: that of the environment, or of each of the named pointers.
    BeforeTheLastChange,
    /// This number.
    Number(VersionNumber),
    /// What was live in this view of the project.
    Then(&'a View),
}

/// Plans to move pointers back. It is meant as an intent, because the last change depends on the
/// commit that the plan builds on.
///
/// # Errors
///
/// [`WriteError::Guess`] if undoing would be one; when a name is not there, there is nothing to undo, or history cannot be
/// read.
pub fn rollback(
    session: &Session,
    basis: &Basis<'_>,
    rollback: &Rollback<'_>,
) -> Result<Plan, WriteError> {
    let Rollback {
        environment,
        resources,
        to,
        reason,
    } = rollback;
    existing(basis.project, environment)?;
    resources
        .iter()
        .try_for_each(|resource| known(basis.project, environment, resource))?;
    let targets = match to {
        Destination::BeforeTheLastChange => undo(session, basis, (environment, resources))?,
        Destination::Number(number) => {
            for resource in *resources {
                was_live(session, basis, environment, (resource, *number))?;
            }
            let target = |resource: &Resource| (resource.clone(), Some(*number));
            resources.iter().map(target).collect()
        }
        Destination::Then(then) => as_then(basis.project, environment, resources, &then.state)?,
    };
    let then = match to {
        Destination::Then(then) => Some(then.commit),
        Destination::BeforeTheLastChange | Destination::Number(_) => None,
    };
    names_removals(basis.project, environment, resources, (&targets, then))?;
    Ok(plan::rollback(
        basis.project,
        environment,
        &targets,
        *reason,
    )?)
}

fn known(
    project: &Project,
    environment: &EnvironmentSlug,
    resource: &Resource,
) -> Result<(), PlanError> {
    let there =
        project.versions.contains_key(resource) || project.live(environment, resource).is_some();
    if there {
        Ok(())
    } else {
        Err(no_such_resource(project, resource))
    }
}

/// Succeeds if every pointer that would be removed is named, so that none is removed by accident.
fn names_removals(
    project: &Project,
    environment: &EnvironmentSlug,
    resources: &[Resource],
    (targets, then): (&Targets, Option<CommitId>),
) -> Result<(), PlanError> {
    // Whoever names a pointer knows of it. Without names, "before" may lie before a resource
    // existed, and undoing would quietly take it away from those who use it.
    if !resources.is_empty() {
        return Ok(());
    }
    let goes = |(resource, after): &(&Resource, &Option<VersionNumber>)| {
        after.is_none() && project.live(environment, resource).is_some()
    };
    let removed: Vec<Resource> = targets
        .iter()
        .filter(goes)
        .map(|(resource, _)| resource.clone())
        .collect();
    if removed.is_empty() {
        return Ok(());
    }
    let moves = |(resource, after): (&Resource, &Option<VersionNumber>)| {
        (project.live(environment, resource) != *after).then(|| resource.clone())
    };
    Err(PlanError::RemovesUnnamed {
        environment: environment.clone(),
        removed,
        all: targets.iter().filter_map(moves).collect(),
        then,
    })
}

/// Succeeds if `number` of `resource` is or was live in `environment` since that was created, or
/// was never published.
fn was_live(
    session: &Session,
    basis: &Basis<'_>,
    environment: &EnvironmentSlug,
    (resource, number): (&Resource, VersionNumber),
) -> Result<(), WriteError> {
    let version = resource.at(number);
    if basis.project.live(environment, resource) == Some(number)
        || basis.project.version(&version).is_none()
    {
        return Ok(());
    }
    let never = |may_come_back| PlanError::NeverLive {
        version,
        environment: environment.clone(),
        may_come_back,
    };
    let Some(tip) = basis.tip else {
        return Err(never(true).into());
    };
    let question = Question::Live {
        environment: environment.clone(),
        resource: resource.clone(),
        reach: Reach::Earlier(number),
    };
    let mut facts = Facts::default();
    session.history(tip)?.answer(&[question], &mut facts)?;
    let timeline = facts.timeline(environment, resource);
    if timeline.is_some_and(|timeline| timeline.earlier(number).is_some()) {
        return Ok(());
    }
    // An environment that was deleted and created again has no past to go back to, but what was
    // rolled back in it before still is.
    let moved = Move {
        environment: environment.clone(),
        resource: resource.clone(),
        before: basis.project.live(environment, resource),
        after: Some(number),
    };
    let place = (&session.folder, tip);
    let mut back = ComesBack::at(session, place, (Some(basis.author), basis.at));
    let refused = |(_, verdict): &(Move, Verdict)| !verdict.passes();
    let may_come_back = !back.of(basis.project, &[moved])?.iter().any(refused);
    Err(never(may_come_back).into())
}

/// Returns what was live before the last change.
fn undo(
    session: &Session,
    basis: &Basis<'_>,
    (environment, resources): (&EnvironmentSlug, &[Resource]),
) -> Result<Targets, WriteError> {
    let nothing = |resource| PlanError::NothingToUndo {
        environment: environment.clone(),
        resource,
    };
    let tip = basis.tip.ok_or_else(|| nothing(None))?;
    let history = session.history(tip)?;
    let last = last_changes(&history, environment, resources)?;
    if let Some(never) = resources
        .iter()
        .find(|resource| !last.iter().any(|last| last.moved.resource == **resource))
    {
        return Err(nothing(Some(never.clone())).into());
    }
    if last.is_empty() {
        return Err(nothing(None).into());
    }
    // The last change was itself a return. Undoing it may mean to go forward again or further back,
    // and the wrong guess would put a version live that somebody had just taken out.
    if let Some(commit) = commits(&last)
        .find(|change| went_back(change) == Some(true))
        .map(|change| change[0].commit)
    {
        let (environment, resources) = (environment.clone(), resources.to_vec());
        let place = (&session.folder, tip);
        let mut back = ComesBack::at(session, place, (Some(basis.author), basis.at));
        let back = |moves: &[Move]| back.of(basis.project, moves);
        let states = earlier_states(&history, (&environment, &resources), back)?;
        return Err(WriteError::Guess(Box::new(Guess {
            environment,
            resources,
            commit,
            states,
        })));
    }
    Ok(last
        .into_iter()
        .map(|last| (last.moved.resource, last.moved.before))
        .collect())
}

/// The last few states of the pointers, newest first, that differ from what is live and from each other, without those that
/// bring back what may not come back, as `rolled_back` tells of their moves.
fn earlier_states(
    history: &History<'_>,
    (environment, resources): (&EnvironmentSlug, &[Resource]),
    mut rolled_back: impl FnMut(&[Move]) -> Result<Vec<(Move, Verdict)>, ReadError>,
) -> Result<Vec<EarlierState>, ReadError> {
    let concerned = |moved: &Move| resources.is_empty() || resources.contains(&moved.resource);
    let mut states: Vec<EarlierState> = Vec::new();
    let mut seen: HashSet<Vec<Move>> = HashSet::new();
    let mut now = None;
    for change in history.pointer_changes(environment)? {
        let change = change?;
        let now = now.get_or_insert_with(|| change.live.clone());
        let moves = moves_between(environment, now, &change.live);
        let moves: Vec<Move> = moves.into_iter().filter(concerned).collect();
        let began = change.moves.is_empty() || change.moves.iter().any(concerned);
        if began && !moves.is_empty() && seen.insert(moves.clone()) {
            let rolled_back = rolled_back(&moves)?;
            if !rolled_back.iter().all(|(_, verdict)| verdict.passes()) {
                continue;
            }
            let by = change.moves.iter().find(|moved| concerned(moved));
            let made = history.made(change.commit, environment, by.map(|by| &by.resource))?;
            states.push(EarlierState {
                commit: change.commit,
                at: change.at,
                made,
                moves,
                rolled_back,
            });
        }
        if states.len() == CHOICES {
            break;
        }
    }
    Ok(states)
}
