use std::collections::BTreeMap;

use toml::de::DeTable;

use crate::diag::Finding;
use crate::files::reader::{Reader, Table};
use crate::files::snapshot::MAX_STATE_FILE;
use crate::files::splice::Splice;
use crate::model::{Kind, Pointers, Resource, ResourceName, VersionNumber};

/// Reads `pointers/<slug>.toml`.
pub(super) fn read(file: &str, entries: &DeTable<'_>) -> (Pointers, Vec<Finding>) {
    let mut reader = Reader::new(file);
    let mut root = Table::root(entries);
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

/// The pointers that stand soundly in the file at `path`, for who asks what was live and not what is wrong.
pub fn pointers_in(path: &str, bytes: &[u8]) -> Pointers {
    let text = std::str::from_utf8(bytes)
        .ok()
        .filter(|_| bytes.len() as u64 <= MAX_STATE_FILE);
    let table = text.and_then(|text| DeTable::parse(text).ok());
    table
        .map(|table| read(path, table.get_ref()).0)
        .unwrap_or_default()
}

/// Makes the pointers of a file name `targets`, or takes those away that have none: values that are there are replaced in
/// place, new tables go where they sort.
///
/// # Errors
///
/// The resource whose table is inline or dotted, where only a table with a header can be added or taken away.
pub(super) fn point<'r>(
    splice: &mut Splice,
    targets: &BTreeMap<&'r Resource, Option<VersionNumber>>,
) -> Result<(), &'r Resource> {
    let moved = targets
        .iter()
        .filter_map(|(resource, target)| Some((*resource, (*target)?)));
    let moved: Vec<_> = moved.collect();
    let values: Vec<_> = moved
        .iter()
        .map(|(resource, number)| (path(resource), number.to_string()))
        .collect();
    let there = splice.replace_all(&values);
    for (resource, number) in moved
        .into_iter()
        .zip(there)
        .filter(|(_, there)| !there)
        .map(|(moved, _)| moved)
    {
        let [kind, name, key] = path(resource);
        let body = format!("{key} = {number}");
        splice
            .insert_table(&[kind, name], &body, |other| sorts_after(other, resource))
            .map_err(|_| resource)?;
    }
    for (resource, _) in targets.iter().filter(|(_, target)| target.is_none()) {
        let [kind, name, _] = path(resource);
        splice.remove_table(&[kind, name]).map_err(|_| *resource)?;
    }
    Ok(())
}

/// The keys that lead to the number of a pointer.
fn path(resource: &Resource) -> [&str; 3] {
    [
        resource.kind.folder(),
        resource.name.as_str(),
        resource.kind.number_word(),
    ]
}

/// Whether the table with the keys `other` belongs after that of `resource`: by kind, then by name.
fn sorts_after(other: &[String], resource: &Resource) -> bool {
    let [kind, name] = other else { return false };
    kind.parse::<Kind>()
        .is_ok_and(|kind| (kind, name.as_str()) > (resource.kind, resource.name.as_str()))
}

/// The tables `[prompts.<name>]`, `[routing.<name>]` and `[providers.<name>]` of a file.
pub(super) fn resources<'t, 'i>(
    reader: &mut Reader<'_>,
    root: &mut Table<'t, 'i>,
) -> Vec<(Resource, Table<'t, 'i>)> {
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
                    format!("{name:?} is no resource name: {error}"),
                ),
            }
        }
    }
    resources
}
