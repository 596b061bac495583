use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use crate::diag::{Code, Finding, KeyPath, Place, Spot};
use crate::model::{Bounded, JsonTable};

/// Reads one TOML file key by key, and collects everything that is wrong with it instead of stopping at the
/// first error.
pub(super) struct TomlReader<'f> {
    file: &'f str,
    findings: Vec<Finding>,
    /// How many findings were left out.
    unsaid: usize,
}

/// The most findings of one file that are reported one by one. A file of 256 KiB could produce a hundred
/// thousand.
const MOST_FINDINGS: usize = 1000;

impl<'f> TomlReader<'f> {
    pub(super) fn new(file: &'f str) -> Self {
        Self {
            file,
            findings: Vec::new(),
            unsaid: 0,
        }
    }

    /// Returns what was wrong.
    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        if self.unsaid > 0 {
            let message = format!("{} more findings in this file", self.unsaid);
            let rest = Finding::error(Code::INVALID_VALUE, Place::file(self.file), message);
            self.findings
                .push(rest.help("fix these first; more will be shown"));
        }
        self.findings
    }

    /// Notes `message` at the value that `path` leads to.
    pub(super) fn invalid(&mut self, path: &KeyPath, message: impl Into<String>) {
        self.note(Code::INVALID_VALUE, Spot::Value(path.clone()), message);
    }

    /// Reports whether nothing was wrong so far.
    pub(super) fn is_content(&self) -> bool {
        self.findings.is_empty()
    }

    /// Notes `message` under `code`, at `spot`.
    pub(super) fn note(&mut self, code: Code, spot: Spot, message: impl Into<String>) {
        let place = Place {
            file: self.file.to_owned(),
            spot,
        };
        self.push(Finding::error(code, place, message));
    }

    /// Adds a finding, or counts it if there are too many.
    fn push(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        } else {
            self.unsaid += 1;
        }
    }

    /// Notes that a value has another type than its key.
    fn wrong_type(&mut self, path: &KeyPath, expected: &str, found: &DeValue<'_>) {
        let message = format!(
            "`{}` takes {expected}, not {}",
            path.join("."),
            with_article(found.type_str())
        );
        self.note(Code::WRONG_TYPE, Spot::Value(path.clone()), message);
    }
}

/// One table of a file while it is read. It remembers which keys were read, so that all others can be
/// reported as unknown.
pub(super) struct TomlTable<'t, 'i> {
    entries: &'t DeTable<'i>,
    path: KeyPath,
    asked: Vec<&'static str>,
}

impl<'t, 'i> TomlTable<'t, 'i> {
    /// Returns the outermost table of a file.
    pub(super) fn root(entries: &'t DeTable<'i>) -> Self {
        Self {
            entries,
            path: KeyPath::new(),
            asked: Vec::new(),
        }
    }

    /// Returns the path of this table.
    pub(super) fn path(&self) -> KeyPath {
        self.path.clone()
    }

    /// Returns how many keys it has.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the path of `key` in this table.
    pub(super) fn path_of(&self, key: &str) -> KeyPath {
        let mut path = self.path.clone();
        path.push(key.to_owned());
        path
    }

    /// Reports whether `key` is there, whatever its value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Returns the value at `key`, and remembers that the key is known.
    fn value(&mut self, key: &'static str) -> Option<&'t DeValue<'i>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.entries.get(key).map(toml::Spanned::get_ref)
    }

    /// Notes that `key` is missing.
    pub(super) fn missing(&self, reader: &mut TomlReader<'_>, key: &str) {
        let path = self.path_of(key).join(".");
        let spot = if self.path.is_empty() {
            Spot::File
        } else {
            Spot::Key(self.path.clone())
        };
        reader.note(Code::MISSING_KEY, spot, format!("`{path}` is missing"));
    }

    /// Reads the text at `key` as whatever it parses into.
    pub(super) fn text<T>(&mut self, reader: &mut TomlReader<'_>, key: &'static str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: Display,
    {
        let value = self.value(key)?;
        parse_text(reader, &self.path_of(key), value)
    }

    /// Reads the text at `key`, and notes if the key is missing.
    pub(super) fn required_text<T>(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: Display,
    {
        if !self.has(key) {
            self.missing(reader, key);
        }
        self.text(reader, key)
    }

    /// Reads the array of texts at `key`. Elements that are invalid are left out, with a finding each.
    pub(super) fn texts<T>(&mut self, reader: &mut TomlReader<'_>, key: &'static str) -> Vec<T>
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
    pub(super) fn required_texts<T>(
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
    pub(super) fn lists<T>(&self, reader: &mut TomlReader<'_>) -> Vec<(&'t str, Vec<T>)>
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
    pub(super) fn list<T>(
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
    pub(super) fn optional_list<T>(
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
        // Duplicates are looked for only if every element is valid: positions would be off otherwise.
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

    /// Reads the boolean at `key`.
    pub(super) fn boolean(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Option<bool> {
        let value = self.value(key)?;
        if value.as_bool().is_none() {
            reader.wrong_type(&self.path_of(key), "true or false", value);
        }
        value.as_bool()
    }

    /// Reports whether the value at `key` is `false`, which switches off what would otherwise be a text.
    pub(super) fn is_false(&mut self, key: &'static str) -> bool {
        self.value(key).and_then(DeValue::as_bool) == Some(false)
    }

    /// Reads the positive integer at `key`, up to `u32::MAX`.
    pub(super) fn number(&mut self, reader: &mut TomlReader<'_>, key: &'static str) -> Option<u32> {
        self.number_within(reader, key, 1..=u32::MAX)
    }

    /// Reads the number at `key`, within the range of its type.
    pub(super) fn bounded<T: Bounded>(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Option<T> {
        self.number_within(reader, key, T::RANGE).and_then(T::new)
    }

    /// Reads the whole number at `key`, within `range`.
    fn number_within(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let value = self.value(key)?;
        let Some(integer) = value.as_integer() else {
            reader.wrong_type(&self.path_of(key), "a whole number", value);
            return None;
        };
        // The parser keeps integers as text. So one that does not fit 64 bits is out of range here, and not a
        // syntax error.
        let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let path = self.path_of(key);
            reader.invalid(
                &path,
                format!(
                    "`{}` takes a number from {} to {}",
                    path.join("."),
                    range.start(),
                    range.end()
                ),
            );
        }
        number
    }

    /// Reads the values of the table at `key` as they are; nothing where it is missing.
    pub(super) fn json_table(
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

    /// Reads the table at `key`.
    pub(super) fn table(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Option<TomlTable<'t, 'i>> {
        let value = self.value(key)?;
        self.as_table(reader, key, value)
    }

    /// Reads every entry of this table as a table, by its key.
    pub(super) fn tables(&self, reader: &mut TomlReader<'_>) -> Vec<(&'t str, TomlTable<'t, 'i>)> {
        let entry = |(key, value): (&'t toml::Spanned<_>, &'t toml::Spanned<DeValue<'i>>)| {
            let key: &'t std::borrow::Cow<'i, str> = key.get_ref();
            Some((key.as_ref(), self.as_table(reader, key, value.get_ref())?))
        };
        self.entries.iter().filter_map(entry).collect()
    }

    /// Returns `value` as a table, or notes that it is not one.
    fn as_table(
        &self,
        reader: &mut TomlReader<'_>,
        key: &str,
        value: &'t DeValue<'i>,
    ) -> Option<TomlTable<'t, 'i>> {
        let path = self.path_of(key);
        match value.as_table() {
            Some(entries) => Some(TomlTable {
                entries,
                path,
                asked: Vec::new(),
            }),
            None => {
                reader.wrong_type(&path, "a table", value);
                None
            }
        }
    }

    /// Notes every key that was not read: it is unknown. A misspelt key of a policy must not be ignored.
    pub(super) fn finish(self, reader: &mut TomlReader<'_>) {
        for key in self.entries.keys().map(|key| key.get_ref().as_ref()) {
            if self.asked.contains(&key) {
                continue;
            }
            let path = self.path_of(key);
            let message = format!("unknown key `{}`", path.join("."));
            let place = Place {
                file: reader.file.to_owned(),
                spot: Spot::Key(path),
            };
            let help = match crate::model::closest(key, self.asked.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the keys here are {}", self.asked.join(", ")),
            };
            reader.push(Finding::error(Code::UNKNOWN_KEY, place, message).help(help));
        }
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

/// Returns the path of an element of the array at `path`.
pub(super) fn element(mut path: KeyPath, index: usize) -> KeyPath {
    path.push(index.to_string());
    path
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

/// Reads a text as whatever it parses into.
fn parse_text<T>(reader: &mut TomlReader<'_>, path: &KeyPath, value: &DeValue<'_>) -> Option<T>
where
    T: std::str::FromStr,
    T::Err: Display,
{
    let Some(text) = value.as_str() else {
        reader.wrong_type(path, "a string", value);
        return None;
    };
    match text.parse() {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            reader.invalid(path, format!("`{}`: {error}", path.join(".")));
            None
        }
    }
}

/// Returns `noun` with its indefinite article.
fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}
