use std::collections::BTreeMap;

use toml::de::DeTable;

use crate::diag::Finding;
use crate::files::plain_pointers;
use crate::files::reader::{TomlReader, TomlTable};
use crate::files::snapshot::MAX_STATE_FILE;
use crate::files::splice::Splice;
use crate::model::{Kind, Pointers, Resource, ResourceName, VersionNumber};

/// Reads `pointers/<slug>.toml`.
pub(super) fn read(file: &str, entries: &DeTable<'_>) -> (Pointers, Vec<Finding>) {
    let mut reader = TomlReader::new(file);
    let mut root = TomlTable::root(entries);
    let mut pointers = Pointers::new();
    for (resource, mut table) in resources(&mut reader, &mut root) {
        let key = resource.kind.number_word();
        if let Some(number) = table.number(&mut reader, key).and_then(VersionNumber::new) {
            pointers.insert(resource, number);
        } else if !table.has(key) {
            table.missing(&mut reader, key);
        }
        table.finish(&mut reader);
    }
    root.finish(&mut reader);
    (pointers, reader.into_findings())
}

/// Returns the valid pointers in a pointers file with these `bytes`. What is wrong with it is not reported.
pub fn pointers_in(bytes: &[u8]) -> Pointers {
    let text = std::str::from_utf8(bytes)
        .ok()
        .filter(|_| bytes.len() as u64 <= MAX_STATE_FILE);
    let Some(text) = text else {
        return Pointers::default();
    };
    if let Some(pointers) = plain_pointers::read(text) {
        return pointers;
    }
    let table = DeTable::parse(text);
    table
        .map(|table| read("", table.get_ref()).0)
        .unwrap_or_default()
}

/// Makes the pointers of a file name `targets`, and removes those without a target. Existing values are
/// replaced in place, and new tables are added where they sort.
///
/// # Errors
///
/// The resource whose table is inline or dotted: only a table with a header can be added or removed.
pub(super) fn point<'r>(
    splice: &mut Splice,
    targets: &BTreeMap<&'r Resource, Option<VersionNumber>>,
) -> Result<(), &'r Resource> {
    // Replacing, adding and removing are three passes, each with one parse, however many pointers
    // move.
    let moved = targets
        .iter()
        .filter_map(|(resource, target)| Some((*resource, (*target)?)));
    let moved: Vec<_> = moved.collect();
    let values: Vec<_> = moved
        .iter()
        .map(|(resource, number)| (path(resource), number.to_string()))
        .collect();
    let there = splice.replace_all(&values);
    let added = moved.into_iter().zip(there);
    let added = added.filter(|(_, there)| !there).map(|(moved, _)| moved);
    let added: Vec<(&Resource, VersionNumber)> = added.collect();
    let table = |(resource, number): &(&'r Resource, VersionNumber)| {
        let [kind, name, key] = path(resource);
        (vec![kind, name], format!("{key} = {number}"))
    };
    let tables: Vec<_> = added.iter().map(table).collect();
    splice
        .insert_tables(&tables, sorts_after)
        .map_err(|position| added[position].0)?;
    let removed = targets.iter().filter(|(_, target)| target.is_none());
    let removed: Vec<&Resource> = removed.map(|(resource, _)| *resource).collect();
    let keys = |resource: &&'r Resource| path(resource)[..2].to_vec();
    let tables: Vec<_> = removed.iter().map(keys).collect();
    splice
        .remove_tables(&tables)
        .map_err(|position| removed[position])
}

/// Returns the keys that lead to the number of a pointer.
fn path(resource: &Resource) -> [&str; 3] {
    [
        resource.kind.folder(),
        resource.name.as_str(),
        resource.kind.number_word(),
    ]
}

/// Reports whether the table with the keys `other` belongs after the one with `keys`: by kind, then by name.
fn sorts_after(other: &[String], keys: &[&str]) -> bool {
    let ([kind, name], [own_kind, own_name]) = (other, keys) else {
        return false;
    };
    let kinds = kind.parse::<Kind>().ok().zip(own_kind.parse::<Kind>().ok());
    kinds.is_some_and(|(kind, own_kind)| (kind, name.as_str()) > (own_kind, *own_name))
}

/// Returns the tables `[prompts.<name>]`, `[routing.<name>]` and `[providers.<name>]` of a file.
pub(super) fn resources<'t, 'i>(
    reader: &mut TomlReader<'_>,
    root: &mut TomlTable<'t, 'i>,
) -> Vec<(Resource, TomlTable<'t, 'i>)> {
    let mut resources = Vec::new();
    for kind in Kind::ALL {
        let Some(of_kind) = root.table(reader, kind.folder()) else {
            continue;
        };
        for (name, table) in of_kind.tables(reader) {
            match name.parse::<ResourceName>() {
                Ok(name) => resources.push((Resource { kind, name }, table)),
                Err(error) => reader.invalid(
                    &of_kind.path_of(name),
                    format!("invalid resource name {name:?}: {error}"),
                ),
            }
        }
    }
    resources
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn resource(name: &str) -> Resource {
        Resource {
            kind: if name < "m" {
                Kind::Prompts
            } else {
                Kind::Routing
            },
            name: name.parse().unwrap(),
        }
    }

    /// A file of some pointers in any order, with what people write between them.
    fn text() -> impl Strategy<Value = String> {
        let between = select(vec![
            "",
            "\n",
            "\n\n",
            "# of the next\n",
            "\n# alone\n\n",
            "\n# of the next\n",
        ]);
        let name = "[a-z]";
        let end = select(vec!["", "\n", "\n\n", "\n# the end", "\n\n# the end\n"]);
        let tables = btree_map(name, (between, 1..9), 0..8)
            .prop_map(|tables| tables.into_iter().collect::<Vec<_>>());
        (tables.prop_shuffle(), end, any::<bool>()).prop_map(|(tables, end, crlf)| {
            let mut text: String = tables
                .into_iter()
                .map(|(name, (between, number))| {
                    let [kind, _, key] = path(&resource(&name)).map(str::to_owned);
                    format!("{between}[{kind}.{name}]\n{key} = {number}\n")
                })
                .collect();
            text.truncate(text.trim_end().len());
            text.push_str(end);
            if crlf {
                text.replace('\n', "\r\n")
            } else {
                text
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn all_pointers_at_once_give_the_same_text_as_one_after_the_other(
            text in text(),
            targets in btree_map("[a-z]", prop::option::of(1u32..9), 0..8),
            absent in vec("[a-z]", 0..2),
        ) {
            let targets: Vec<(Resource, Option<VersionNumber>)> = targets
                .iter()
                .filter(|(name, target)| target.is_some() || text.contains(&format!(".{name}]")) || absent.contains(name))
                .map(|(name, target)| (resource(name), target.map(|number| VersionNumber::new(number).unwrap())))
                .collect();
            let mut at_once = Splice::new(&text).unwrap();
            let all = targets.iter().map(|(resource, target)| (resource, *target)).collect();
            let whole = point(&mut at_once, &all).map_err(Clone::clone);
            let mut one_by_one = Splice::new(&text).unwrap();
            let (set, removed): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, target)| target.is_some());
            let each = set.into_iter().chain(removed).try_for_each(|one| {
                point(&mut one_by_one, &BTreeMap::from([one])).map_err(Clone::clone)
            });
            prop_assert_eq!(&whole, &each);
            if whole.is_ok() {
                // Of several blank lines at the end one more may go.
                let said = |splice: Splice| {
                    let text = splice.into_text();
                    (text.trim_end().to_owned(), text.ends_with('\n'))
                };
                prop_assert_eq!(said(at_once), said(one_by_one));
            }
        }
    }

    #[test]
    fn the_first_pointer_whose_kind_stands_inline_is_named() {
        let mut splice = Splice::new("routing = { a.version = 1 }\n").unwrap();
        let [b, n, z] = ["b", "n", "z"].map(resource);
        let one = VersionNumber::new(1);
        let targets = BTreeMap::from([(&b, one), (&n, one), (&z, one)]);
        assert_eq!(point(&mut splice, &targets), Err(&n));
    }
}
