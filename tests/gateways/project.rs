//! A project whose providers are on loopback, and what `envctl resolve` says of it.

use serde_json::Value;

use crate::world::World;

/// Publishes provider `name` to `environment`.
pub fn provider(world: &World, name: &str, url: &str, models: &[&str], more: &str, to: &str) {
    let text = format!("base_url = \"{url}\"\nmodels = {models:?}\n{more}");
    world.publish(&format!("providers/{name}"), &text, to);
}

/// A target of a request, as `envctl resolve` says.
#[derive(Debug)]
pub struct Hop {
    pub target: String,
    pub base_url: String,
    pub model: String,
    pub percent: Option<f64>,
}

/// Returns where requests for `model` go in `environment`, in the order in which they are tried.
pub fn hops(world: &World, model: &str, environment: &str) -> Vec<Hop> {
    hops_at(world, "chat", model, environment)
}

/// Returns the same for an endpoint.
pub fn hops_at(world: &World, endpoint: &str, model: &str, environment: &str) -> Vec<Hop> {
    let arguments = [
        "resolve",
        "--endpoint",
        endpoint,
        "--model",
        model,
        "--env",
        environment,
    ];
    let answer = world.json(0, &arguments);
    let targets = answer["targets"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    targets
        .iter()
        .map(|target| Hop {
            target: text(&target["target"]),
            base_url: text(&target["base_url"]),
            model: text(&target["model"]),
            percent: target["percent"].as_f64(),
        })
        .collect()
}
