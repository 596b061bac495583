//! Where the tables with a header are in a text.

use toml::de::{DeTable, DeValue};

use super::Splice;

/// The header of a table and the lines that belong to it.
pub(super) struct Block {
    pub(super) keys: Vec<String>,
    pub(super) start: usize,
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
        // Only a header begins with a bracket: the parser gives a table with a header the span of
        // that header, and an inline table the span of its braces, which cannot be extended by
        // lines.
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

impl Splice {
    /// Returns the tables that have a header, in the order of the text, each from the comment above it.
    pub(super) fn blocks(&self) -> Vec<Block> {
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

    /// Reports whether the table `[keys]` has a header of its own.
    pub(in crate::files) fn has_header(&self, keys: &[&str]) -> bool {
        self.header(keys).is_some()
    }

    /// Returns where the header `[keys]` is, if the table has one.
    pub(super) fn header(&self, keys: &[&str]) -> Option<usize> {
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
}
