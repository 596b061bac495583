//! Tables whose values are kept as they are.

use std::collections::BTreeMap;

use serde_json::Value;
use toml::de::DeValue;

use super::TomlReader;
use super::table::TomlTable;
use crate::model::JsonTable;

impl TomlTable<'_, '_> {
    /// Reads the values of the table at `key` as they are; nothing where it is missing.
    pub(in crate::files) fn json_table(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> JsonTable {
        let Some(table) = self.table(reader, key) else {
            return JsonTable::default();
        };
        let mut entries = BTreeMap::new();
        for (name, value) in table.entries {
            match json(value.get_ref()) {
                Some(value) => drop(entries.insert(name.get_ref().to_string(), value)),
                None => reader.invalid(
                    &table.path_of(name.get_ref()),
                    format!(
                        "`{}` takes texts, numbers, switches, lists and tables; write a time as a text",
                        table.path_of(name.get_ref()).join(".")
                    ),
                ),
            }
        }
        JsonTable::new(entries).unwrap_or_else(|error| {
            reader.invalid(&table.path, format!("`{}`: {error}", table.path.join(".")));
            JsonTable::default()
        })
    }
}

/// Returns `value` as JSON; none where JSON has nothing like it.
fn json(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()?
            .into(),
        DeValue::Float(float) => {
            Value::Number(serde_json::Number::from_f64(float.as_str().parse().ok()?)?)
        }
        DeValue::Boolean(boolean) => Value::Bool(*boolean),
        DeValue::Datetime(_) => return None,
        DeValue::Array(array) => Value::Array(
            array
                .iter()
                .map(|value| json(value.get_ref()))
                .collect::<Option<_>>()?,
        ),
        DeValue::Table(table) => Value::Object(
            table
                .iter()
                .map(|(name, value)| Some((name.get_ref().to_string(), json(value.get_ref())?)))
                .collect::<Option<_>>()?,
        ),
    })
}
