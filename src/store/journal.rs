use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::process::ProcessId;
use super::{Store, StoreError, private};
use crate::model::{BranchName, CommitId};

/// What is about to be done to a branch, written down before it is: enough for the next start to finish it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The branch that moves.
    pub(super) branch: BranchName,
    /// Where it is; none: it does not exist.
    pub(super) old: Option<CommitId>,
    /// Where it goes.
    pub(super) new: CommitId,
    /// Who moves it.
    pub(super) owner: ProcessId,
}

/// A [`Record`] as a line of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    branch: String,
    old: Option<String>,
    new: String,
    owner: ProcessId,
}

/// The file of records, one a line as JSON: those that nobody has finished yet.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    unfinished: Vec<Record>,
}

impl Journal {
    /// The journal as it is on disk. A line that is not whole is of a process that died before it moved anything, and
    /// is left out.
    pub(super) fn read(store: &Store) -> Result<Self, StoreError> {
        // To read it makes nothing; a turn, which writes it, has made the folder for its lock.
        let path = store.common_directory().join(private::NAME).join("journal");
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(StoreError::io("read the journal", &path)(error)),
        };
        let unfinished = text.lines().filter_map(Record::parse).collect();
        Ok(Self { path, unfinished })
    }

    /// What others began and did not finish, oldest first.
    pub(super) fn unfinished(&self) -> &[Record] {
        &self.unfinished
    }

    /// Writes `record` down beside the unfinished ones.
    pub(super) fn announce(&self, record: &Record) -> Result<(), StoreError> {
        let lines: Vec<String> = self.unfinished.iter().chain([record]).map(Record::to_line).collect();
        self.write(&lines)
    }

    /// Strikes out what was announced.
    pub(super) fn retract(&self) -> Result<(), StoreError> {
        let lines: Vec<String> = self.unfinished.iter().map(Record::to_line).collect();
        self.write(&lines)
    }

    /// Keeps only `unfinished`.
    pub(super) fn keep(&mut self, unfinished: Vec<Record>) -> Result<(), StoreError> {
        self.unfinished = unfinished;
        self.retract()
    }

    fn write(&self, lines: &[String]) -> Result<(), StoreError> {
        if lines.is_empty() {
            return match fs::remove_file(&self.path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    Err(StoreError::io("remove the journal", &self.path)(error))
                }
                _ => Ok(()),
            };
        }
        let fresh = self.path.with_extension("new");
        // One that an interrupted write left may belong to another user; the folder is what both may write.
        let _ = fs::remove_file(&fresh);
        fs::write(&fresh, lines.concat()).map_err(StoreError::io("write the journal", &fresh))?;
        fs::rename(&fresh, &self.path).map_err(StoreError::io("replace the journal", &self.path))
    }
}

impl Record {
    fn parse(line: &str) -> Option<Self> {
        let line: Line = serde_json::from_str(line).ok()?;
        let old = line.old.map(|old| old.parse()).transpose().ok()?;
        Some(Self { branch: line.branch.parse().ok()?, old, new: line.new.parse().ok()?, owner: line.owner })
    }

    fn to_line(&self) -> String {
        let line = Line {
            branch: self.branch.to_string(),
            old: self.old.map(|old| old.to_string()),
            new: self.new.to_string(),
            owner: self.owner.clone(),
        };
        let text = serde_json::to_string(&line).expect("a struct of texts and numbers is always JSON");
        format!("{text}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let name = "00ff5e0a9b1c2d3e4f5061728394a5b6c7d8e9fa";
        Record { branch: "feature/x".parse().unwrap(), old: None, new: name.parse().unwrap(), owner: ProcessId::this() }
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
