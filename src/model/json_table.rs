use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Values by name that a gateway is handed on as they are: texts, numbers, switches, lists and tables of them.
///
/// The names are sorted at every level, so equal tables are equal texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct JsonTable(BTreeMap<String, Value>);

impl JsonTable {
    /// The most values at the top.
    pub const MOST: usize = 64;
    /// How deep lists and tables may be nested.
    pub const DEEPEST: usize = 16;
    /// The most bytes of all of it, written as JSON.
    pub const MAX: usize = 16 << 10;

    /// Makes a table of `entries`, within the limits.
    ///
    /// # Errors
    ///
    /// When there is too much, or a value is null, which TOML cannot hold.
    pub fn new(entries: BTreeMap<String, Value>) -> Result<Self, JsonTableError> {
        if entries.len() > Self::MOST {
            return Err(JsonTableError::TooMany {
                count: entries.len(),
            });
        }
        let mut sorted = BTreeMap::new();
        for (name, value) in entries {
            sorted.insert(name, sound(value, Self::DEEPEST)?);
        }
        let table = Self(sorted);
        let size = serde_json::to_string(&table.0).map_or(usize::MAX, |text| text.len());
        if size > Self::MAX {
            return Err(JsonTableError::TooLarge);
        }
        Ok(table)
    }

    /// Reports whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values by name, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns the value called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

/// Returns `value` with sorted names, if it is nested at most `deep` levels and contains no null.
fn sound(value: Value, deep: usize) -> Result<Value, JsonTableError> {
    let deep = deep.checked_sub(1).ok_or(JsonTableError::TooDeep)?;
    Ok(match value {
        Value::Null => return Err(JsonTableError::Null),
        Value::Array(values) => Value::Array(
            values
                .into_iter()
                .map(|value| sound(value, deep))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(entries) => {
            let sorted: BTreeMap<String, Value> = entries.into_iter().collect();
            let sorted = sorted
                .into_iter()
                .map(|(name, value)| Ok((name, sound(value, deep)?)));
            Value::Object(sorted.collect::<Result<_, _>>()?)
        }
        scalar => scalar,
    })
}

/// Why values are too much for a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonTableError {
    /// More values than the limit.
    #[error(
        "at most {} values are allowed here; there are {count}",
        JsonTable::MOST
    )]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// Nested deeper than the limit.
    #[error("lists and tables are nested at most {} deep", JsonTable::DEEPEST)]
    TooDeep,
    /// More text than the limit.
    #[error("at most {} bytes of values are allowed here", JsonTable::MAX)]
    TooLarge,
    /// A null, or a number that is none.
    #[error("null and numbers without a value are not allowed here")]
    Null,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_limits() {
        let of = |value: Value| JsonTable::new(BTreeMap::from([("a".to_owned(), value)]));
        let deep = |levels: usize| {
            (0..levels).fold(Value::Bool(true), |value, _| Value::Array(vec![value]))
        };
        assert!(of(deep(15)).is_ok());
        assert_eq!(of(deep(16)), Err(JsonTableError::TooDeep));
        assert_eq!(of(Value::Null), Err(JsonTableError::Null));
        assert_eq!(
            of("x".repeat(JsonTable::MAX).into()),
            Err(JsonTableError::TooLarge)
        );
        let many = (0..65)
            .map(|number| (number.to_string(), Value::Bool(true)))
            .collect();
        assert_eq!(
            JsonTable::new(many),
            Err(JsonTableError::TooMany { count: 65 })
        );
    }
}
