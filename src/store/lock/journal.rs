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

/// What is about to be done to a branch, written down before it is: enough for the next start to finish it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Record {
    /// The branch that moves.
    pub(in crate::store) branch: BranchName,
    /// Where it is; none: it does not exist.
    pub(in crate::store) old: Option<CommitId>,
    /// Where it goes.
    pub(in crate::store) new: CommitId,
    /// Who moves it.
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

/// The records that nobody has finished yet, one a line as JSON: in the file of whoever has the lock, and in one file each
/// of those who went on without it, so that none writes over what another wrote down.
#[derive(Debug)]
pub(in crate::store) struct Journal {
    /// The file that this process writes.
    path: PathBuf,
    /// What others left in it.
    left: Vec<Record>,
    /// The files of those without the lock.
    apart: Vec<(PathBuf, Vec<Record>)>,
}

/// The name of the file of whoever has the lock, and how the names of the others begin.
const NAME: &str = "journal";

impl Journal {
    /// The journal as it is on disk. A line that is not whole is of a process that died before it moved anything, and
    /// is left out.
    pub(in crate::store) fn read(store: &Store) -> Result<Self, StoreError> {
        // To read it makes nothing; a turn, which writes it, has made the folder for its lock.
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

    /// What this process is to write down while another has the lock, or nobody can have it.
    pub(in crate::store) fn apart(store: &Store) -> Self {
        let name = format!("{NAME}-{}", ProcessId::this().number());
        let path = store.common_directory().join(private::NAME).join(name);
        Self {
            path,
            left: Vec::new(),
            apart: Vec::new(),
        }
    }

    /// What others began and did not finish, oldest first.
    pub(in crate::store) fn unfinished(&self) -> Vec<Record> {
        self.left
            .iter()
            .chain(self.apart.iter().flat_map(|(_, records)| records))
            .cloned()
            .collect()
    }

    /// Writes `record` down beside the unfinished ones.
    pub(in crate::store) fn announce(&self, record: &Record) -> Result<(), StoreError> {
        let lines: Vec<String> = self
            .left
            .iter()
            .chain([record])
            .map(Record::to_line)
            .collect();
        self.write(&lines)
    }

    /// Strikes out what was announced.
    pub(in crate::store) fn retract(&self) -> Result<(), StoreError> {
        let lines: Vec<String> = self.left.iter().map(Record::to_line).collect();
        self.write(&lines)
    }

    /// Keeps only `unfinished`.
    pub(in crate::store) fn keep(&mut self, unfinished: &[Record]) -> Result<(), StoreError> {
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
        let fresh = self.path.with_extension("new");
        // Whoever of its users takes the next turn has to read it.
        let journal = Replacement::new(&fresh, &self.path);
        journal
            .write(lines.concat().as_bytes(), FileMode::Shared, Flush::No)
            .map_err(StoreError::io("write the journal", &fresh))?;
        journal
            .replace()
            .map_err(StoreError::io("replace the journal", &self.path))
    }
}

/// The whole records in the file at `path`; none if there is no such file.
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

/// The files in `folder` of processes that went on without the lock, also those that were not whole when one died.
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
