//! Edits of tables that have a header: adding and removing them, and keys in them.

use std::collections::HashMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Layout, Splice, entry};

/// Returns the table `[keys]` with the line `body`.
fn block(keys: &[&str], body: &str, newline: &str) -> String {
    format!("[{}]{newline}{body}{newline}", keys.join("."))
}

/// Returns `value` as a table, if it is one.
fn as_table<'i>(value: Spanned<DeValue<'i>>) -> Option<DeTable<'i>> {
    match value.into_inner() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

impl Splice {
    /// Adds the table `[keys]` with the line `body` before the first table that `sorts_after` accepts, else
    /// at the end.
    ///
    /// # Errors
    ///
    /// When the parent of the table is inline, so that a header cannot extend it.
    pub(in crate::files) fn insert_table(
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
    pub(in crate::files) fn insert_tables<'k>(
        &mut self,
        tables: &[(Vec<&'k str>, String)],
        sorts_after: impl Fn(&[String], &[&'k str]) -> bool,
    ) -> Result<(), usize> {
        if tables.is_empty() {
            return Ok(());
        }
        // Rather than finding out beforehand where a header is not allowed, the whole result is
        // parsed: the parser knows best.
        let whole = self.with_tables(tables, &sorts_after);
        if whole.is_sound() {
            *self = whole;
            return Ok(());
        }
        // Which table is to blame is found by halving: adding tables never makes an invalid text
        // valid again.
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
        // One pass: both the present blocks and the new tables are sorted, so neither pointer ever
        // goes back.
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
                // A text without a final newline keeps it that way, so that removing the table
                // restores it.
                text => text.extend([newline, newline, block.trim_end()]),
            }
        }
        Self { text }
    }

    /// Adds `key = literal` to the table `[keys]`: after the nearest key that `order` has before it, else
    /// below the header. `false` if the table has no header.
    pub(in crate::files) fn insert_into(
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
            // A subtable with a header of its own is no line of this table: a key after it would
            // belong to the subtable.
            if self.has_header(&path) {
                return None;
            }
            entry(self.table().get_ref(), &path).map(|(_, value)| value.end)
        };
        let at = self.after_line(before.iter().rev().find_map(below).unwrap_or(header));
        let line = if self.text[..at].ends_with('\n') {
            format!("{key} = {literal}{newline}")
        } else {
            // A text without a final newline keeps it that way, so that removing the key restores
            // it.
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
    pub(in crate::files) fn remove_from(&mut self, keys: &[&str], key: &str) -> Result<(), Layout> {
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
        // The parser gives a table with a header the span of that header, and an inline table the
        // span of its braces.
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

    /// Removes the table `[keys]` with the comment right above it. Comments that stand alone stay.
    ///
    /// # Errors
    ///
    /// When the table has no header of its own because it is inline or dotted.
    pub(in crate::files) fn remove_table(&mut self, keys: &[&str]) -> Result<(), Layout> {
        self.remove_tables(&[keys.to_vec()]).map_err(|_| Layout)
    }

    /// Removes several tables with the same result as one [`Self::remove_table`] after the other, but parses
    /// the text once.
    ///
    /// # Errors
    ///
    /// The index of the first table without a header of its own. Then nothing is removed.
    pub(in crate::files) fn remove_tables(&mut self, tables: &[Vec<&str>]) -> Result<(), usize> {
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
        // From the back, so that the positions of the tables before stay valid. A table is the last
        // one if everything after it is removed already, which decides what becomes of the blank
        // line before it.
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
            // The blank line before the table goes as well. If the text had no final newline, it
            // gets none: then two line breaks are dropped, else only the blank line.
            if !ended {
                self.drop_final_newline();
                self.drop_final_newline();
            } else if self.text.ends_with("\n\n") || self.text.ends_with("\n\r\n") {
                self.drop_final_newline();
            }
        } else {
            // Tables are set apart by one blank line. The one after the removed table goes with it,
            // or two would be left, and adding the table again would not restore the same bytes.
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
}
