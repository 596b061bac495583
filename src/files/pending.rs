use toml::de::DeTable;

use crate::diag::{Code, Finding, Place};
use crate::files::pointers;
use crate::files::reader::{TomlReader, TomlTable};
use crate::files::snapshot::MAX_STATE_FILE;
use crate::files::splice::quoted;
use crate::model::{PendingMove, PendingRelease, Resource, VersionNumber};

/// Reads `pending/<slug>.toml`.
pub(super) fn read(file: &str, entries: &DeTable<'_>) -> (PendingRelease, Vec<Finding>) {
    let mut reader = TomlReader::new(file);
    let mut root = TomlTable::root(entries);
    let from = root.text(&mut reader, "from");
    let mut moves = std::collections::BTreeMap::new();
    for (resource, mut table) in pointers::resources(&mut reader, &mut root) {
        if let Some(moved) = read_move(&mut reader, &resource, &mut table) {
            moves.insert(resource, moved);
        }
        table.finish(&mut reader);
    }
    root.finish(&mut reader);
    let mut findings = reader.into_findings();
    if moves.is_empty() && findings.is_empty() {
        let finding = Finding::error(
            Code::PENDING_RELEASE,
            Place::file(file),
            "the release does not move anything",
        );
        findings.push(finding.help("remove the file, which withdraws the release"));
    }
    (PendingRelease { from, moves }, findings)
}

/// Returns the valid part of the release in the file at `path`. What is wrong with it is not reported.
pub fn release_in(path: &str, bytes: &[u8]) -> PendingRelease {
    let text = std::str::from_utf8(bytes)
        .ok()
        .filter(|_| bytes.len() as u64 <= MAX_STATE_FILE);
    let table = text.and_then(|text| DeTable::parse(text).ok());
    table
        .map(|table| read(path, table.get_ref()).0)
        .unwrap_or_default()
}

/// Reads one move.
fn read_move(
    reader: &mut TomlReader<'_>,
    resource: &Resource,
    table: &mut TomlTable<'_, '_>,
) -> Option<PendingMove> {
    let key = resource.kind.number_word();
    let target = table.number(reader, key).and_then(VersionNumber::new);
    let retire = table.boolean(reader, "retire").unwrap_or_default();
    let seen = table.number(reader, "seen").and_then(VersionNumber::new);
    if table.has(key) && table.has("retire") {
        reader.invalid(
            &table.path_of("retire"),
            format!("`retire` and `{key}` exclude each other"),
        );
        return None;
    }
    // A move without a target must say `retire`: a forgotten number must not remove a pointer.
    if target.is_none() && !retire {
        if !table.has(key) {
            table.missing(reader, key);
        }
        return None;
    }
    Some(PendingMove { target, seen })
}

/// Returns a pending release as a file.
pub(super) fn text(release: &PendingRelease) -> String {
    let mut text = release
        .from
        .as_ref()
        .map(|from| format!("from = {}\n", quoted(from.as_str())))
        .unwrap_or_default();
    for (resource, moved) in &release.moves {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("[{}.{}]\n", resource.kind.folder(), resource.name));
        match moved.target {
            Some(target) => text.push_str(&format!("{} = {target}\n", resource.kind.number_word())),
            None => text.push_str("retire = true\n"),
        }
        if let Some(seen) = moved.seen {
            text.push_str(&format!("seen = {seen}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PendingMove;

    #[test]
    fn what_is_written_reads_the_same() {
        let moved = |target, seen| PendingMove {
            target: VersionNumber::new(target),
            seen: VersionNumber::new(seen),
        };
        let moves = [
            ("prompts/support-router", moved(8, 7)),
            ("prompts/new", moved(1, 0)),
            ("routing/primary", moved(0, 3)),
        ];
        let moves = moves
            .into_iter()
            .map(|(name, moved)| (name.parse().unwrap(), moved))
            .collect();
        for from in [None, Some("staging".parse().unwrap())] {
            let release = PendingRelease {
                from,
                moves: std::collections::BTreeMap::clone(&moves),
            };
            let text = text(&release);
            let table = DeTable::parse(&text).unwrap();
            assert_eq!(
                read("pending/prod.toml", table.get_ref()),
                (release, Vec::new()),
                "{text}"
            );
        }
    }
}
