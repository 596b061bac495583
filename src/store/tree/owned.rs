use std::fmt::Write as _;

use git2::{Index, IndexEntry, ObjectType, TreeEntry};

use crate::files::{Mode, OWNED_FILES, OwnedFolder};

/// Set in an index entry that `git add --intent-to-add` made. It has no content yet.
const INTENT_TO_ADD: u16 = 1 << 13;
/// Set in an index entry whose file is left out of the work tree, for example by a sparse checkout.
pub(in crate::store) const SKIP_WORKTREE: u16 = 1 << 14;

/// What a name at the top of a project's folder means to envctl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Owned {
    File,
    Folder,
}

/// Returns what `name` at the top of a project's folder means to envctl, or `None` if it is not
/// envctl's.
pub(in crate::store) fn of_name(name: &[u8]) -> Option<Owned> {
    if OWNED_FILES.iter().any(|file| file.as_bytes() == name) {
        return Some(Owned::File);
    }
    OwnedFolder::of_name(name).map(|_| Owned::Folder)
}

/// Reports whether `path` of a project is in a folder of versions.
pub(in crate::store) fn is_version(path: &str) -> bool {
    path.split_once('/').is_some_and(|(folder, _)| {
        matches!(
            OwnedFolder::of_name(folder.as_bytes()),
            Some(OwnedFolder::Versions(_))
        )
    })
}

/// Returns a file name as text, with bytes that are not UTF-8 as `\xNN`.
pub(in crate::store) fn spelled(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Returns the key that git sorts an entry by: the name, of a folder with a slash at the end.
pub(in crate::store) fn sort_key(entry: &TreeEntry<'_>) -> Vec<u8> {
    let mut key = entry.name_bytes().to_vec();
    if entry.kind() == Some(ObjectType::Tree) {
        key.push(b'/');
    }
    key
}

/// Returns the meaning of git's number for the mode of an entry.
pub(in crate::store) fn mode(number: i32) -> Mode {
    match number {
        0o100_644 => Mode::File,
        0o100_755 => Mode::Executable,
        0o120_000 => Mode::SymbolicLink,
        0o160_000 => Mode::Submodule,
        _ => Mode::Other,
    }
}

/// Reports whether the index entry with these extended flags announces a file that has no content
/// yet.
pub(in crate::store) fn is_intent_to_add(flags_extended: u16) -> bool {
    flags_extended & INTENT_TO_ADD != 0
}

/// Returns which side of a merge the index entry with these flags is, or 0 outside of a merge.
pub(in crate::store) fn stage(flags: u16) -> u16 {
    (flags >> 12) & 0b11
}

/// Returns the entries whose path begins with `prefix`.
pub(in crate::store) fn under(index: &Index, prefix: Vec<u8>) -> impl Iterator<Item = IndexEntry> {
    // The index is sorted by path, so these are neighbours; an empty prefix begins at the first entry.
    let first = if prefix.is_empty() {
        Some(0)
    } else {
        index.find_prefix(prefix.as_slice()).ok()
    };
    let positions = first.into_iter().flat_map(|first| first..index.len());
    positions
        .map_while(|position| index.get(position))
        .take_while(move |entry| entry.path.starts_with(&prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_utf8_stay_readable_and_distinct() {
        assert_eq!(spelled(b"prod.toml"), "prod.toml");
        assert_eq!(spelled(b"a\xff\xfe.toml"), "a\\xff\\xfe.toml");
        assert_eq!(spelled("ü".as_bytes()), "ü");
    }

    #[test]
    fn only_the_owned_names_are_owned() {
        assert_eq!(of_name(b"envctl.toml"), Some(Owned::File));
        assert_eq!(of_name(b"prompts"), Some(Owned::Folder));
        assert_eq!(of_name(b"Prompts"), None);
        assert_eq!(of_name(b"README.md"), None);
        assert!(
            is_version("prompts/a/1.md")
                && !is_version("pointers/prod.toml")
                && !is_version("prompts")
        );
    }
}
