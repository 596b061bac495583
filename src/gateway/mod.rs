//! The configuration of a gateway as one text: what `render` writes and `import` reads, in each format that gateways read.

#[cfg(test)]
mod accounted;
mod configuration;
#[cfg(test)]
mod fixture_tests;
mod format;
mod formats;
mod imported;
mod key_tree;
mod leaves;
mod litellm;
mod native;
mod notes;
mod prompt_files;
mod proportion;
mod remark;
mod slugs;
mod taken_keys;
mod tensorzero;
mod toml_import;
mod toml_text;
mod variables;

pub use configuration::{Gateway, ServedPrompt};
pub use format::{GatewayFormat, Inexpressible, Rendering, ServedGateway, ServedGateways};
pub use formats::{formats, recognised};
pub use imported::{Imported, ImportedPrompt, PromptSource};
pub use leaves::Leaf;
#[cfg(test)]
pub(crate) use native::properties::gateway as any_gateway;
pub use native::{activation_text, read_gateway, release_text};
pub use remark::{Remark, Remarked};
