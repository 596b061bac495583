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
mod section;
mod write;

pub use read::read_gateway;
pub use write::{activation_text, release_text};

#[cfg(test)]
pub mod properties;
#[cfg(test)]
mod tests;
