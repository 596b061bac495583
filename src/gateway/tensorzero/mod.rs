//! The files of TensorZero: TOML that its gateway reads beside the team's own.
//!
//! A rule for chat becomes a function under each of its models, which callers ask for as `tensorzero::function_name::<model>`:
//! functions have weights, retries, parameters and namespaces. Where its targets are a list, there is a model of the same
//! name too. A prompt that the rule lists becomes a function whose variants have the prompt as their system message; where
//! the prompt is called as a model of the rule is, it is the same function. A rule for embeddings becomes an embedding model.

mod connection;
mod environments;
mod file_tables;
mod kinds;
mod params;
mod read;
mod tables;
mod write;

use crate::gateway::format::{
    GatewayFormat, Inexpressible, Rendering, ServedGateway, ServedGateways,
};
use crate::gateway::imported::Imported;

/// The format of TensorZero.
pub(super) struct TensorZero;

impl GatewayFormat for TensorZero {
    fn name(&self) -> &'static str {
        "tensorzero"
    }

    fn file_name(&self) -> &'static str {
        "tensorzero.toml"
    }

    fn recognises(&self, text: &str) -> bool {
        read::recognises(text)
    }

    fn read(&self, file: &str, text: &str) -> Imported {
        read::read(file, text)
    }

    fn write(&self, served: &ServedGateway) -> Result<Rendering, Vec<Inexpressible>> {
        write::write(served)
    }

    fn write_all(&self, all: &ServedGateways) -> Option<Result<Rendering, Vec<Inexpressible>>> {
        Some(environments::write(all))
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
