use crate::files::Edit;
use crate::model::{
    BranchName, DisplayName, Environment, EnvironmentSlug, Project, Reason, Settings,
};
use crate::plan::error::PlanError;
use crate::plan::message::{Action, Message};
use crate::plan::planned::Plan;

/// Plans a new project with the environments `prod` and `staging`.
///
/// # Errors
///
/// When a project exists already.
pub fn init(
    project: &Project,
    name: &DisplayName,
    branch: &BranchName,
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    if project.exists {
        return Err(PlanError::ProjectExists);
    }
    let [prod, staging] = EnvironmentSlug::system();
    let settings = Settings {
        name: Some(name.clone()),
        branch: Some(branch.clone()),
        default_publish: Some(prod.clone()),
        gateway_fallback: Some(prod.clone()),
        order: vec![staging.clone(), prod.clone()],
    };
    let message =
        Message::new(Action::Init, format!("init {name}")).detail("environments prod and staging");
    let edits = vec![
        Edit::KeepBytes,
        Edit::CreateProject(settings),
        Edit::CreateEnvironment(prod, production()),
        Edit::CreateEnvironment(staging, staging_environment()),
    ];
    Ok(Plan::new(edits, Vec::new(), message.reason(reason)))
}

/// Returns the environment `prod` of a new project.
fn production() -> Environment {
    Environment {
        name: display_name("Production"),
        color: "green".parse().ok(),
        production: true,
        ..Environment::named_after(&EnvironmentSlug::system()[0])
    }
}

/// Returns the environment `staging` of a new project.
fn staging_environment() -> Environment {
    Environment {
        name: display_name("Staging"),
        color: "amber".parse().ok(),
        ..Environment::named_after(&EnvironmentSlug::system()[1])
    }
}

/// Returns the display name for a built-in word.
fn display_name(name: &str) -> DisplayName {
    name.parse().expect("a short word is a display name")
}
