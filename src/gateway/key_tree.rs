use toml::{Table, Value};

use crate::files::yaml::{YamlNode, YamlValue};

/// What stands where in a configuration, whatever its format is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeyTree {
    /// A null, or a list or a table without values, which say nothing.
    Nothing,
    /// A value.
    Leaf,
    /// The values of a list, by their places, or those of a table, by their keys.
    Parts(Vec<(String, Self)>),
}

impl KeyTree {
    fn of_parts(parts: impl Iterator<Item = (String, Self)>) -> Self {
        let parts: Vec<_> = parts.collect();
        if parts.iter().all(|(_, part)| *part == Self::Nothing) {
            Self::Nothing
        } else {
            Self::Parts(parts)
        }
    }
}

impl From<&Table> for KeyTree {
    fn from(table: &Table) -> Self {
        Self::of_parts(table.iter().map(|(key, value)| (key.clone(), value.into())))
    }
}

impl From<&Value> for KeyTree {
    fn from(value: &Value) -> Self {
        match value {
            Value::Table(table) => table.into(),
            Value::Array(values) => Self::of_parts(
                values
                    .iter()
                    .enumerate()
                    .map(|(index, value)| (index.to_string(), value.into())),
            ),
            _ => Self::Leaf,
        }
    }
}

impl From<&YamlNode> for KeyTree {
    fn from(node: &YamlNode) -> Self {
        match &node.value {
            YamlValue::Null => Self::Nothing,
            YamlValue::Table(entries) => Self::of_parts(
                entries
                    .iter()
                    .map(|(key, value)| (key.name.clone(), value.into())),
            ),
            YamlValue::List(values) => Self::of_parts(
                values
                    .iter()
                    .enumerate()
                    .map(|(index, value)| (index.to_string(), value.into())),
            ),
            _ => Self::Leaf,
        }
    }
}
