use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diag::Spot;
use crate::files::yaml::{YamlNode, is_foreign_yaml, parse as parse_yaml};

/// A text that was parsed once, so that many places in it can be found: TOML, or the YAML of somebody else's program.
pub struct Outline<'t>(Form<'t>);

enum Form<'t> {
    Toml {
        table: Spanned<DeTable<'t>>,
        broken: Option<Range<usize>>,
    },
    Yaml(YamlNode),
    BrokenYaml(Range<usize>),
}

impl<'t> Outline<'t> {
    /// Parses `text` as TOML. If it has a syntax error, places in its valid part can still be found.
    pub fn of(text: &'t str) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        Self(Form::Toml {
            table,
            broken: errors.first().and_then(toml::de::Error::span),
        })
    }

    /// Parses `text` as what `file` is written in.
    pub fn of_file(file: &str, text: &'t str) -> Self {
        if !is_foreign_yaml(file, text) {
            return Self::of(text);
        }
        Self(match parse_yaml(text) {
            Ok(root) => Form::Yaml(root),
            Err(error) => Form::BrokenYaml(error.span),
        })
    }

    /// Returns the byte range of `spot`; `None` if it is the whole file, or is not there.
    pub fn locate(&self, spot: &Spot) -> Option<Range<usize>> {
        match (spot, &self.0) {
            (Spot::File, _) => None,
            (Spot::Syntax, Form::Toml { broken, .. }) => broken.clone(),
            (Spot::Syntax, Form::Yaml(_)) => None,
            (Spot::Syntax, Form::BrokenYaml(span)) => Some(span.clone()),
            (Spot::Key(path), Form::Toml { table, .. }) => find(table, path, PathPart::Key),
            (Spot::Value(path), Form::Toml { table, .. }) => find(table, path, PathPart::Value),
            (Spot::Key(path), Form::Yaml(root)) => root.find(path).map(|(key, _)| key),
            (Spot::Value(path), Form::Yaml(root)) => {
                root.find(path).map(|(_, value)| value.span.clone())
            }
            (Spot::Key(_) | Spot::Value(_), Form::BrokenYaml(_)) => None,
        }
    }
}

/// Returns the byte range of a key or a value.
fn find(table: &Spanned<DeTable<'_>>, path: &[String], part: PathPart) -> Option<Range<usize>> {
    let (last, parents) = path.split_last()?;
    let mut table = table.get_ref();
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
