use super::View;
use super::render::{RenderError, render};
use super::resolve::{ResolveError, Served, Unknown, answering};
use crate::gateway::Gateway;
use crate::model::{
    Endpoint, EnvironmentSlug, Kind, ModelName, Provider, Resource, ResourceName, RoutingRule,
    Target, TargetName, Timeout, VersionId, closest,
};

/// What a gateway does with a request for a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// Which environment answers.
    pub environment: EnvironmentSlug,
    /// Why it does.
    pub served: Served,
    /// The release of the rule that claims the request.
    pub release: VersionId,
    /// What it says.
    pub rule: RoutingRule,
    /// Its targets, in order.
    pub hops: Vec<Hop>,
}

/// One target of a rule, with the provider behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Its name in the rule.
    pub name: TargetName,
    /// What the rule says of it.
    pub target: Target,
    /// The activation of the provider.
    pub activation: VersionId,
    /// What that says.
    pub provider: Provider,
}

impl Hop {
    /// How long the gateway waits for it, in milliseconds: as the target says, else as the provider does; none: as long as
    /// the gateway is set to.
    pub fn timeout(&self) -> Option<u32> {
        self.target
            .timeout
            .or(self.provider.timeout)
            .map(Timeout::value)
    }
}

/// Why a request goes nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoutingError {
    /// No environment answers.
    #[error(transparent)]
    Nobody(#[from] ResolveError),
    /// What is live there is unsound.
    #[error(transparent)]
    Unsound(#[from] RenderError),
    /// No live rule claims the request.
    #[error("no routing rule that is live in `{environment}` answers {endpoint} for `{model}`")]
    Unclaimed {
        /// The environment.
        environment: EnvironmentSlug,
        /// What was asked for.
        endpoint: Endpoint,
        /// The model that was asked for.
        model: ModelName,
        /// What was most likely meant.
        meant: Option<(Endpoint, ModelName)>,
        /// What rules answer at that endpoint, sorted.
        claimed: Vec<ModelName>,
    },
}

/// Where a request of `endpoint` for `model` goes that names `asked` as its environment, or none.
///
/// # Errors
///
/// When no environment answers, what is live there is unsound, or no rule claims the request.
pub fn route(
    view: &View,
    (endpoint, model): (Endpoint, &ModelName),
    asked: Option<&str>,
    unknown: Unknown,
) -> Result<Routing, RoutingError> {
    let project = &view.state.project;
    let (environment, served) = answering(project, asked, unknown)?;
    let gateway = render(view, &environment)?;
    let claims = |rule: &RoutingRule| rule.endpoint == endpoint && rule.models.contains(model);
    let Some((name, rule)) = gateway.rules.iter().find(|(_, rule)| claims(rule)) else {
        return Err(unclaimed(&gateway, environment, endpoint, model));
    };
    let live = |kind, name: &ResourceName| {
        let resource = Resource {
            kind,
            name: name.clone(),
        };
        project
            .live(&environment, &resource)
            .map(|number| resource.at(number))
    };
    let hop = |(name, target): (&TargetName, &Target)| {
        let provider = gateway.providers.get(&target.provider)?.clone();
        let activation = live(Kind::Providers, &target.provider)?;
        Some(Hop {
            name: name.clone(),
            target: target.clone(),
            activation,
            provider,
        })
    };
    let hops = rule.in_order().filter_map(hop).collect();
    let Some(release) = live(Kind::Routing, name) else {
        unreachable!("a rendered rule is live")
    };
    Ok(Routing {
        rule: rule.clone(),
        release,
        hops,
        environment,
        served,
    })
}

fn unclaimed(
    gateway: &Gateway,
    environment: EnvironmentSlug,
    endpoint: Endpoint,
    model: &ModelName,
) -> RoutingError {
    let elsewhere = gateway
        .rules
        .values()
        .find(|rule| rule.models.contains(model));
    let here = gateway
        .rules
        .values()
        .filter(|rule| rule.endpoint == endpoint)
        .flat_map(|rule| &rule.models);
    let mut claimed: Vec<ModelName> = here.cloned().collect();
    claimed.sort();
    let near = closest(model.as_str(), claimed.iter().map(ModelName::as_str))
        .and_then(|near| near.parse().ok());
    let meant = match elsewhere {
        Some(rule) => Some((rule.endpoint, model.clone())),
        None => near.map(|near| (endpoint, near)),
    };
    RoutingError::Unclaimed {
        environment,
        endpoint,
        model: model.clone(),
        meant,
        claimed,
    }
}
