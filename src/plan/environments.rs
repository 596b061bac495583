use crate::files::{Edit, EnvironmentEdit, EnvironmentRole};
use crate::model::{
    Environment, EnvironmentKey, EnvironmentSlug, EnvironmentType, EnvironmentValue, Move, Project,
    Reason, Resource, moves_into,
};
use crate::plan::error::{PlanError, existing};
use crate::plan::message::{Action, Message};
use crate::plan::planned::Plan;

/// Plans to create the environment `slug`, and to give it `roles`.
///
/// # Errors
///
/// When an environment with that slug exists already.
pub fn create_environment(
    project: &Project,
    slug: &EnvironmentSlug,
    environment: &Environment,
    roles: &[EnvironmentRole],
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    if project.environments.contains_key(slug) {
        return Err(PlanError::EnvironmentExists { slug: slug.clone() });
    }
    let message = Message::new(Action::EnvCreate, format!("env create {slug}"))
        .detail(introduction(environment));
    let message = handed_over(project, message, roles)
        .reason(reason)
        .trailer("Environment", slug.as_str());
    let create = Edit::CreateEnvironment(slug.clone(), environment.clone());
    let edits = std::iter::once(create)
        .chain(assignments(roles, slug))
        .collect();
    Ok(Plan::new(edits, Vec::new(), message))
}

/// Plans to change the description, name, color or switches of `slug`, and to give it `roles`. What already
/// is so is left alone.
///
/// # Errors
///
/// When the environment does not exist.
pub fn edit_environment(
    project: &Project,
    slug: &EnvironmentSlug,
    edit: &EnvironmentEdit,
    roles: &[EnvironmentRole],
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    existing(project, slug)?;
    let environment = &project.environments[slug];
    let edit = only_what_differs(environment, edit);
    let roles: Vec<EnvironmentRole> = roles
        .iter()
        .copied()
        .filter(|role| role.holder(&project.settings) != Some(slug))
        .collect();
    let details = details(environment, &edit);
    let changed = details
        .iter()
        .map(|(word, _)| *word)
        .chain(roles.iter().map(|role| role.name()));
    let subject = format!(
        "env edit {slug}: {}",
        changed.collect::<Vec<_>>().join(", ")
    );
    let message = Message::new(Action::EnvEdit, subject);
    let message = details
        .iter()
        .fold(message, |message, (_, line)| message.detail(line));
    let message = handed_over(project, message, &roles)
        .reason(reason)
        .trailer("Environment", slug.as_str());
    let describe = (!details.is_empty()).then(|| Edit::EditEnvironment(slug.clone(), edit));
    let edits = describe
        .into_iter()
        .chain(assignments(&roles, slug))
        .collect();
    Ok(Plan::new(edits, Vec::new(), message))
}

/// Plans to delete `slug` with its pointers.
///
/// # Errors
///
/// When the environment does not exist.
pub fn delete_environment(
    project: &Project,
    slug: &EnvironmentSlug,
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    existing(project, slug)?;
    let moves: Vec<Move> = moves_into(slug, project, &Project::default());
    let message = Message::new(Action::EnvDelete, format!("env delete {slug}"))
        .moves(&moves)
        .reason(reason);
    let message = message.trailer("Environment", slug.as_str());
    // Its freezes go with it: they would be findings without it.
    let thawed = project.freezes_of(slug);
    let thawed = thawed.map(|(id, _)| Edit::Thaw(slug.clone(), id.clone()));
    let edits = std::iter::once(Edit::DeleteEnvironment(slug.clone())).chain(thawed);
    Ok(Plan::new(edits.collect(), moves, message))
}

/// Returns what `slug` serves and the gateway fallback does not: what callers of `slug` lose when it is
/// deleted.
pub fn lost_to_fallback(project: &Project, slug: &EnvironmentSlug) -> Vec<Resource> {
    let fallback = project.settings.gateway_fallback.as_ref();
    fallback.map_or_else(Vec::new, |fallback| lost(project, slug, fallback))
}

/// Returns what `environment` serves and `heir` does not. An environment that does not exist serves nothing.
fn lost(project: &Project, environment: &EnvironmentSlug, heir: &EnvironmentSlug) -> Vec<Resource> {
    let served = project.live_in(environment).map(|(resource, _)| resource);
    served
        .filter(|resource| project.live(heir, resource).is_none())
        .cloned()
        .collect()
}

/// Succeeds if giving `roles` to `heir` leaves the gateway fallback serving everything that it serves now.
///
/// # Errors
///
/// [`PlanError::IncompleteFallback`] with what would not be served any more.
pub fn complete_fallback(
    project: &Project,
    heir: &EnvironmentSlug,
    roles: &[EnvironmentRole],
) -> Result<(), PlanError> {
    let fallback = project.settings.gateway_fallback.as_ref();
    let Some(holder) = fallback.filter(|_| roles.contains(&EnvironmentRole::GatewayFallback))
    else {
        return Ok(());
    };
    let (holder, heir) = (holder.clone(), heir.clone());
    match lost(project, &holder, &heir) {
        lost if lost.is_empty() => Ok(()),
        lost => Err(PlanError::IncompleteFallback { holder, heir, lost }),
    }
}

/// Plans to show environments in the order `slugs`. The others follow in their present order.
///
/// # Errors
///
/// When one of them does not exist, or is named twice.
pub fn reorder_environments(
    project: &Project,
    slugs: &[EnvironmentSlug],
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    for (index, slug) in slugs.iter().enumerate() {
        existing(project, slug)?;
        if slugs[..index].contains(slug) {
            return Err(PlanError::NamedTwice { slug: slug.clone() });
        }
    }
    let unnamed = project
        .settings
        .order
        .iter()
        .filter(|slug| !slugs.contains(slug));
    let order: Vec<EnvironmentSlug> = slugs.iter().chain(unnamed).cloned().collect();
    let edits = if project.settings.order == order {
        Vec::new()
    } else {
        vec![Edit::Reorder(order.clone())]
    };
    let list = order
        .iter()
        .map(EnvironmentSlug::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    let message = Message::new(Action::EnvReorder, "env reorder")
        .detail(list)
        .reason(reason);
    Ok(Plan::new(edits, Vec::new(), message))
}

/// Returns a line that introduces a new environment.
fn introduction(environment: &Environment) -> String {
    match environment.description.as_str() {
        "" => environment.name.to_string(),
        description => format!("{}: {description}", environment.name),
    }
}

/// Returns the part of `edit` that changes something, so that no empty commit is made and the message lists
/// only changes.
fn only_what_differs(environment: &Environment, edit: &EnvironmentEdit) -> EnvironmentEdit {
    edit.iter()
        .filter(|(key, value)| key.of(environment).as_ref() != *value)
        .map(|(key, value)| (key, value.cloned()))
        .collect()
}

/// Returns what changes, as the key for the subject and the line for the body.
fn details(environment: &Environment, edit: &EnvironmentEdit) -> Vec<(&'static str, String)> {
    let detail = |(key, value): (EnvironmentKey, Option<&EnvironmentValue>)| {
        let after = shown(key, value);
        let line = match key.takes() {
            // A description can be long, so only the new one is shown.
            EnvironmentType::Description => format!("{key}: {after}"),
            EnvironmentType::Name | EnvironmentType::Color | EnvironmentType::Switch => {
                let before = shown(key, key.of(environment).as_ref());
                format!("{key}: {before} → {after}")
            }
        };
        (key.as_str(), line)
    };
    edit.iter().map(detail).collect()
}

/// Returns `value` as the line of the body shows it.
fn shown(key: EnvironmentKey, value: Option<&EnvironmentValue>) -> String {
    match (value, key.takes()) {
        (Some(value), _) => value.to_string(),
        (None, EnvironmentType::Description) => String::new(),
        (None, _) => "none".to_owned(),
    }
}

/// Returns the edits that give `roles` to `slug`.
fn assignments(roles: &[EnvironmentRole], slug: &EnvironmentSlug) -> impl Iterator<Item = Edit> {
    roles.iter().map(|role| Edit::Assign(*role, slug.clone()))
}

/// Returns `message` with a line for each role that changes hands.
fn handed_over(project: &Project, message: Message, roles: &[EnvironmentRole]) -> Message {
    roles.iter().fold(message, |message, role| {
        let before = role
            .holder(&project.settings)
            .map_or("nobody", EnvironmentSlug::as_str);
        message.detail(format!("{}, until now {before}", role.name()))
    })
}
