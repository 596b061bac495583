use toml::de::DeTable;

use crate::diag::{Code, Finding, Place};
use crate::files::reader::{TomlReader, TomlTable};
use crate::files::splice::{ONE_A_LINE, quoted};
use crate::model::{DisplayName, EnvironmentSlug, SCHEMA, Settings};

/// The keys of `envctl.toml`, in the order in which they are written.
pub(super) const KEYS: [&str; 6] = [
    "schema",
    "name",
    "branch",
    "default_publish",
    "gateway_fallback",
    "order",
];

/// Reads `envctl.toml`.
pub(super) fn read(file: &str, entries: &DeTable<'_>) -> (Settings, Vec<Finding>) {
    let mut reader = TomlReader::new(file);
    let mut table = TomlTable::root(entries);
    match table.number(&mut reader, "schema") {
        // Nothing else of a newer file is read: its keys may mean something else.
        Some(schema) if schema > SCHEMA => {
            return (Settings::default(), vec![newer_schema(file, schema)]);
        }
        None if !table.has("schema") => table.missing(&mut reader, "schema"),
        _ => {}
    }
    let settings = Settings {
        name: table.required_text::<DisplayName>(&mut reader, "name"),
        branch: table.required_text(&mut reader, "branch"),
        // The judge checks whether the two roles are held: a missing key and one that names no
        // environment are the same mistake, and get one finding.
        default_publish: table.text(&mut reader, "default_publish"),
        gateway_fallback: table.text(&mut reader, "gateway_fallback"),
        order: table.texts(&mut reader, "order"),
    };
    table.finish(&mut reader);
    (settings, reader.into_findings())
}

/// Returns the name that an `envctl.toml` gives its project, whatever else stands in it; `None` if
/// it cannot be determined.
pub fn name_in(text: &[u8]) -> Option<String> {
    let entries = DeTable::parse(std::str::from_utf8(text).ok()?).ok()?;
    let name = entries.get_ref().get("name")?;
    Some(name.get_ref().as_str()?.to_owned())
}

/// Returns the finding for a file that a newer envctl wrote.
fn newer_schema(file: &str, schema: u32) -> Finding {
    let message = format!("the project has schema {schema}; this envctl supports schema {SCHEMA}");
    Finding::error(Code::NEWER_SCHEMA, Place::value(file, ["schema"]), message)
        .help("update envctl; the newer format may mean something that this version would miss")
}

/// Returns the text of a new `envctl.toml`.
pub(super) fn text(settings: &Settings) -> String {
    let mut text = format!("schema = {SCHEMA}\n");
    let mut line = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            text.push_str(&format!("{key} = {}\n", quoted(value)));
        }
    };
    line("name", settings.name.as_ref().map(DisplayName::as_str));
    line(
        "branch",
        settings
            .branch
            .as_ref()
            .map(crate::model::BranchName::as_str),
    );
    line(
        "default_publish",
        settings
            .default_publish
            .as_ref()
            .map(EnvironmentSlug::as_str),
    );
    line(
        "gateway_fallback",
        settings
            .gateway_fallback
            .as_ref()
            .map(EnvironmentSlug::as_str),
    );
    text.push_str("order = [\n");
    for slug in &settings.order {
        text.push_str(&format!("  {},\n", quoted(slug.as_str())));
    }
    text.push_str(&format!("{ONE_A_LINE}\n]\n"));
    text
}
