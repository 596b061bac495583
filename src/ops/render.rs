use super::View;
use crate::check::{any_error, check_state};
use crate::diag::{Finding, Severity};
use crate::files::{OwnedPath, State};
use crate::gateway::{Gateway, ServedPrompt};
use crate::model::{EnvironmentSlug, Kind, VersionId};
use crate::plan::{PlanError, existing};

/// Why an environment has no configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The environment does not exist.
    #[error(transparent)]
    Missing(#[from] PlanError),
    /// What is live there is broken or inconsistent, so a gateway could not serve it.
    #[error("what is live in `{environment}` is not a valid gateway configuration")]
    Unsound {
        /// The environment.
        environment: EnvironmentSlug,
        /// What is wrong with it, sorted by place.
        findings: Vec<Finding>,
    },
}

/// Returns the complete configuration of the gateway that serves `environment`. The same state
/// gives the same result.
///
/// # Errors
///
/// When there is no such environment, or what is live in it is unsound. What is wrong elsewhere does not matter.
pub fn render(view: &View, environment: &EnvironmentSlug) -> Result<Gateway, RenderError> {
    let project = &view.state.project;
    existing(project, environment)?;
    let findings = findings_about(&view.state, environment);
    if any_error(&findings) {
        return Err(RenderError::Unsound {
            environment: environment.clone(),
            findings,
        });
    }
    let configuration = &view.state.configuration;
    let mut gateway = Gateway::default();
    for (resource, number) in project.live_in(environment) {
        let (id, name) = (resource.at(number), resource.name.clone());
        match resource.kind {
            Kind::Prompts => gateway
                .prompts
                .extend(served(&view.state, &id).map(|prompt| (name, prompt))),
            Kind::Routing => gateway
                .rules
                .extend(configuration.rule(&id).map(|rule| (name, rule.clone()))),
            Kind::Providers => gateway
                .providers
                .extend(configuration.provider(&id).map(|it| (name, it.clone()))),
        }
    }
    Ok(gateway)
}

fn served(state: &State, id: &VersionId) -> Option<ServedPrompt> {
    let path = OwnedPath::of_version(&state.project, id)?.to_string();
    Some(ServedPrompt {
        version: id.number,
        path,
    })
}

/// Returns the errors in the pointers of `environment` and in the files that they name.
fn findings_about(state: &State, environment: &EnvironmentSlug) -> Vec<Finding> {
    let project = &state.project;
    let live = project
        .live_in(environment)
        .map(|(resource, number)| resource.at(number));
    let mut files: Vec<String> = live
        .filter_map(|id| OwnedPath::of_version(project, &id))
        .map(|path| path.to_string())
        .collect();
    files.push(OwnedPath::Pointers(environment.clone()).to_string());
    let concerns = |finding: &Finding| {
        finding.severity == Severity::Error && files.contains(&finding.place.file)
    };
    check_state(state).into_iter().filter(concerns).collect()
}
