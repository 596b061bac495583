//! Edits of TOML text that change only the bytes they have to. Comments, order, quoting and line endings of
//! everything else stay, and an edit followed by its opposite restores the same bytes.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

mod blocks;
mod items;
mod quotes;
mod tables;

pub(super) use items::ONE_A_LINE;
pub(crate) use quotes::quoted;
pub(super) use quotes::quoted_like;

/// A text that is being edited.
pub(super) struct Splice {
    // Between edits only the text is kept, and each edit parses it again for the spans that it
    // needs. Keeping a tree in sync with the text would be the harder half of a TOML editor; files
    // are small.
    text: String,
}

/// The text has a layout that cannot be edited in place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout;

impl Splice {
    /// Starts from `text`; `None` if it is not TOML.
    pub(super) fn new(text: &str) -> Option<Self> {
        DeTable::parse(text).is_ok().then(|| Self {
            text: text.to_owned(),
        })
    }

    /// Reports whether the text is still TOML.
    pub(super) fn is_sound(&self) -> bool {
        DeTable::parse(&self.text).is_ok()
    }

    /// Returns the edited text.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Parses the text. It was TOML at the start, and each edit that could break it checks its result.
    fn table(&self) -> Spanned<DeTable<'_>> {
        // Recoverable, because this cannot fail: a span of what was not parsed would be missing,
        // and an edit that does not find its place changes nothing.
        DeTable::parse_recoverable(&self.text).0
    }

    /// Returns the line ending of the text, by its first line. A file from Windows gets no mixture of both.
    fn newline(&self) -> &'static str {
        match self.text.find('\n') {
            Some(at) if self.text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// Replaces the value at `path` by `literal`, which is given the present spelling. `false` if there is no
    /// value.
    pub(super) fn replace(&mut self, path: &[&str], literal: impl FnOnce(&str) -> String) -> bool {
        let Some((_, value)) = entry(self.table().get_ref(), path) else {
            return false;
        };
        let new = literal(&self.text[value.clone()]);
        self.text.replace_range(value, &new);
        true
    }

    /// Replaces the values at several paths, and returns for each whether it exists.
    pub(super) fn replace_all(&mut self, values: &[([&str; 3], String)]) -> Vec<bool> {
        let table = self.table();
        let spans = values
            .iter()
            .map(|(path, _)| entry(table.get_ref(), path).map(|(_, value)| value));
        let spans: Vec<_> = spans.collect();
        let mut found: Vec<_> = spans
            .iter()
            .zip(values)
            .filter_map(|(span, (_, new))| Some((span.clone()?, new)))
            .collect();
        // From the back, so that the spans before a replacement stay valid.
        found.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        for (span, new) in found {
            self.text.replace_range(span, new);
        }
        spans.iter().map(Option::is_some).collect()
    }

    /// Reports whether there is a value at `path`.
    pub(super) fn has(&self, path: &[&str]) -> bool {
        entry(self.table().get_ref(), path).is_some()
    }

    /// Returns the keys of the table at `path`, in their order.
    pub(super) fn keys(&self, path: &[&str]) -> Vec<String> {
        let root = self.table();
        let table = value_at(root.get_ref(), path).and_then(DeValue::as_table);
        let keys = table.into_iter().flat_map(|table| table.keys());
        let mut keys: Vec<_> = keys
            .map(|key| (key.span().start, key.get_ref().to_string()))
            .collect();
        keys.sort_unstable();
        keys.into_iter().map(|(_, key)| key).collect()
    }

    /// Returns the texts in the array at `path`.
    pub(super) fn texts(&self, path: &[&str]) -> Vec<String> {
        let table = self.table();
        let array = value_at(table.get_ref(), path).and_then(DeValue::as_array);
        array
            .into_iter()
            .flat_map(|array| array.iter())
            .filter_map(|item| item.get_ref().as_str())
            .map(str::to_owned)
            .collect()
    }

    /// Adds `key = literal` to the outermost table: after the nearest key that `order` has before it, else at
    /// the top.
    pub(super) fn insert(&mut self, key: &str, literal: &str, order: &[&str]) {
        let newline = self.newline();
        let line = format!("{key} = {literal}{newline}");
        let before = order.iter().take_while(|other| **other != key);
        let anchor = before
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .find_map(|other| entry(self.table().get_ref(), &[other]));
        let at = match anchor {
            Some((_, value)) => self.after_line(value.end),
            // At the top means above the first key, but below the comments at the head of the file.
            None => first_key(self.table().get_ref()).map_or(0, |key| self.line_start(key)),
        };
        let line = if self.text[..at].is_empty() || self.text[..at].ends_with('\n') {
            line
        } else {
            // A text without a final newline keeps it that way, so that removing the key restores
            // it.
            format!("{newline}{}", line.trim_end())
        };
        self.text.insert_str(at, &line);
    }

    /// Removes the key at `path`, with the rest of its lines.
    pub(super) fn remove(&mut self, path: &[&str]) {
        if let Some((key, value)) = entry(self.table().get_ref(), path) {
            let lines = self.line_start(key.start)..self.after_line(value.end);
            let ended = self.text[lines.clone()].ends_with('\n');
            self.text.replace_range(lines, "");
            // It was the last line, without a line break. The line before becomes the last, which
            // then has none either.
            if !ended {
                self.drop_final_newline();
            }
        }
    }

    /// Drops the line break at the end of the text, if there is one.
    fn drop_final_newline(&mut self) {
        if self.text.ends_with('\n') {
            let end = self.text.len() - if self.text.ends_with("\r\n") { 2 } else { 1 };
            self.text.truncate(end);
        }
    }

    /// Returns where the line begins that `at` is in.
    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Returns where the line after the one that `at` is in begins.
    fn after_line(&self, at: usize) -> usize {
        self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |newline| at + newline + 1)
    }
}

type Spans = (Range<usize>, Range<usize>);

/// Returns the spans of the key and the value at `path`.
fn entry(table: &DeTable<'_>, path: &[&str]) -> Option<Spans> {
    let (last, parents) = path.split_last()?;
    table_at(table, parents)?
        .get_key_value(*last)
        .map(|(key, value)| (key.span(), value.span()))
}

/// Returns the table at `path`.
fn table_at<'t, 'i>(table: &'t DeTable<'i>, path: &[&str]) -> Option<&'t DeTable<'i>> {
    path.iter()
        .try_fold(table, |table, key| table.get(*key)?.get_ref().as_table())
}

/// Returns the value at `path`.
fn value_at<'t, 'i>(table: &'t DeTable<'i>, path: &[&str]) -> Option<&'t DeValue<'i>> {
    let (last, parents) = path.split_last()?;
    table_at(table, parents)?.get(*last).map(Spanned::get_ref)
}

/// Returns where the first key of the outermost table begins.
fn first_key(table: &DeTable<'_>) -> Option<usize> {
    table.keys().map(|key| key.span().start).min()
}
