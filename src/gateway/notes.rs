use toml::{Table, Value};

use crate::diag::{Code, Finding, KeyPath, Place, Spot};
use crate::gateway::remark::{Remark, Remarked};
use crate::model::closest;

/// What is said of a configuration while it is read: what is wrong with it, and what of it is not word for word.
pub(in crate::gateway) struct ImportNotes<'f> {
    pub(in crate::gateway) file: &'f str,
    pub(in crate::gateway) findings: Vec<Finding>,
    pub(in crate::gateway) remarks: Vec<Remark>,
}

impl<'f> ImportNotes<'f> {
    pub(in crate::gateway) fn new(file: &'f str) -> Self {
        Self {
            file,
            findings: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// Notes that `key` does not map, and why.
    pub(in crate::gateway) fn left_out(&mut self, key: &[&str], message: impl Into<String>) {
        let (key, message) = (key.join("."), message.into());
        self.remarks.push(Remark {
            key,
            remarked: Remarked::LeftOut,
            message,
        });
    }

    /// Notes that what `key` says is said otherwise.
    pub(in crate::gateway) fn changed(&mut self, key: &[&str], message: impl Into<String>) {
        let (key, message) = (key.join("."), message.into());
        self.remarks.push(Remark {
            key,
            remarked: Remarked::Changed,
            message,
        });
    }

    /// Notes an error at the key that `path` leads to.
    pub(in crate::gateway) fn wrong_key(
        &mut self,
        code: Code,
        path: KeyPath,
        message: impl Into<String>,
    ) {
        let place = Place {
            file: self.file.to_owned(),
            spot: Spot::Key(path),
        };
        self.findings.push(Finding::error(code, place, message));
    }

    /// Notes an error at the value that `path` leads to.
    pub(in crate::gateway) fn wrong_value(
        &mut self,
        code: Code,
        path: KeyPath,
        message: impl Into<String>,
    ) {
        let place = Place {
            file: self.file.to_owned(),
            spot: Spot::Value(path),
        };
        self.findings.push(Finding::error(code, place, message));
    }

    /// Takes the tables below `section` out of `root`.
    pub(in crate::gateway) fn tables(
        &mut self,
        root: &mut Table,
        section: &str,
    ) -> Vec<(String, Table)> {
        let entries = match root.remove(section) {
            None => return Vec::new(),
            Some(Value::Table(entries)) => entries,
            Some(other) => {
                let message = format!(
                    "`{section}` takes tables by name, [{section}.NAME], not {}",
                    other.type_str()
                );
                self.wrong_key(Code::WRONG_TYPE, path(&[section]), message);
                return Vec::new();
            }
        };
        let mut tables = Vec::new();
        for (name, value) in entries {
            match value {
                Value::Table(table) => tables.push((name, table)),
                other => {
                    let message =
                        format!("`{section}.{name}` takes a table, not {}", other.type_str());
                    self.wrong_key(Code::WRONG_TYPE, path(&[section, &name]), message);
                }
            }
        }
        tables
    }

    /// The entries of `table`, which stands at `at`, under `keys`; every other key is left out.
    pub(in crate::gateway) fn known(&mut self, at: &[&str], table: Table, keys: &[&str]) -> Table {
        let (known, others): (Table, Table) = table
            .into_iter()
            .partition(|(key, _)| keys.contains(&key.as_str()));
        for key in others.keys() {
            let at: Vec<&str> = at.iter().copied().chain([key.as_str()]).collect();
            let hint = match closest(key, keys.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("what maps here is {}", keys.join(", ")),
            };
            self.left_out(&at, format!("no such key in a project; {hint}"));
        }
        known
    }
}

/// A key path of these parts.
pub(in crate::gateway) fn path(parts: &[&str]) -> KeyPath {
    parts.iter().map(|part| (*part).to_owned()).collect()
}
