use std::collections::BTreeMap;

use super::values::json_table;
use crate::diag::KeyPath;
use crate::files::yaml::{YamlNode, YamlValue};
use crate::gateway::notes::ImportNotes;
use crate::model::JsonTable;

/// What stands behind the keys of a table, and where. Whoever takes a part accounts for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts<'n>(BTreeMap<&'n str, Part<'n>>);

/// A value, and its key in the file.
#[derive(Clone, Debug)]
pub(super) struct Part<'n> {
    pub(super) at: KeyPath,
    pub(super) node: &'n YamlNode,
}

impl Part<'_> {
    /// Returns its key in the file.
    pub(super) fn at(&self) -> Vec<&str> {
        self.at.iter().map(String::as_str).collect()
    }
}

impl<'n> Parts<'n> {
    /// Returns the parts of the table `node`, which stands at `at`; none where it is not a table.
    pub(super) fn of(at: &[&str], node: Option<&'n YamlNode>) -> Self {
        let entries = node.and_then(YamlNode::table).into_iter().flatten();
        let part = |(key, node): &'n (_, _)| Self::part(at, key, node);
        Self(entries.map(part).collect())
    }

    fn part(
        at: &[&str],
        key: &'n crate::files::yaml::YamlKey,
        node: &'n YamlNode,
    ) -> (&'n str, Part<'n>) {
        let at = at.iter().copied().chain([key.name.as_str()]);
        let at = at.map(str::to_owned).collect();
        (key.name.as_str(), Part { at, node })
    }

    /// Adds what `others` say and these do not.
    pub(super) fn complete(&mut self, others: &Self) {
        for (key, part) in &others.0 {
            self.0.entry(*key).or_insert_with(|| part.clone());
        }
    }

    /// Reports whether `key` says something.
    pub(super) fn says(&self, key: &str) -> bool {
        self.peek(key).is_some()
    }

    /// Returns what `key` says, which nothing accounts for yet.
    pub(super) fn peek(&self, key: &str) -> Option<&Part<'n>> {
        let part = self.0.get(key);
        part.filter(|part| part.node.value != YamlValue::Null)
    }

    /// Removes what `key` says. The caller accounts for it.
    pub(super) fn remove(&mut self, key: &str) -> Option<Part<'n>> {
        let part = self.0.remove(key);
        part.filter(|part| part.node.value != YamlValue::Null)
    }

    /// Takes what `key` says, if `read` understands it; otherwise it is left out, since it takes `wanted`.
    pub(super) fn take<T>(
        &mut self,
        desk: &mut ImportNotes<'_>,
        key: &str,
        wanted: &str,
        read: impl FnOnce(&'n YamlNode) -> Option<T>,
    ) -> Option<T> {
        let part = self.remove(key)?;
        let taken = read(part.node);
        match taken {
            Some(_) => desk.took(&part.at()),
            None => desk.left_out(&part.at(), format!("it takes {wanted}")),
        }
        taken
    }

    /// Takes what `key` says, without which nothing is to be had of the table.
    ///
    /// # Errors
    ///
    /// A sentence, when `read` does not understand it.
    pub(super) fn need<T>(
        &mut self,
        desk: &mut ImportNotes<'_>,
        key: &str,
        wanted: &str,
        read: impl FnOnce(&'n YamlNode) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(part) = self.remove(key) else {
            return Ok(None);
        };
        match read(part.node) {
            Some(taken) => {
                desk.took(&part.at());
                Ok(Some(taken))
            }
            None => Err(format!(
                "its `{key}` takes {wanted}, not {}",
                part.node.value.type_str()
            )),
        }
    }

    /// Takes all that is left, as a table of a target.
    pub(super) fn rest(self, desk: &mut ImportNotes<'_>) -> JsonTable {
        let parts = self.0.into_iter();
        json_table(desk, parts.map(|(key, part)| (key, part.at, part.node)))
    }
}
