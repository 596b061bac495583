use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::count;

/// A variable that a gateway needs to serve a configuration.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NeededVariable {
    /// Its name.
    name: String,
    /// Whether it is set here, to something.
    set: bool,
}

/// Reports which of the `needed` variables are set here.
///
/// # Errors
///
/// When one is not, or is empty: a gateway would not start, or would use another key.
pub fn check(needed: &BTreeSet<&str>, app: &mut App) -> anyhow::Result<Vec<NeededVariable>> {
    let variables: Vec<NeededVariable> = needed
        .iter()
        .map(|name| NeededVariable {
            name: (*name).to_owned(),
            set: app.process.variable(name).is_some(),
        })
        .collect();
    let unset = variables.iter().filter(|it| !it.set);
    let unset: Vec<&str> = unset.map(|it| it.name.as_str()).collect();
    if unset.is_empty() {
        let names: Vec<&str> = needed.iter().copied().collect();
        app.output.say(match names.is_empty() {
            true => "no variables are needed".to_owned(),
            false => format!(
                "{} needed, all set: {}",
                count(names.len(), "variable"),
                names.join(", ")
            ),
        });
        return Ok(variables);
    }
    let message = format!(
        "{} of the {} needed not set: {}",
        unset.len(),
        count(variables.len(), "variable"),
        unset.join(", ")
    );
    Err(Failure::new(Exit::Refused, "unset-variables", message)
        .hint("set them where the gateway runs, or run this there")
        .with("environment_variables", &variables)
        .into())
}
