use std::collections::BTreeMap;

use crate::files::{OwnedPath, State};
use crate::model::{EnvironmentSlug, Move, Project, Reason, Resource, VersionNumber};
use crate::plan::error::{PlanError, existing, existing_version};
use crate::plan::message::{Action, Message};
use crate::plan::planned::Plan;
use crate::plan::promote::{edit, pointers};

/// What pointers go back to; `None` removes the pointer.
pub type Targets = BTreeMap<Resource, Option<VersionNumber>>;

/// Plans to make the pointers of `environment` name `targets`. Those that do already stay as they are.
///
/// # Errors
///
/// When the environment does not exist, or a version that a pointer would move to was never published.
pub fn rollback(
    project: &Project,
    environment: &EnvironmentSlug,
    targets: &Targets,
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    existing(project, environment)?;
    let moved = |(resource, after): (&Resource, &Option<VersionNumber>)| {
        let (before, after) = (project.live(environment, resource), *after);
        (before != after).then(|| Move {
            environment: environment.clone(),
            resource: resource.clone(),
            before,
            after,
        })
    };
    let moves: Vec<Move> = targets.iter().filter_map(moved).collect();
    moves
        .iter()
        .try_for_each(|moved| target_is_there(project, moved))?;
    let subject = format!("rollback {environment}: {}", pointers(moves.len()));
    let message = Message::new(Action::Rollback, subject)
        .moves(&moves)
        .reason(reason);
    let message = message.trailer("To", environment.as_str());
    Ok(Plan::new(moves.iter().map(edit).collect(), moves, message).waiting_for_approval())
}

/// Returns what the pointers of `environment` named in the state `then`: those of `resources`, or if that is
/// empty, all that were live then or are live now.
///
/// # Errors
///
/// When the environment did not exist then, or what was live in it cannot be determined.
pub fn as_then(
    project: &Project,
    environment: &EnvironmentSlug,
    resources: &[Resource],
    then: &State,
) -> Result<Targets, PlanError> {
    if !then.project.environments.contains_key(environment) {
        return Err(PlanError::NotThereThen {
            environment: environment.clone(),
        });
    }
    let file = OwnedPath::Pointers(environment.clone()).to_string();
    // An invalid file reads as one with fewer pointers. Going back to that would remove the missing
    // ones.
    if then
        .findings
        .iter()
        .any(|finding| finding.place.file == file)
    {
        return Err(PlanError::UnreadableThen {
            environment: environment.clone(),
            file,
        });
    }
    let target = |resource: &Resource| (resource.clone(), then.project.live(environment, resource));
    if !resources.is_empty() {
        return Ok(resources.iter().map(target).collect());
    }
    let all = project
        .live_in(environment)
        .chain(then.project.live_in(environment));
    Ok(all.map(|(resource, _)| target(resource)).collect())
}

fn target_is_there(project: &Project, moved: &Move) -> Result<(), PlanError> {
    let Some(version) = moved.after.map(|number| moved.resource.at(number)) else {
        return Ok(());
    };
    existing_version(project, &version).map(drop)
}
