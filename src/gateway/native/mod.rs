//! The format of envctl's own: what `render` writes and `import` reads where no other gateway is meant.
//!
//! `[providers.<name>]` and `[routes.<name>]` have the keys of the activations and releases that they come from, but the
//! targets of all rules stand together as `[targets."<rule>.<target>"]`, and a route lists the names of its own in order.
//! `[prompts.<name>]` says which version is served and which file holds it.

mod defaults;
mod models;
mod names;
mod prompts;
mod read;
mod routes;
mod write;

use crate::gateway::format::{GatewayFormat, Inexpressible, Rendering, ServedGateway};
use crate::gateway::imported::Imported;

pub use read::read_gateway;
pub use write::{activation_text, release_text};

/// The format of envctl's own.
pub(super) struct Native;

impl GatewayFormat for Native {
    fn name(&self) -> &'static str {
        "envctl"
    }

    fn file_name(&self) -> &'static str {
        "gateway.toml"
    }

    /// Reports nothing but no: what no other format recognises is read as this one, so that what is wrong with it is said.
    fn recognises(&self, _: &str) -> bool {
        false
    }

    fn read(&self, file: &str, text: &str) -> Imported {
        read_gateway(file, text)
    }

    fn write(&self, served: &ServedGateway) -> Result<Rendering, Vec<Inexpressible>> {
        Ok(Rendering {
            text: served.gateway.to_toml(),
            ..Rendering::default()
        })
    }
}

#[cfg(test)]
pub mod properties;
#[cfg(test)]
mod tests;
