use super::View;
use super::render::{RenderError, render};
use super::resolve::{ResolveError, Served, Unknown, answering};
use crate::gateway::{Gateway, Leaf};
use crate::model::{
    Endpoint, EnvironmentSlug, Kind, ModelName, Provider, Resource, ResourceName, RoutingRule,
    Target, Timeout, VersionId, closest,
};

/// How a gateway handles a request for a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Routing {
    /// The environment that answers.
    pub environment: EnvironmentSlug,
    /// Why it answers.
    pub served: Served,
    /// The release of the rule that claims the request.
    pub release: VersionId,
    /// The content of the rule.
    pub rule: RoutingRule,
    /// Its targets, in order.
    pub hops: Vec<Hop>,
}

/// One target of a rule, or of a rule that it leads to, with the provider behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// Its name in the rule; of a target of another rule, behind the name of the target that leads there: `backup.main`.
    pub name: String,
    /// What the rule says about it.
    pub target: Target,
    /// Of the requests that come to this choice, how many of one it gets; none where nothing is chosen by weight.
    pub share: Option<f64>,
    /// The name of the provider.
    pub provider_name: ResourceName,
    /// What the provider is asked for.
    pub model: ModelName,
    /// The activation of the provider.
    pub activation: VersionId,
    /// The content of the activation.
    pub provider: Provider,
}

impl Hop {
    /// Returns how long the gateway waits for it, in milliseconds: the target's value, or else the
    /// provider's. `None` means the gateway's own default.
    pub fn timeout(&self) -> Option<u32> {
        self.target
            .timeout
            .or(self.provider.timeout)
            .map(Timeout::value)
    }
}

/// Why a request is not routed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoutingError {
    /// No environment answers.
    #[error(transparent)]
    Nobody(#[from] ResolveError),
    /// What is live there is invalid.
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
        /// The most similar name.
        meant: Option<(Endpoint, ModelName)>,
        /// The models that rules answer for at that endpoint, sorted.
        claimed: Vec<ModelName>,
    },
}

/// Returns where a request of `endpoint` for `model` goes. `asked` is the environment that it
/// names, if any.
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
    let Some((name, rule, claimed)) = gateway.claiming(endpoint, model) else {
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
    let hop = |leaf: Leaf<'_>| {
        let provider = gateway.providers.get(leaf.provider)?.clone();
        let activation = live(Kind::Providers, leaf.provider)?;
        Some(Hop {
            name: leaf.name,
            target: leaf.target.clone(),
            share: leaf.share,
            provider_name: leaf.provider.clone(),
            model: leaf.model.asked_for(claimed, model),
            activation,
            provider,
        })
    };
    let hops = gateway.leaves(rule).into_iter().filter_map(hop).collect();
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
        .find(|rule| ModelName::best(&rule.models, model).is_some());
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
