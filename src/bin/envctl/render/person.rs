//! People, as data.

use envctl::store::Actor;
use schemars::JsonSchema;
use serde::Serialize;

/// A person as data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Person<'a> {
    pub name: &'a str,
    pub email: &'a str,
}

impl<'a> Person<'a> {
    /// Returns who made a commit, as data.
    pub fn of(actor: &'a Actor) -> Self {
        Self {
            name: &actor.name,
            email: &actor.email,
        }
    }
}
