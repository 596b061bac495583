//! What a command that looks back is about: environments and resources, distinguished by the slash.

use envctl::model::{EnvironmentSlug, Resource};

use crate::error::Failure;
use crate::exit::Exit;

/// The arguments on the command line.
#[derive(Clone, Debug, Default)]
pub struct LookArgs {
    /// The arguments without a slash.
    pub environments: Vec<EnvironmentSlug>,
    /// The arguments with a slash.
    pub resources: Vec<Resource>,
}

impl LookArgs {
    /// Reads arguments.
    ///
    /// # Errors
    ///
    /// When one is neither a slug nor a resource.
    pub fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let mut about = Self::default();
        for text in arguments {
            let usage = |error: &dyn std::fmt::Display| {
                Failure::new(Exit::Usage, "usage", format!("{text:?}: {error}"))
            };
            if text.contains('/') {
                about
                    .resources
                    .push(text.parse().map_err(|error| usage(&error))?);
            } else {
                about
                    .environments
                    .push(text.parse().map_err(|error| usage(&error))?);
            }
        }
        Ok(about)
    }
}
