use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::{BranchName, CommitId};
use crate::store::error::StoreError;
use crate::store::lock::process::ProcessId;
use crate::store::open::Store;
use crate::store::private;
use crate::store::replace::file::{FileMode, Flush, Replacement};

/// What is about to be done to a branch, written before it is done. It is enough for the next
/// process to finish it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Record {
    /// The branch that moves.
    pub(in crate::store) branch: BranchName,
    /// Where it is, or `None` if it does not exist.
    pub(in crate::store) old: Option<CommitId>,
    /// Where it goes.
    pub(in crate::store) new: CommitId,
    /// The process that moves it.
    pub(in crate::store) owner: ProcessId,
}

/// A [`Record`] as a line of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalLine {
    branch: String,
    old: Option<String>,
    new: String,
    owner: ProcessId,
}

/// The unfinished records, one JSON object per line. The process that has the lock writes one
/// shared file. Each process that went on without the lock writes a file of its own, so that none
/// overwrites what another has written.
#[derive(Debug)]
pub(in crate::store) struct Journal {
    /// The file that this process writes.
    path: PathBuf,
    /// What other processes left in it.
    left: Vec<Record>,
    /// The files of processes without the lock.
    apart: Vec<(PathBuf, Vec<Record>)>,
}

/// The name of the shared file, and the beginning of the names of the others.
const NAME: &str = "journal";

impl Journal {
    /// Reads the journal. An incomplete line is of a process that died before it moved anything,
    /// and is left out.
    pub(in crate::store) fn read(store: &Store) -> Result<Self, StoreError> {
        // Reading creates nothing. A turn, which writes the journal, has created the folder for its lock.
        let folder = store.common_directory().join(private::NAME);
        let path = folder.join(NAME);
        let left = records(&path)?;
        let with_records = |path: PathBuf| records(&path).map(|records| (path, records));
        let apart = files_apart(&folder)?
            .into_iter()
            .map(with_records)
            .collect::<Result<_, _>>()?;
        Ok(Self { path, left, apart })
    }

    /// Returns the journal of a process that goes on without the lock, because another has it or
    /// nobody can have it.
    pub(in crate::store) fn apart(store: &Store) -> Self {
        // The process id is enough for a name: two processes that live at the same time never share
        // one, and a file that a dead one left is read by every turn anyway.
        let name = format!("{NAME}-{}", ProcessId::this().number());
        let path = store.common_directory().join(private::NAME).join(name);
        Self {
            path,
            left: Vec::new(),
            apart: Vec::new(),
        }
    }

    /// Returns what others began and did not finish, oldest first.
    pub(in crate::store) fn unfinished(&self) -> Vec<Record> {
        self.left
            .iter()
            .chain(self.apart.iter().flat_map(|(_, records)| records))
            .cloned()
            .collect()
    }

    /// Adds `record` to the unfinished ones.
    pub(in crate::store) fn announce(&self, record: &Record) -> Result<(), StoreError> {
        // What others left is written again with it. Only a turn that could finish a record drops
        // it, in `keep`.
        let lines: Vec<String> = self
            .left
            .iter()
            .chain([record])
            .map(Record::to_line)
            .collect();
        self.write(&lines)
    }

    /// Removes what was announced.
    pub(in crate::store) fn retract(&self) -> Result<(), StoreError> {
        let lines: Vec<String> = self.left.iter().map(Record::to_line).collect();
        self.write(&lines)
    }

    /// Removes every record but those of `unfinished`.
    pub(in crate::store) fn keep(&mut self, unfinished: &[Record]) -> Result<(), StoreError> {
        // A file of a process without the lock is removed only as a whole: that process may be
        // running still and rewrite its file, so this one must not.
        for (path, _) in self.apart.extract_if(.., |(_, records)| {
            !records.iter().any(|it| unfinished.contains(it))
        }) {
            remove(&path)?;
        }
        self.left.retain(|record| unfinished.contains(record));
        self.retract()
    }

    fn write(&self, lines: &[String]) -> Result<(), StoreError> {
        if lines.is_empty() {
            return remove(&self.path);
        }
        // A new file that replaces the old one: a process that dies in the middle of writing must
        // not cut the records of others short. Not flushed, because after a power cut the branch
        // itself says how far it came, and a lost record costs a checkout that follows late.
        let fresh = self.path.with_extension("new");
        // Shared, because the next turn may be taken by another user of the repository.
        let journal = Replacement::new(&fresh, &self.path);
        journal
            .write(lines.concat().as_bytes(), FileMode::Shared, Flush::No)
            .map_err(StoreError::io("write the journal", &fresh))?;
        journal
            .replace()
            .map_err(StoreError::io("replace the journal", &self.path))
    }
}

/// Reads the whole records in the file at `path`. A missing file has none.
fn records(path: &Path) -> Result<Vec<Record>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes)
            .lines()
            .filter_map(Record::parse)
            .collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(StoreError::io("read the journal", path)(error)),
    }
}

/// Lists the files in `folder` of processes that went on without the lock, also those that were
/// incomplete when one died.
fn files_apart(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io("list", folder)(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(StoreError::io("list", folder))?;
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(b"journal-")
        {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(StoreError::io("remove the journal", path)(error))
        }
        _ => Ok(()),
    }
}

impl Record {
    fn parse(line: &str) -> Option<Self> {
        let line: JournalLine = serde_json::from_str(line).ok()?;
        let old = line.old.map(|old| old.parse()).transpose().ok()?;
        Some(Self {
            branch: line.branch.parse().ok()?,
            old,
            new: line.new.parse().ok()?,
            owner: line.owner,
        })
    }

    fn to_line(&self) -> String {
        let line = JournalLine {
            branch: self.branch.to_string(),
            old: self.old.map(|old| old.to_string()),
            new: self.new.to_string(),
            owner: self.owner.clone(),
        };
        let text =
            serde_json::to_string(&line).expect("a struct of texts and numbers is always JSON");
        format!("{text}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let name = "00ff5e0a9b1c2d3e4f5061728394a5b6c7d8e9fa";
        Record {
            branch: "feature/x".parse().unwrap(),
            old: None,
            new: name.parse().unwrap(),
            owner: ProcessId::this(),
        }
    }

    #[test]
    fn a_record_round_trips() {
        for old in [None, Some(record().new)] {
            let record = Record { old, ..record() };
            assert_eq!(Record::parse(&record.to_line()), Some(record));
        }
    }

    #[test]
    fn half_a_record_is_none() {
        let line = record().to_line();
        for end in 0..line.trim_end().len() {
            assert_eq!(Record::parse(&line[..end]), None, "{end}");
        }
    }
}
