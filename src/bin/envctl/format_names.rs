//! The formats of gateways, as arguments name them.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use envctl::gateway::{GatewayFormat, formats};

/// What `render` writes a configuration as.
#[derive(Clone, Copy, Debug)]
pub enum RenderFormat {
    /// What `--json` shows of it.
    Json,
    /// A format that some gateway reads.
    Of(&'static dyn GatewayFormat),
}

/// The name of the project's own format for `render`, which has two forms.
pub const TOML: &str = "toml";
const JSON: &str = "json";

/// Returns a parser of the names of all formats.
pub fn any() -> impl TypedValueParser<Value = &'static dyn GatewayFormat> {
    PossibleValuesParser::new(formats().iter().map(|format| format.name()))
        .try_map(|name| named(&name).ok_or("there is no such format"))
}

/// Returns a parser of what `render` takes.
pub fn rendered() -> impl TypedValueParser<Value = RenderFormat> {
    let foreign = formats()[1..].iter().map(|format| format.name());
    PossibleValuesParser::new([TOML, JSON].into_iter().chain(foreign)).try_map(|name| {
        let format = match name.as_str() {
            JSON => Some(RenderFormat::Json),
            TOML => formats().first().copied().map(RenderFormat::Of),
            name => named(name).map(RenderFormat::Of),
        };
        format.ok_or("there is no such format")
    })
}

fn named(name: &str) -> Option<&'static dyn GatewayFormat> {
    formats()
        .iter()
        .copied()
        .find(|format| format.name() == name)
}
