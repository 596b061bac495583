use toml::{Table, Value};

use crate::diag::{Code, Finding, KeyPath, Place, Spot};
use crate::gateway::key_tree::KeyTree;
use crate::gateway::remark::{Remark, Remarked};
use crate::gateway::taken_keys::TakenKeys;
use crate::model::closest;

/// What is said of a configuration while it is read: what is wrong with it, and what of it is not word for word.
pub(in crate::gateway) struct ImportNotes<'f> {
    pub(in crate::gateway) file: &'f str,
    pub(in crate::gateway) findings: Vec<Finding>,
    remarks: Vec<Remark>,
    account: TakenKeys,
}

impl<'f> ImportNotes<'f> {
    pub(in crate::gateway) fn new(file: &'f str) -> Self {
        Self {
            file,
            findings: Vec::new(),
            remarks: Vec::new(),
            account: TakenKeys::default(),
        }
    }

    /// Notes that what `key` says, and all below it, is in the project.
    pub(in crate::gateway) fn took(&mut self, key: &[&str]) {
        self.account.whole(key);
    }

    /// Notes all that `other` does.
    pub(in crate::gateway) fn absorb(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.remarks.extend(other.remarks);
        self.account.add(other.account);
    }

    /// Notes that `key`, and all below it, does not map, and why.
    pub(in crate::gateway) fn left_out(&mut self, key: &[&str], message: impl Into<String>) {
        self.account.whole(key);
        self.remark(key, Remarked::LeftOut, message.into());
    }

    /// Notes that what `key` says is said otherwise.
    pub(in crate::gateway) fn adapted(&mut self, key: &[&str], message: impl Into<String>) {
        self.account.alone(key);
        self.remark(key, Remarked::Adapted, message.into());
    }

    fn remark(&mut self, key: &[&str], remarked: Remarked, message: String) {
        self.remarks.push(Remark {
            key: key.join("."),
            remarked,
            message,
        });
    }

    /// Returns the remarks and the findings, in order. What of `outline` was neither taken nor left out is left out.
    pub(in crate::gateway) fn finish(mut self, outline: &KeyTree) -> (Vec<Remark>, Vec<Finding>) {
        for key in self.account.missing(outline) {
            let key: Vec<&str> = key.iter().map(String::as_str).collect();
            self.left_out(&key, "a project has no place for it here");
        }
        self.remarks.sort();
        self.remarks.dedup();
        self.findings.sort();
        (self.remarks, self.findings)
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

    /// Takes the entries of `table`, which stands at `at`, under `keys`; every other key is left out.
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
        for key in known.keys() {
            self.took(&[at, &[key]].concat());
        }
        known
    }
}

/// A key path of these parts.
pub(in crate::gateway) fn path(parts: &[&str]) -> KeyPath {
    parts.iter().map(|part| (*part).to_owned()).collect()
}
