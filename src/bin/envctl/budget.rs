//! The limits for a verdict: git's settings define them, and the process is measured.

use std::cell::Cell;
use std::time::Instant;

use envctl::store::{Budget, Exceeded, Store};

use crate::error::Failure;
use crate::exit::Exit;

const SECONDS: &str = "envctl.verifySeconds";
const MEMORY: &str = "envctl.verifyMemory";
const FOLDERS: &str = "envctl.verifyFolders";

/// The seconds that a verdict may take.
const DEFAULT_SECONDS: u64 = 60;
/// The bytes of memory that it may take in addition to what the program had before.
const DEFAULT_MEMORY: u64 = 256 * MIB;
/// The new folders that it may look through for projects.
const DEFAULT_FOLDERS: u64 = 100_000;
const MIB: u64 = 1024 * 1024;
/// After how many objects the memory is measured again: that costs more than to read a small object.
const OBJECTS: u32 = 128;

/// Returns the budget for verdicts in `store`, as git's settings say; its time starts now.
pub fn budget(store: &Store) -> anyhow::Result<Budget> {
    let seconds = number(store, SECONDS, DEFAULT_SECONDS)?;
    let memory = number(store, MEMORY, DEFAULT_MEMORY)?;
    let folders = number(store, FOLDERS, DEFAULT_FOLDERS)?;
    let (began, before) = (Instant::now(), memory_in_use().unwrap_or_default());
    let objects = Cell::new(0_u32);
    let meter = move || {
        if began.elapsed().as_secs() >= seconds {
            return Some(Exceeded::Seconds(seconds));
        }
        objects.set(objects.get().wrapping_add(1));
        if !objects.get().is_multiple_of(OBJECTS) {
            return None;
        }
        let taken = memory_in_use()?.saturating_sub(before);
        (taken > memory).then_some(Exceeded::Memory(memory))
    };
    Ok(Budget::new(
        usize::try_from(folders).unwrap_or(usize::MAX),
        meter,
    ))
}

/// Returns the number in the setting `key`. An invalid one is an error: ignoring it would lift the limit.
fn number(store: &Store, key: &str, default: u64) -> anyhow::Result<u64> {
    let Some(text) = store.setting(key)? else {
        return Ok(default);
    };
    parsed(&text).ok_or_else(|| {
        let text = text.escape_debug();
        Failure::new(
            Exit::Usage,
            "setting",
            format!("invalid number \"{text}\" in git config {key}"),
        )
        .hint("write it as git does, such as 60 or 256m")
        .into()
    })
}

/// Returns a number as git's settings write it: k, m and g stand for powers of 1024.
fn parsed(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" => 1,
        "k" | "kib" => 1024,
        "m" | "mib" => MIB,
        "g" | "gib" => 1024 * MIB,
        _ => return None,
    };
    digits.trim_end().parse::<u64>().ok()?.checked_mul(unit)
}

/// Returns the bytes of memory that belong to this process alone, without mapped files such as packs.
#[cfg(target_os = "linux")]
fn memory_in_use() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Returns `None`: only servers need the limit, and they run Linux.
#[cfg(not(target_os = "linux"))]
fn memory_in_use() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_git_writes_them() {
        for (text, number) in [
            ("60", Some(60)),
            ("256m", Some(256 * MIB)),
            ("256 MiB", Some(256 * MIB)),
            ("1G", Some(1024 * MIB)),
            ("", None),
            ("-1", None),
            ("1.5m", None),
            ("many", None),
            ("99999999999g", None),
        ] {
            assert_eq!(parsed(text), number, "{text:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_in_use_grows_with_what_is_held() {
        let before = memory_in_use().unwrap();
        let held = vec![1_u8; 64 * 1024 * 1024];
        let after = memory_in_use().unwrap();
        assert!(
            after >= before + 60 * MIB,
            "{before} {after} {}",
            held.len()
        );
    }
}
