use toml::de::DeTable;

use super::pointers;
use super::reader::{Reader, Table};
use crate::diag::Finding;
use crate::model::{PendingMove, PendingRelease, Resource, VersionNumber};

/// Reads `pending/<slug>.toml`.
pub(super) fn read(file: &str, entries: &DeTable<'_>) -> (PendingRelease, Vec<Finding>) {
    let mut reader = Reader::new(file);
    let mut root = Table::root(entries);
    let from = root.text(&mut reader, "from");
    let mut moves = std::collections::BTreeMap::new();
    for (resource, mut table) in pointers::resources(&mut reader, &mut root) {
        if let Some(moved) = read_move(&mut reader, &resource, &mut table) {
            moves.insert(resource, moved);
        }
        table.finish(&mut reader);
    }
    root.finish(&mut reader);
    (PendingRelease { from, moves }, reader.into_findings())
}

fn read_move(reader: &mut Reader<'_>, resource: &Resource, table: &mut Table<'_, '_>) -> Option<PendingMove> {
    let key = resource.kind.number_word();
    let target = table.number(reader, key).and_then(VersionNumber::new);
    let retire = table.boolean(reader, "retire").unwrap_or_default();
    let seen = table.number(reader, "seen").and_then(VersionNumber::new);
    if table.has(key) && table.has("retire") {
        reader.invalid(&table.path_of("retire"), format!("`retire` and `{key}` exclude each other"));
        return None;
    }
    if target.is_none() && !retire {
        if !table.has(key) {
            table.missing(reader, key);
        }
        return None;
    }
    Some(PendingMove { target, seen })
}
