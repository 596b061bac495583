//! The arrays of a table.

use std::collections::BTreeSet;
use std::fmt::Display;

use toml::de::DeValue;

use super::table::TomlTable;
use super::{TomlReader, element, parse_text};
use crate::diag::KeyPath;

impl<'t, 'i> TomlTable<'t, 'i> {
    /// Reads the array of texts at `key`. Elements that are invalid are left out, with a finding each.
    pub(in crate::files) fn texts<T>(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Vec<T>
    where
        T: std::str::FromStr,
        T::Err: Display,
    {
        let path = self.path_of(key);
        self.value(key)
            .map(|value| parse_texts(reader, &path, value))
            .unwrap_or_default()
    }

    /// Reads the array of texts at `key`, and notes if the key is missing.
    pub(in crate::files) fn required_texts<T>(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Vec<T>
    where
        T: std::str::FromStr,
        T::Err: Display,
    {
        if !self.has(key) {
            self.missing(reader, key);
        }
        self.texts(reader, key)
    }

    /// Reads every entry of this table as an array of texts, by its key.
    pub(in crate::files) fn lists<T>(&self, reader: &mut TomlReader<'_>) -> Vec<(&'t str, Vec<T>)>
    where
        T: std::str::FromStr,
        T::Err: Display,
    {
        let entries = self
            .entries
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), value.get_ref()));
        entries
            .map(|(key, value): (&'t str, _)| (key, parse_texts(reader, &self.path_of(key), value)))
            .collect()
    }

    /// Reads the array of texts at `key`, which must exist and have 1 to `most` elements, each once. `None`
    /// if it does not.
    pub(in crate::files) fn list<T>(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
        most: usize,
    ) -> Option<Vec<T>>
    where
        T: std::str::FromStr + Ord,
        T::Err: Display,
    {
        if !self.has(key) {
            self.missing(reader, key);
        }
        self.optional_list(reader, key, most)
    }

    /// Reads what [`TomlTable::list`] does, but the key may be missing.
    pub(in crate::files) fn optional_list<T>(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
        most: usize,
    ) -> Option<Vec<T>>
    where
        T: std::str::FromStr + Ord,
        T::Err: Display,
    {
        let path = self.path_of(key);
        let texts = self.texts(reader, key);
        let length = self.entries.get(key)?.get_ref().as_array()?.len();
        if length == 0 || length > most {
            reader.invalid(
                &path,
                format!(
                    "`{}` takes 1 to {most} elements, not {length}",
                    path.join(".")
                ),
            );
            return None;
        }
        // Duplicates are looked for only if every element is valid: positions would be off
        // otherwise.
        let mut seen = BTreeSet::new();
        if let Some(index) = texts
            .iter()
            .position(|text| !seen.insert(text))
            .filter(|_| texts.len() == length)
        {
            let message = format!("`{}` lists this twice", path.join("."));
            reader.invalid(&element(path, index), message);
            return None;
        }
        (texts.len() == length).then_some(texts)
    }
}

/// Reads an array of texts.
fn parse_texts<T>(reader: &mut TomlReader<'_>, path: &KeyPath, value: &DeValue<'_>) -> Vec<T>
where
    T: std::str::FromStr,
    T::Err: Display,
{
    let Some(array) = value.as_array() else {
        reader.wrong_type(path, "an array of strings", value);
        return Vec::new();
    };
    let element = |(index, value): (usize, &toml::Spanned<DeValue<'_>>)| {
        parse_text(reader, &element(path.clone(), index), value.get_ref())
    };
    array.iter().enumerate().filter_map(element).collect()
}
