use std::collections::BTreeMap;

use toml::de::DeTable;

use crate::diag::Finding;
use crate::files::policy;
use crate::files::reader::{TomlReader, TomlTable};
use crate::files::splice::{Splice, quoted_like};
use crate::model::{
    Environment, EnvironmentKey, EnvironmentSlug, EnvironmentType, EnvironmentValue,
    EnvironmentValueError,
};

/// What to change of an environment; keys that it does not name stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvironmentEdit(BTreeMap<EnvironmentKey, Option<EnvironmentValue>>);

impl EnvironmentEdit {
    /// Returns the edit that sets each key to what its text stands for on a command line.
    ///
    /// # Errors
    ///
    /// When a key takes no such value.
    pub fn parse<'t>(
        settings: impl IntoIterator<Item = (EnvironmentKey, &'t str)>,
    ) -> Result<Self, EnvironmentValueError> {
        settings
            .into_iter()
            .map(|(key, text)| Ok((key, key.value(text)?)))
            .collect()
    }

    /// Returns the keys that change with their new values; `None` removes the key.
    pub fn iter(&self) -> impl Iterator<Item = (EnvironmentKey, Option<&EnvironmentValue>)> {
        self.0.iter().map(|(key, value)| (*key, value.as_ref()))
    }

    /// Reports whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Changes `environment` as this edit says.
    pub fn apply(&self, environment: &mut Environment) {
        for (key, value) in &self.0 {
            key.set(environment, value.clone());
        }
    }
}

impl FromIterator<(EnvironmentKey, Option<EnvironmentValue>)> for EnvironmentEdit {
    fn from_iter<I>(settings: I) -> Self
    where
        I: IntoIterator<Item = (EnvironmentKey, Option<EnvironmentValue>)>,
    {
        Self(settings.into_iter().collect())
    }
}

/// Reads `environments/<slug>.toml`.
pub(super) fn read(
    file: &str,
    slug: &EnvironmentSlug,
    entries: &DeTable<'_>,
) -> (Environment, Vec<Finding>) {
    let mut reader = TomlReader::new(file);
    let mut table = TomlTable::root(entries);
    let mut environment = Environment::named_after(slug);
    for key in EnvironmentKey::ALL {
        if let Some(value) = value(&mut reader, &mut table, key) {
            key.set(&mut environment, Some(value));
        }
    }
    if let Some(table) = table.table(&mut reader, "policy") {
        environment.policy = policy::read(&mut reader, table);
    }
    table.finish(&mut reader);
    (environment, reader.into_findings())
}

/// Reads one key.
fn value(
    reader: &mut TomlReader<'_>,
    table: &mut TomlTable<'_, '_>,
    key: EnvironmentKey,
) -> Option<EnvironmentValue> {
    let name = key.as_str();
    match key.takes() {
        EnvironmentType::Name => table.text(reader, name).map(EnvironmentValue::Name),
        EnvironmentType::Description => table.text(reader, name).map(EnvironmentValue::Description),
        EnvironmentType::Color => table.text(reader, name).map(EnvironmentValue::Color),
        EnvironmentType::Switch => table.boolean(reader, name).map(EnvironmentValue::Switch),
    }
}

/// Returns `environment` as a file.
pub(super) fn text(environment: &Environment) -> String {
    let line = |key: EnvironmentKey| {
        let value = key.of(environment)?;
        Some(format!("{key} = {}\n", literal(&value, "")))
    };
    let keys: String = EnvironmentKey::ALL.into_iter().filter_map(line).collect();
    keys + &policy::text(&environment.policy)
}

/// Makes the edit in the text of a file. Each value keeps its kind of quotes, and each new key gets its place
/// in the order.
pub(super) fn edit(splice: &mut Splice, edit: &EnvironmentEdit) {
    let order = EnvironmentKey::ALL.map(EnvironmentKey::as_str);
    for (key, value) in edit.iter() {
        let key = key.as_str();
        let Some(value) = value else {
            splice.remove(&[key]);
            continue;
        };
        if !splice.replace(&[key], |existing| literal(value, existing)) {
            splice.insert(key, &literal(value, ""), &order);
        }
    }
}

/// Returns `value` as it is written in place of `existing`.
fn literal(value: &EnvironmentValue, existing: &str) -> String {
    match value {
        EnvironmentValue::Switch(on) => on.to_string(),
        text => quoted_like(existing, &text.to_string()),
    }
}
