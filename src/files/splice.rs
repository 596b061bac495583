//! Edits of TOML text that change only the bytes they have to. Comments, order, quoting and line endings of
//! everything else stay, and an edit followed by its opposite restores the same bytes.

use std::collections::HashMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

mod items;

pub(super) use items::ONE_A_LINE;

/// A text that is being edited.
pub(super) struct Splice {
    text: String,
}

/// The text has a layout that cannot be edited in place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout;

// Between edits only the text is kept, and each edit parses it again for the spans that it needs. Keeping a
// tree in sync with the text would be the harder half of a TOML editor; files are small.
/// The header of a table and the lines that belong to it.
struct Block {
    keys: Vec<String>,
    start: usize,
}

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
            // A text without a final newline keeps it that way, so that removing the key restores it.
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
            // It was the last line, without a line break. The line before becomes the last, which then has
            // none either.
            if !ended {
                self.drop_final_newline();
            }
        }
    }

    /// Adds the table `[keys]` with the line `body` before the first table that `sorts_after` accepts, else
    /// at the end.
    ///
    /// # Errors
    ///
    /// When the parent of the table is inline, so that a header cannot extend it.
    pub(super) fn insert_table(
        &mut self,
        keys: &[&str],
        body: &str,
        sorts_after: impl Fn(&[String]) -> bool,
    ) -> Result<(), Layout> {
        let table = (keys.to_vec(), body.to_owned());
        self.insert_tables(&[table], |other, _| sorts_after(other))
            .map_err(|_| Layout)
    }

    /// Adds several tables with the same result as one [`Self::insert_table`] after the other, but parses the
    /// text once. They must be sorted: what sorts after one of them must sort after all before it.
    ///
    /// # Errors
    ///
    /// The index of the first table whose parent is inline.
    pub(super) fn insert_tables<'k>(
        &mut self,
        tables: &[(Vec<&'k str>, String)],
        sorts_after: impl Fn(&[String], &[&'k str]) -> bool,
    ) -> Result<(), usize> {
        if tables.is_empty() {
            return Ok(());
        }
        // Rather than finding out beforehand where a header is not allowed, the whole result is parsed: the parser
        // knows best.
        let whole = self.with_tables(tables, &sorts_after);
        if whole.is_sound() {
            *self = whole;
            return Ok(());
        }
        // Which table is to blame is found by halving: adding tables never makes an invalid text valid again.
        let counts: Vec<usize> = (1..=tables.len()).collect();
        let is_sound = |count: &usize| self.with_tables(&tables[..*count], &sorts_after).is_sound();
        Err(counts.partition_point(is_sound))
    }

    /// Returns the text with `tables` added, valid or not.
    fn with_tables<'k>(
        &self,
        tables: &[(Vec<&'k str>, String)],
        sorts_after: impl Fn(&[String], &[&'k str]) -> bool,
    ) -> Self {
        let newline = self.newline();
        let blocks = self.blocks();
        let mut blocks = blocks.iter().peekable();
        let mut tables = tables.iter().peekable();
        // One pass: both the present blocks and the new tables are sorted, so neither pointer ever goes back.
        let (mut text, mut copied) = (String::with_capacity(self.text.len()), 0);
        while let Some((keys, body)) = tables.peek() {
            while blocks
                .next_if(|other| !sorts_after(&other.keys, keys))
                .is_some()
            {}
            let Some(next) = blocks.peek() else { break };
            text.push_str(&self.text[copied..next.start]);
            copied = next.start;
            text.push_str(&block(keys, body, newline));
            text.push_str(newline);
            tables.next();
        }
        text.push_str(&self.text[copied..]);
        for (keys, body) in tables {
            let block = block(keys, body, newline);
            match &mut text {
                text if text.is_empty() => *text = block,
                text if text.ends_with('\n') => text.extend([newline, &block]),
                // A text without a final newline keeps it that way, so that removing the table restores it.
                text => text.extend([newline, newline, block.trim_end()]),
            }
        }
        Self { text }
    }

    /// Adds `key = literal` to the table `[keys]`: after the nearest key that `order` has before it, else
    /// below the header. `false` if the table has no header.
    pub(super) fn insert_into(
        &mut self,
        keys: &[&str],
        key: &str,
        literal: &str,
        order: &[&str],
    ) -> bool {
        let Some(header) = self.header(keys) else {
            return false;
        };
        let newline = self.newline();
        let before: Vec<&str> = order
            .iter()
            .copied()
            .take_while(|other| *other != key)
            .collect();
        let below = |other: &&str| {
            let path: Vec<&str> = keys.iter().copied().chain([*other]).collect();
            // A subtable with a header of its own is no line of this table: a key after it would belong to
            // the subtable.
            if self.has_header(&path) {
                return None;
            }
            entry(self.table().get_ref(), &path).map(|(_, value)| value.end)
        };
        let at = self.after_line(before.iter().rev().find_map(below).unwrap_or(header));
        let line = if self.text[..at].ends_with('\n') {
            format!("{key} = {literal}{newline}")
        } else {
            // A text without a final newline keeps it that way, so that removing the key restores it.
            format!("{newline}{key} = {literal}")
        };
        self.text.insert_str(at, &line);
        true
    }

    /// Removes `key` from the table `[keys]`, and the table if that was its last key.
    ///
    /// # Errors
    ///
    /// When the table has no header of its own because it is inline or dotted.
    pub(super) fn remove_from(&mut self, keys: &[&str], key: &str) -> Result<(), Layout> {
        self.header(keys).ok_or(Layout)?;
        if self.keys_below(keys).ok_or(Layout)? == [key] {
            return self.remove_table(keys);
        }
        let path: Vec<&str> = keys.iter().copied().chain([key]).collect();
        self.remove(&path);
        Ok(())
    }

    /// Returns the keys below the header `[keys]`, without tables that have headers of their own.
    fn keys_below(&self, keys: &[&str]) -> Option<Vec<String>> {
        let mut root = self.table().into_inner();
        for key in keys {
            root = as_table(root.remove(*key)?)?;
        }
        // The parser gives a table with a header the span of that header, and an inline table the span of its
        // braces.
        let has_header = |value: &Spanned<DeValue<'_>>| {
            value.get_ref().is_table()
                && self
                    .text
                    .get(value.span())
                    .is_some_and(|header| header.starts_with('['))
        };
        let below = root.iter().filter(|(_, value)| !has_header(value));
        Some(
            below
                .map(|(key, _)| key.get_ref().clone().into_owned())
                .collect(),
        )
    }

    /// Reports whether the table `[keys]` has a header of its own.
    pub(super) fn has_header(&self, keys: &[&str]) -> bool {
        self.header(keys).is_some()
    }

    /// Returns where the header `[keys]` is, if the table has one.
    fn header(&self, keys: &[&str]) -> Option<usize> {
        let mut headers = Vec::new();
        collect_headers(
            &self.text,
            self.table().get_ref(),
            &mut Vec::new(),
            &mut headers,
        );
        headers
            .into_iter()
            .find(|header| header.keys == keys)
            .map(|header| header.start)
    }

    /// Removes the table `[keys]` with the comment right above it. Comments that stand alone stay.
    ///
    /// # Errors
    ///
    /// When the table has no header of its own because it is inline or dotted.
    pub(super) fn remove_table(&mut self, keys: &[&str]) -> Result<(), Layout> {
        self.remove_tables(&[keys.to_vec()]).map_err(|_| Layout)
    }

    /// Removes several tables with the same result as one [`Self::remove_table`] after the other, but parses
    /// the text once.
    ///
    /// # Errors
    ///
    /// The index of the first table without a header of its own. Then nothing is removed.
    pub(super) fn remove_tables(&mut self, tables: &[Vec<&str>]) -> Result<(), usize> {
        if tables.is_empty() {
            return Ok(());
        }
        let blocks = self.blocks();
        let places: HashMap<Vec<&str>, usize> = blocks
            .iter()
            .enumerate()
            .map(|(at, block)| (block.keys.iter().map(String::as_str).collect(), at))
            .collect();
        let of = |(position, keys)| places.get(keys).copied().ok_or(position);
        let removed: Result<Vec<usize>, usize> = tables.iter().enumerate().map(of).collect();
        let mut removed = removed?;
        removed.sort_unstable();
        // From the back, so that the positions of the tables before stay valid. A table is the last one if
        // everything after it is removed already, which decides what becomes of the blank line before it.
        let mut last = blocks.len();
        for at in removed.into_iter().rev() {
            let next = blocks.get(at + 1).map(|next| next.start);
            let is_last = at + 1 == last;
            if is_last {
                last = at;
            }
            self.remove_block(blocks[at].start, next.filter(|_| !is_last));
        }
        Ok(())
    }

    /// Removes the table that begins at `start` and ends at `next`, the beginning of the next table that is
    /// left.
    fn remove_block(&mut self, start: usize, next: Option<usize>) {
        // Comments between two tables belong to the next one, or to nobody; they are not removed.
        let end = self.without_trailing_comments(start, next.unwrap_or(self.text.len()));
        if next.is_none() && self.text[end..].trim().is_empty() {
            let ended = self.text.ends_with('\n');
            self.text.truncate(start);
            // The blank line before the table goes as well. If the text had no final newline, it gets none:
            // then two line breaks are dropped, else only the blank line.
            if !ended {
                self.drop_final_newline();
                self.drop_final_newline();
            } else if self.text.ends_with("\n\n") || self.text.ends_with("\n\r\n") {
                self.drop_final_newline();
            }
        } else {
            let blank = self.text[end..self.after_line(end)].trim().is_empty();
            let end = if blank { self.after_line(end) } else { end };
            self.text.replace_range(start..end, "");
        }
    }

    /// Returns where the lines from `start` to `end` end, without comments and blank lines at their end.
    fn without_trailing_comments(&self, start: usize, end: usize) -> usize {
        let mut end = end;
        while end > start {
            let last = self.line_start(end - 1);
            let line = self.text[last..end].trim_start();
            if last <= start || !(line.is_empty() || line.starts_with('#')) {
                break;
            }
            end = last;
        }
        end
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

    /// Returns the tables that have a header, in the order of the text, each from the comment above it.
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        collect_headers(
            &self.text,
            self.table().get_ref(),
            &mut Vec::new(),
            &mut blocks,
        );
        blocks.sort_by_key(|block| block.start);
        for block in &mut blocks {
            block.start = self.with_comment(self.line_start(block.start));
        }
        blocks
    }

    /// Returns where the comment lines right above the line at `start` begin.
    fn with_comment(&self, mut start: usize) -> usize {
        while start > 0 {
            let above = self.line_start(start - 1);
            if !self.text[above..start].trim_start().starts_with('#') {
                break;
            }
            start = above;
        }
        start
    }
}

/// Returns the table `[keys]` with the line `body`.
fn block(keys: &[&str], body: &str, newline: &str) -> String {
    format!("[{}]{newline}{body}{newline}", keys.join("."))
}

/// Returns `text` as a TOML string, in the kind of quotes that `existing` has if that is possible.
pub(super) fn quoted_like(existing: &str, text: &str) -> String {
    // A literal string cannot contain its quote, nor escape anything.
    let literal =
        existing.starts_with('\'') && !existing.starts_with("'''") && !text.contains('\'');
    if literal {
        format!("'{text}'")
    } else {
        quoted(text)
    }
}

/// Returns `text` as a basic TOML string.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
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

/// Returns `value` as a table, if it is one.
fn as_table<'i>(value: Spanned<DeValue<'i>>) -> Option<DeTable<'i>> {
    match value.into_inner() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

/// Returns where the first key of the outermost table begins.
fn first_key(table: &DeTable<'_>) -> Option<usize> {
    table.keys().map(|key| key.span().start).min()
}

/// Collects the headers of `table` and of all tables in it.
fn collect_headers(
    text: &str,
    table: &DeTable<'_>,
    keys: &mut Vec<String>,
    blocks: &mut Vec<Block>,
) {
    for (key, value) in table.iter() {
        let DeValue::Table(inner) = value.get_ref() else {
            continue;
        };
        keys.push(key.get_ref().clone().into_owned());
        let span = value.span();
        if text
            .get(span.clone())
            .is_some_and(|header| header.starts_with('['))
        {
            blocks.push(Block {
                keys: keys.clone(),
                start: span.start,
            });
        }
        collect_headers(text, inner, keys, blocks);
        keys.pop();
    }
}
