use std::fs::Metadata;
use std::path::Path;

use git2::{Index, IndexEntry, IndexTime};

use crate::store::error::StoreError;
use crate::store::tree::differences::File;
use crate::store::tree::owned::SKIP_WORKTREE;

/// Set in an index entry that `git update-index --assume-unchanged` marked.
const ASSUME_UNCHANGED: u16 = 1 << 15;

/// Puts `file` at `path` of `index`, or removes what is there.
///
/// With the `stat` of the file on disk git need not read it to see that it is unchanged. The marks
/// that users set on the entry `before` are kept.
pub(in crate::store) fn put(
    index: &mut Index,
    path: &str,
    file: Option<File>,
    before: Option<&IndexEntry>,
    stat: Option<&Metadata>,
    skipped: bool,
) -> Result<(), StoreError> {
    let done = match file {
        Some(file) => {
            let mut entry = blank(path, file);
            entry.flags = before.map_or(0, |before| before.flags & ASSUME_UNCHANGED);
            entry.flags_extended = if skipped { SKIP_WORKTREE } else { 0 };
            if let Some(stat) = stat {
                describe(&mut entry, stat);
            }
            index.add(&entry)
        }
        None if before.is_some() => index.remove(Path::new(path), 0),
        None => Ok(()),
    };
    done.map_err(|error| StoreError::git(format!("stage {path}"))(error))
}

fn blank(path: &str, file: File) -> IndexEntry {
    IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode: file.mode.unsigned_abs(),
        uid: 0,
        gid: 0,
        file_size: 0,
        id: file.id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

/// Copies what the file system says into the entry. The index format keeps the low 32 bits of each
/// number.
#[cfg(unix)]
fn describe(entry: &mut IndexEntry, stat: &Metadata) {
    use std::os::unix::fs::MetadataExt;
    entry.ctime = IndexTime::new(stat.ctime() as i32, stat.ctime_nsec() as u32);
    entry.mtime = IndexTime::new(stat.mtime() as i32, stat.mtime_nsec() as u32);
    entry.dev = stat.dev() as u32;
    entry.ino = stat.ino() as u32;
    entry.uid = stat.uid();
    entry.gid = stat.gid();
    entry.file_size = stat.size() as u32;
}

/// Leaves the entry blank: git compares the file once and fills it in.
#[cfg(not(unix))]
fn describe(_: &mut IndexEntry, _: &Metadata) {}
