use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::files::reader::{TomlReader, TomlTable};
use crate::files::splice::{Layout, Splice, quoted, quoted_like};
use crate::model::{
    Attestation, Kind, NoPolicyKey, Policy, PolicyKey, PolicyRules, PolicyType, PolicyValue,
    PolicyValueError, closest,
};

/// The table of an environment's file that holds its policy.
const TABLE: &str = "policy";

/// One key of a policy and its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySetting {
    /// In `[policy]`, or in the table of this kind.
    pub kind: Option<Kind>,
    /// Which key.
    pub key: PolicyKey,
    /// Its value; `None` removes the key.
    pub value: Option<PolicyValue>,
}

/// Why a text is not a valid setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicySettingError {
    /// There is no `=` in it.
    #[error("write it as key=value, such as min_dwell=24h; key= removes the key")]
    NoValue,
    /// The part before the dot is not a kind.
    #[error("unknown kind {kind:?}; {}", kind_meant(.kind))]
    Kind {
        /// What was given.
        kind: String,
    },
    /// The key does not exist.
    #[error(transparent)]
    Key(#[from] NoPolicyKey),
    /// The key does not take such a value.
    #[error("{key} takes {}: {error}", .key.fits())]
    Value {
        /// Which key.
        key: PolicyKey,
        /// What is wrong with the value.
        error: PolicyValueError,
    },
}

/// Returns which kind was meant, or lists all.
fn kind_meant(kind: &str) -> String {
    let all = Kind::ALL.map(Kind::folder);
    closest(kind, all).map_or_else(
        || format!("the kinds are {}", all.join(", ")),
        |meant| format!("did you mean {meant}?"),
    )
}

impl PolicySetting {
    /// Returns the key as people write it: `min_dwell`, `prompts.min_dwell`.
    pub fn name(&self) -> String {
        self.kind.map_or_else(
            || self.key.to_string(),
            |kind| format!("{kind}.{}", self.key),
        )
    }
}

impl FromStr for PolicySetting {
    type Err = PolicySettingError;

    /// Reads `key=value` and `kind.key=value`. An empty value removes the key.
    fn from_str(text: &str) -> Result<Self, PolicySettingError> {
        let (name, value) = text.split_once('=').ok_or(PolicySettingError::NoValue)?;
        let (kind, key) = match name.trim().split_once('.') {
            None => (None, name.trim()),
            Some((kind, key)) => (Some(kind), key),
        };
        let no_kind = |kind: &str| PolicySettingError::Kind {
            kind: kind.to_owned(),
        };
        let kind = kind
            .map(|kind| kind.parse().map_err(|_| no_kind(kind)))
            .transpose()?;
        let key: PolicyKey = key.parse()?;
        let value = Some(value.trim()).filter(|value| !value.is_empty());
        let value = value.map(|value| key.value(value)).transpose();
        Ok(Self {
            kind,
            key,
            value: value.map_err(|error| PolicySettingError::Value { key, error })?,
        })
    }
}

impl fmt::Display for PolicySetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.name()),
            None => write!(f, "{}=", self.name()),
        }
    }
}

/// Reads `[policy]` and its tables of kinds.
pub(super) fn read(reader: &mut TomlReader<'_>, mut table: TomlTable<'_, '_>) -> Policy {
    let base = rules(reader, &mut table);
    let mut overrides = BTreeMap::new();
    for kind in Kind::ALL {
        if let Some(mut table) = table.table(reader, kind.folder()) {
            overrides.insert(kind, rules(reader, &mut table));
            table.finish(reader);
        }
    }
    table.finish(reader);
    Policy { base, overrides }
}

/// Reads the keys of one table.
fn rules(reader: &mut TomlReader<'_>, table: &mut TomlTable<'_, '_>) -> PolicyRules {
    let mut rules = PolicyRules::default();
    for key in PolicyKey::ALL {
        let name = key.as_str();
        let value = match key.takes() {
            PolicyType::Switch => table.boolean(reader, name).map(PolicyValue::Switch),
            // `min_dwell = false` in the table of a kind switches off what `[policy]` demands of
            // all kinds.
            _ if table.is_false(name) => Some(PolicyValue::Switch(false)),
            PolicyType::Source => table.text(reader, name).map(PolicyValue::Source),
            PolicyType::Span => table.text(reader, name).map(PolicyValue::Span),
            PolicyType::Checks => table
                .optional_list(reader, name, Attestation::MOST)
                .map(|checks| PolicyValue::Checks(checks.into_iter().collect())),
        };
        rules.set(key, value);
    }
    rules
}

/// Returns a policy as the end of an environment's file; empty if it has no keys.
pub(super) fn text(policy: &Policy) -> String {
    let mut text = String::new();
    for (kind, rules) in policy.tables() {
        if rules.iter().next().is_none() {
            continue;
        }
        text.push_str(&format!("\n[{}]\n", table(kind).join(".")));
        for (key, value) in rules.iter() {
            text.push_str(&format!("{key} = {}\n", literal(value, "")));
        }
    }
    text
}

/// Sets or removes one key of the policy, and touches only its line. A table without keys is removed.
///
/// # Errors
///
/// The table that is inline or dotted: there, only existing values can be replaced.
pub(super) fn set(splice: &mut Splice, setting: &PolicySetting) -> Result<(), String> {
    let PolicySetting { kind, key, value } = setting;
    let table = table(*kind);
    let path: Vec<&str> = table.iter().copied().chain([key.as_str()]).collect();
    let done = match value {
        Some(value) if splice.replace(&path, |existing| literal(value, existing)) => Ok(()),
        Some(value) => add(splice, &table, *key, &literal(value, "")),
        None if !splice.has(&path) => Ok(()),
        None => splice.remove_from(&table, key.as_str()),
    };
    done.map_err(|Layout| table.join("."))
}

/// Adds a key, with its table if needed.
fn add(splice: &mut Splice, table: &[&str], key: PolicyKey, literal: &str) -> Result<(), Layout> {
    let order = PolicyKey::ALL.map(PolicyKey::as_str);
    if splice.insert_into(table, key.as_str(), literal, &order) {
        return Ok(());
    }
    let body = format!("{key} = {literal}");
    splice.insert_table(table, &body, |other| sorts_after(other, table))
}

/// Reports whether the table with the keys `other` belongs after the one with `keys`: `[policy]`, then its
/// kinds in order.
fn sorts_after(other: &[String], keys: &[&str]) -> bool {
    let kind = |name: &str| name.parse::<Kind>().ok();
    match (other, keys) {
        ([policy, _], [TABLE]) => policy == TABLE,
        ([policy, other], [TABLE, name]) => policy == TABLE && kind(other) > kind(name),
        _ => false,
    }
}

/// Returns the keys of the table for `kind`.
fn table(kind: Option<Kind>) -> Vec<&'static str> {
    std::iter::once(TABLE)
        .chain(kind.map(Kind::folder))
        .collect()
}

/// Returns `value` as it is written in place of `existing`.
fn literal(value: &PolicyValue, existing: &str) -> String {
    match value {
        PolicyValue::Switch(on) => on.to_string(),
        PolicyValue::Checks(checks) => {
            let names: Vec<String> = checks.iter().map(|name| quoted(name.as_str())).collect();
            format!("[{}]", names.join(", "))
        }
        PolicyValue::Source(_) | PolicyValue::Span(_) if existing.is_empty() => {
            quoted(&value.to_string())
        }
        PolicyValue::Source(_) | PolicyValue::Span(_) => quoted_like(existing, &value.to_string()),
    }
}

#[cfg(test)]
mod tests;
