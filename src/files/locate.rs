use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diag::Spot;

/// A TOML text that is parsed once, so that many places in it can be found.
pub struct Outline<'t> {
    table: Spanned<DeTable<'t>>,
    broken: Option<Range<usize>>,
}

impl<'t> Outline<'t> {
    /// Parses `text`. If it has a syntax error, places in its valid part can still be found.
    pub fn of(text: &'t str) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        Self {
            table,
            broken: errors.first().and_then(toml::de::Error::span),
        }
    }

    /// Returns the byte range of `spot`; `None` if it is the whole file, or is not there.
    pub fn locate(&self, spot: &Spot) -> Option<Range<usize>> {
        match spot {
            Spot::File => None,
            Spot::Syntax => self.broken.clone(),
            Spot::Key(path) => self.find(path, PathPart::Key),
            Spot::Value(path) => self.find(path, PathPart::Value),
        }
    }

    /// Returns the byte range of a key or a value.
    fn find(&self, path: &[String], part: PathPart) -> Option<Range<usize>> {
        let (last, parents) = path.split_last()?;
        let mut table = self.table.get_ref();
        // Only the last parent may be an array: files have no arrays of tables, so an index is
        // always the last key of a path.
        let mut array = None;
        for key in parents {
            match table.get(key.as_str())?.get_ref() {
                DeValue::Table(inner) => table = inner,
                DeValue::Array(inner) => array = Some(inner),
                _ => return None,
            }
        }
        if let Some(array) = array {
            return array.get(last.parse::<usize>().ok()?).map(Spanned::span);
        }
        let (key, value) = table.get_key_value(last.as_str())?;
        Some(match part {
            PathPart::Key => key.span(),
            PathPart::Value => value.span(),
        })
    }
}

#[derive(Clone, Copy)]
enum PathPart {
    Key,
    Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "name = 'x'\norder = [\n  \"a\",\n  \"b\",\n]\n[prompts.router]\nversion = 7\n";

    fn at(spot: &Spot) -> Option<&'static str> {
        Outline::of(TEXT).locate(spot).map(|span| &TEXT[span])
    }

    fn path(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn keys_values_elements_and_tables_are_found() {
        assert_eq!(at(&Spot::Key(path(&["name"]))), Some("name"));
        assert_eq!(at(&Spot::Value(path(&["name"]))), Some("'x'"));
        assert_eq!(at(&Spot::Value(path(&["order", "1"]))), Some("\"b\""));
        assert_eq!(at(&Spot::Key(path(&["prompts", "router"]))), Some("router"));
        assert_eq!(
            at(&Spot::Value(path(&["prompts", "router", "version"]))),
            Some("7")
        );
        assert_eq!(
            at(&Spot::Value(path(&["prompts", "nothing", "version"]))),
            None
        );
    }
}
