use std::fmt::Display;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use toml::de::{DeInteger, DeTable, DeValue};

use super::{TomlReader, parse_text};
use crate::diag::{Code, Finding, KeyPath, Place, Spot};
use crate::model::{Bounded, Score};

/// One table of a file while it is read. It remembers which keys were read, so that all others can be
/// reported as unknown.
pub(in crate::files) struct TomlTable<'t, 'i> {
    pub(super) entries: &'t DeTable<'i>,
    pub(super) path: KeyPath,
    asked: Vec<&'static str>,
}

impl<'t, 'i> TomlTable<'t, 'i> {
    /// Returns the outermost table of a file.
    pub(in crate::files) fn root(entries: &'t DeTable<'i>) -> Self {
        Self {
            entries,
            path: KeyPath::new(),
            asked: Vec::new(),
        }
    }

    /// Returns the path of this table.
    pub(in crate::files) fn path(&self) -> KeyPath {
        self.path.clone()
    }

    /// Returns how many keys it has.
    pub(in crate::files) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the path of `key` in this table.
    pub(in crate::files) fn path_of(&self, key: &str) -> KeyPath {
        let mut path = self.path.clone();
        path.push(key.to_owned());
        path
    }

    /// Reports whether `key` is there, whatever its value.
    pub(in crate::files) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Returns the value at `key`, and remembers that the key is known.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'t DeValue<'i>> {
        // Also if the file does not have it: the hint for an unknown key chooses from what could
        // have been meant.
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.entries.get(key).map(toml::Spanned::get_ref)
    }

    /// Notes that `key` is missing.
    pub(in crate::files) fn missing(&self, reader: &mut TomlReader<'_>, key: &str) {
        let path = self.path_of(key).join(".");
        let spot = if self.path.is_empty() {
            Spot::File
        } else {
            Spot::Key(self.path.clone())
        };
        reader.note(Code::MISSING_KEY, spot, format!("`{path}` is missing"));
    }

    /// Reads the text at `key` as whatever it parses into.
    pub(in crate::files) fn text<T>(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: Display,
    {
        let value = self.value(key)?;
        parse_text(reader, &self.path_of(key), value)
    }

    /// Reads the text at `key`, and notes if the key is missing.
    pub(in crate::files) fn required_text<T>(
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

    /// Reads the boolean at `key`.
    pub(in crate::files) fn boolean(
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
    pub(in crate::files) fn is_false(&mut self, key: &'static str) -> bool {
        self.value(key).and_then(DeValue::as_bool) == Some(false)
    }

    /// Reads the positive integer at `key`, up to `u32::MAX`.
    pub(in crate::files) fn number(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Option<u32> {
        self.number_within(reader, key, 1..=u32::MAX)
    }

    /// Reads the number at `key`, within the range of its type.
    pub(in crate::files) fn bounded<T: Bounded>(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Option<T> {
        self.number_within(reader, key, T::RANGE).and_then(T::new)
    }

    /// Reads how many of something there are at `key`: none, or up to `u32::MAX`.
    pub(in crate::files) fn count(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Option<u32> {
        self.number_within(reader, key, 0..=u32::MAX)
    }

    /// Reads the number at `key`, with or without a fraction.
    pub(in crate::files) fn score(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Option<Score> {
        let value = self.value(key)?;
        let path = self.path_of(key);
        let whole = value.as_integer().filter(|whole| whole.radix() == 10);
        let text = whole.map(DeInteger::as_str);
        let Some(text) = text.or_else(|| Some(value.as_float()?.as_str())) else {
            reader.wrong_type(&path, "a number", value);
            return None;
        };
        match text.parse() {
            Ok(score) => Some(score),
            Err(error) => {
                reader.invalid(&path, format!("`{}`: {error}", path.join(".")));
                None
            }
        }
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
        // The parser keeps integers as text. So one that does not fit 64 bits is out of range here,
        // and not a syntax error.
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

    /// Reads the moment at `key`: a date and a time with their zone, so that it is the same everywhere.
    pub(in crate::files) fn moment(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Option<Timestamp> {
        let value = self.value(key)?;
        let path = self.path_of(key);
        let DeValue::Datetime(moment) = value else {
            reader.wrong_type(&path, "a date and time", value);
            return None;
        };
        let read = moment.offset.and_then(|_| moment.to_string().parse().ok());
        if read.is_none() {
            let example = "with a date, a time and a zone, such as 2026-12-19T08:00:00Z";
            reader.invalid(
                &path,
                format!("`{}` takes a moment {example}", path.join(".")),
            );
        }
        read
    }

    /// Reads every entry of this table as a text that parses into a value, by its key, which parses into a
    /// name.
    pub(in crate::files) fn named_texts<K, T>(&self, reader: &mut TomlReader<'_>) -> Vec<(K, T)>
    where
        K: std::str::FromStr,
        K::Err: Display,
        T: std::str::FromStr,
        T::Err: Display,
    {
        let mut read = Vec::new();
        for (key, value) in self.entries {
            let key: &'t str = key.get_ref().as_ref();
            let path = self.path_of(key);
            let text = parse_text(reader, &path, value.get_ref());
            match key.parse() {
                Ok(name) => read.extend(text.map(|text| (name, text))),
                Err(error) => reader.note(
                    Code::INVALID_VALUE,
                    Spot::Key(path.clone()),
                    format!("invalid name {key:?}: {error}"),
                ),
            }
        }
        read
    }

    /// Reads the table at `key`.
    pub(in crate::files) fn table(
        &mut self,
        reader: &mut TomlReader<'_>,
        key: &'static str,
    ) -> Option<TomlTable<'t, 'i>> {
        let value = self.value(key)?;
        self.as_table(reader, key, value)
    }

    /// Reads every entry of this table as a table, by its key.
    pub(in crate::files) fn tables(
        &self,
        reader: &mut TomlReader<'_>,
    ) -> Vec<(&'t str, TomlTable<'t, 'i>)> {
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
    pub(in crate::files) fn finish(self, reader: &mut TomlReader<'_>) {
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
