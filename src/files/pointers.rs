use toml::de::DeTable;

use super::reader::{Reader, Table};
use crate::diag::Finding;
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

/// The tables `[prompts.<name>]`, `[routing.<name>]` and `[providers.<name>]` of a file.
pub(super) fn resources<'t, 'i>(reader: &mut Reader<'_>, root: &mut Table<'t, 'i>) -> Vec<(Resource, Table<'t, 'i>)> {
    let mut resources = Vec::new();
    for kind in Kind::ALL {
        let Some(of_kind) = root.table(reader, kind.folder()) else { continue };
        for (name, table) in of_kind.tables(reader) {
            match name.parse::<ResourceName>() {
                Ok(name) => resources.push((Resource { kind, name }, table)),
                Err(error) => reader.invalid(&of_kind.path_of(name), format!("{name:?} is no resource name: {error}")),
            }
        }
    }
    resources
}
