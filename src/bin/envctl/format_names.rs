//! The formats of gateways, as arguments name them.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use envctl::gateway::{GatewayFormat, formats};

/// What `render` writes a configuration as.
#[derive(Clone, Copy, Debug)]
pub enum RenderFormat {
    /// What `--json` shows of it.
    Json,
    /// A format that some gateway reads.
    Of(&'static dyn GatewayFormat),
}

/// Another name of the project's own format, by its form.
const TOML: &str = "toml";
const JSON: &str = "json";

/// Returns a parser of the names of all formats.
pub fn any() -> impl TypedValueParser<Value = &'static dyn GatewayFormat> {
    PossibleValuesParser::new(names()).try_map(|name| named(&name).ok_or("unknown format"))
}

/// Returns a parser of what `render` takes.
pub fn rendered() -> impl TypedValueParser<Value = RenderFormat> {
    let json = std::iter::once(PossibleValue::new(JSON));
    PossibleValuesParser::new(names().chain(json)).try_map(|name| {
        let format = match name.as_str() {
            JSON => Some(RenderFormat::Json),
            name => named(name).map(RenderFormat::Of),
        };
        format.ok_or("unknown format")
    })
}

/// Returns the name of the project's own format, which `render` writes unless it is told otherwise.
pub fn own() -> &'static str {
    formats().first().map_or(TOML, |format| format.name())
}

fn names() -> impl Iterator<Item = PossibleValue> {
    formats().iter().map(|format| match format.name() {
        name if name == own() => PossibleValue::new(name).alias(TOML),
        name => PossibleValue::new(name),
    })
}

fn named(name: &str) -> Option<&'static dyn GatewayFormat> {
    formats()
        .iter()
        .copied()
        .find(|format| format.name() == name || name == TOML && format.name() == own())
}
