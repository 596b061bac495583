//! `resolve --model`: explains what the gateway does with a request.

use std::collections::BTreeMap;

use envctl::model::{
    Address, CommitId, Credential, Endpoint, EnvironmentSlug, ModelName, ProviderKind, Resource,
    ResourceName, Retry, RoutingRule, Strategy, VersionNumber, Weight,
};
use envctl::ops::{Hop, Routing, RoutingError, Served, Unknown, View, route};
use schemars::JsonSchema;
use serde::Serialize;

use super::render::refused;
use super::served::say_who_answers;
use crate::app::{Answer, App};
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::{Cell, Table, count};
use crate::ui::{Shown, style};

/// What is asked for.
pub struct RouteQuestion<'a> {
    pub endpoint: Endpoint,
    pub model: &'a ModelName,
    pub environment: Option<&'a str>,
    pub unknown: Unknown,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    environment: &'a EnvironmentSlug,
    asked: Option<&'a str>,
    fallback: bool,
    endpoint: Endpoint,
    model: &'a ModelName,
    /// The routing rule, and its release.
    resource: &'a Resource,
    version: VersionNumber,
    strategy: Strategy,
    retry: Option<&'a Retry>,
    targets: Vec<HopBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct HopBody<'a> {
    /// Its name; that of a target of another rule behind the name of the target that leads there.
    target: &'a str,
    provider: &'a ResourceName,
    /// The activation of the provider.
    version: VersionNumber,
    model: &'a ModelName,
    weight: Option<Weight>,
    /// Its share of a hundred requests; null if targets are not chosen by weight.
    percent: Option<f64>,
    timeout_ms: Option<u32>,
    kind: &'a ProviderKind,
    base_url: Option<&'a Address>,
    credential: Option<&'a Credential>,
}

/// Prints the rule that answers the request, and where the request goes.
pub fn run(
    asked: &RouteQuestion<'_>,
    view: &View,
    context: Context,
    app: &mut App,
) -> anyhow::Result<Answer> {
    let request = (asked.endpoint, asked.model);
    let routing = route(view, request, asked.environment, asked.unknown)
        .map_err(|error| nowhere(error, view))?;
    say_who_answers(app, &routing.served, &routing.environment);
    if app.output.medium().terminal {
        app.answer(sentence(&routing, asked));
        app.answer("");
        app.answer_table(&targets(&routing));
        app.answer("");
        app.answer_table(&providers(&routing));
    } else {
        app.answer_table(&lines(&routing));
    }
    let targets = routing.hops.iter().map(|hop| body(hop)).collect();
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        environment: &routing.environment,
        asked: asked.environment,
        fallback: routing.served != Served::AsAsked,
        endpoint: asked.endpoint,
        model: asked.model,
        resource: &routing.release.resource,
        version: routing.release.number,
        strategy: routing.rule.strategy,
        retry: routing.rule.retry.as_ref(),
        targets,
    }))
}

/// Returns what the gateway does, in words.
fn sentence(routing: &Routing, asked: &RouteQuestion<'_>) -> String {
    let Routing {
        environment,
        release,
        rule,
        hops,
        ..
    } = routing;
    let strong = style::STRONG;
    let first = format!(
        "{strong}{release}{strong:#} answers {} for {} in {environment}",
        asked.endpoint,
        Shown(asked.model.as_str())
    );
    let choice = match rule.strategy {
        Strategy::Single => "its one target gets every request".to_owned(),
        Strategy::Weighted => format!(
            "one of {} by chance, by weight",
            count(hops.len(), "target")
        ),
        Strategy::Experiment => format!(
            "one of {} by chance, by weight, to compare them",
            count(hops.len(), "target")
        ),
        Strategy::Fallback => format!(
            "{} in order, the next one when one fails",
            count(hops.len(), "target")
        ),
    };
    format!("{first}\n{}: {choice}{}", rule.strategy, retries(rule))
}

fn retries(rule: &RoutingRule) -> String {
    let Some(retry) = &rule.retry else {
        return String::new();
    };
    let times = match retry.max_retries.value() {
        0 => return "; no retries".to_owned(),
        1 => "1 retry".to_owned(),
        many => format!("{many} retries"),
    };
    match retry.backoff_base {
        Some(base) => format!("; {times}, the first after {base} ms"),
        None => format!("; {times}"),
    }
}

/// Returns one line per target, in order, with everything that is known about it, for a pipe.
fn lines(routing: &Routing) -> Table {
    let mut table = Table::new(&[
        "RULE",
        "STRATEGY",
        "TARGET",
        "PROVIDER",
        "MODEL",
        "%",
        "MS",
        "CREDENTIAL",
        "BASE URL",
    ]);
    for hop in &routing.hops {
        table.row([
            Cell::new(&routing.release),
            Cell::new(routing.rule.strategy),
            Cell::new(&hop.name),
            Cell::new(&hop.activation),
            Cell::new(&hop.model),
            percent(hop).map_or_else(Cell::nothing, Cell::new),
            hop.timeout().map_or_else(Cell::nothing, Cell::new),
            credential(hop),
            address(hop),
        ]);
    }
    table
}

/// Returns the targets in order.
fn targets(routing: &Routing) -> Table {
    let mut table = Table::new(&["TARGET", "PROVIDER", "MODEL", "SHARE", "TIMEOUT"]);
    for hop in &routing.hops {
        let share =
            percent(hop).map_or_else(Cell::nothing, |percent| Cell::new(format!("{percent}%")));
        let timeout = hop
            .timeout()
            .map_or_else(Cell::nothing, |timeout| Cell::new(format!("{timeout} ms")));
        let name = Cell::new(&hop.name).style(style::STRONG);
        table.row([
            name,
            Cell::new(&hop.activation),
            Cell::new(&hop.model),
            share.right(),
            timeout.right(),
        ]);
    }
    table
}

/// Returns the providers behind them, each once.
fn providers(routing: &Routing) -> Table {
    let mut table = Table::new(&["PROVIDER", "CREDENTIAL", "BASE URL"]);
    let hops: BTreeMap<_, _> = routing
        .hops
        .iter()
        .map(|hop| (&hop.activation, hop))
        .collect();
    for (activation, hop) in hops {
        table.row([Cell::new(activation), credential(hop), address(hop)]);
    }
    table
}

fn credential(hop: &Hop) -> Cell {
    hop.provider
        .credential
        .as_ref()
        .map_or_else(Cell::nothing, Cell::new)
}

fn body(hop: &Hop) -> HopBody<'_> {
    HopBody {
        target: &hop.name,
        provider: &hop.provider_name,
        version: hop.activation.number,
        model: &hop.model,
        weight: hop.target.weight,
        percent: percent(hop),
        timeout_ms: hop.timeout(),
        kind: &hop.provider.kind,
        base_url: hop.provider.base_url.as_ref(),
        credential: hop.provider.credential.as_ref(),
    }
}

/// Returns how many of a hundred requests a target gets, to one decimal.
fn percent(hop: &Hop) -> Option<f64> {
    Some((hop.share? * 1000.0).round() / 10.0)
}

/// Returns where a provider is: its address, or its kind where that has its own.
fn address(hop: &Hop) -> Cell {
    match &hop.provider.base_url {
        Some(address) => Cell::new(address),
        None => Cell::new(&hop.provider.kind),
    }
}

fn nowhere(error: RoutingError, view: &View) -> anyhow::Error {
    match &error {
        RoutingError::Nobody(error) => error.clone().into(),
        RoutingError::Unsound(error) => refused(error, view),
        RoutingError::Unclaimed {
            endpoint,
            model,
            meant,
            claimed,
            ..
        } => {
            let failure = Failure::new(Exit::Error, "not-routed", error.to_string());
            let failure = match meant {
                Some((other, meant)) if other == endpoint => {
                    failure.hint(format!("did you mean --model {meant}?"))
                }
                Some((other, _)) => failure.hint(format!(
                    "{model} is answered at another endpoint: --endpoint {other}"
                )),
                None => failure,
            };
            failure.hint(listed(*endpoint, claimed)).into()
        }
    }
}

/// Returns the first few names of models, which is enough to see how models are named here.
fn listed(endpoint: Endpoint, claimed: &[ModelName]) -> String {
    const FEW: usize = 8;
    let few: Vec<&str> = claimed.iter().take(FEW).map(ModelName::as_str).collect();
    match claimed.len() {
        0 => format!("nothing is answered at {endpoint} there"),
        all if all > FEW => format!(
            "at {endpoint}, {} and {} more are answered",
            few.join(", "),
            all - FEW
        ),
        _ => format!("what is answered at {endpoint}: {}", few.join(", ")),
    }
}
