use std::collections::BTreeSet;

use crate::model::{EnvironmentSlug, Move, Project, Reason, Resource};
use crate::plan::error::{PlanError, existing, no_such_resource};
use crate::plan::message::{Action, Message};
use crate::plan::planned::Plan;
use crate::plan::promote::{edit, pointers};

/// Plans to remove the pointers of `environment` to `resources`. The versions stay.
///
/// # Errors
///
/// When the environment or a resource does not exist, or no version of it is live in the environment.
pub fn retire(
    project: &Project,
    environment: &EnvironmentSlug,
    resources: &[Resource],
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    existing(project, environment)?;
    let named: BTreeSet<&Resource> = resources.iter().collect();
    let moves: Vec<Move> = named
        .into_iter()
        .map(|resource| removal(project, environment, resource))
        .collect::<Result<_, _>>()?;
    let subject = format!("retire {} from {environment}", pointers(moves.len()));
    let message = Message::new(Action::Retire, subject)
        .moves(&moves)
        .reason(reason);
    let message = message.trailer("From", environment.as_str());
    Ok(Plan::new(moves.iter().map(edit).collect(), moves, message).waiting_for_approval())
}

/// Returns the move that removes a pointer.
fn removal(
    project: &Project,
    environment: &EnvironmentSlug,
    resource: &Resource,
) -> Result<Move, PlanError> {
    let (environment, resource) = (environment.clone(), resource.clone());
    match project.live(&environment, &resource) {
        Some(number) => Ok(Move {
            environment,
            resource,
            before: Some(number),
            after: None,
        }),
        None if project.versions.contains_key(&resource) => Err(PlanError::NotLive {
            resource,
            environment,
        }),
        None => Err(no_such_resource(project, &resource)),
    }
}
