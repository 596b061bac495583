use crate::model::{EnvironmentSlug, Move, Project, Reason, VersionId};
use crate::plan::error::{PlanError, existing, existing_version, require_one_version};
use crate::plan::message::{Action, Message};
use crate::plan::planned::{Asking, Plan};
use crate::plan::promote::{edit, pointers};
use crate::plan::publish::moved;

/// Plans to make `environment` serve exactly `versions`. Pointers that name them already stay as they are. If
/// `requested`, the moves wait for approval even where the policy does not demand it.
///
/// # Errors
///
/// When the environment or a version does not exist, or two versions of one resource are named.
pub fn point(
    project: &Project,
    environment: &EnvironmentSlug,
    versions: &[VersionId],
    requested: bool,
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    existing(project, environment)?;
    let mut versions = versions.to_vec();
    versions.sort();
    versions.dedup();
    require_one_version(&versions)?;
    for version in &versions {
        existing_version(project, version)?;
    }
    let moves: Vec<Move> = versions
        .iter()
        .filter_map(|version| moved(project, environment, &version.resource, version.number))
        .collect();
    let subject = format!("point {environment}: {}", pointers(moves.len()));
    let message = Message::new(Action::Point, subject)
        .moves(&moves)
        .reason(reason);
    let message = message.trailer("To", environment.as_str());
    let asking = Asking {
        from: None,
        named: true,
        always: requested,
    };
    Ok(Plan::new(moves.iter().map(edit).collect(), moves, message).asking(asking))
}
