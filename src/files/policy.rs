use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::files::reader::{TomlReader, TomlTable};
use crate::files::splice::{Layout, Splice, quoted, quoted_like};
use crate::model::{
    Attestation, Kind, NoPolicyKey, Policy, PolicyKey, PolicyRules, PolicyType, PolicyValue,
    PolicyValueError, SlugError, Window, WindowError, WindowName, closest,
};

/// The table of an environment's file that holds its policy.
const TABLE: &str = "policy";
/// The table in it that holds its windows.
const WINDOWS: &str = "windows";

/// One key or window of a policy and its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicySetting {
    /// A key.
    Key {
        /// In `[policy]`, or in the table of this kind.
        kind: Option<Kind>,
        /// Which key.
        key: PolicyKey,
        /// Its value; `None` removes the key.
        value: Option<PolicyValue>,
    },
    /// A window.
    Window {
        /// Its name.
        name: WindowName,
        /// Its value; `None` removes it.
        value: Option<Window>,
    },
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
    /// The name of a window is invalid.
    #[error("invalid name of a window {name:?}: {error}")]
    WindowName {
        /// What was given.
        name: String,
        /// Which rule it breaks.
        error: SlugError,
    },
    /// The window is invalid.
    #[error(transparent)]
    Window(#[from] WindowError),
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
    /// Returns the setting of a key.
    pub fn of_key(kind: Option<Kind>, key: PolicyKey, value: Option<PolicyValue>) -> Self {
        Self::Key { kind, key, value }
    }

    /// Returns the key as people write it: `min_dwell`, `prompts.min_dwell`, `windows.office`.
    pub fn name(&self) -> String {
        match self {
            Self::Key {
                kind: None, key, ..
            } => key.to_string(),
            Self::Key {
                kind: Some(kind),
                key,
                ..
            } => format!("{kind}.{key}"),
            Self::Window { name, .. } => format!("{WINDOWS}.{name}"),
        }
    }

    /// Returns the new value; `None` removes the key or the window.
    pub fn value(&self) -> Option<PolicyValue> {
        match self {
            Self::Key { value, .. } => value.clone(),
            Self::Window { value, .. } => value.clone().map(PolicyValue::Window),
        }
    }

    /// Returns the value that `policy` has in the same place.
    pub fn value_in(&self, policy: &Policy) -> Option<PolicyValue> {
        match self {
            Self::Key { kind, key, .. } => policy.says(*kind, *key).cloned(),
            Self::Window { name, .. } => policy.windows.get(name).cloned().map(PolicyValue::Window),
        }
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
        if kind == Some(WINDOWS) {
            return window(key, value.trim());
        }
        let no_kind = |kind: &str| PolicySettingError::Kind {
            kind: kind.to_owned(),
        };
        let kind = kind
            .map(|kind| kind.parse().map_err(|_| no_kind(kind)))
            .transpose()?;
        let key: PolicyKey = key.parse()?;
        let value = Some(value.trim()).filter(|value| !value.is_empty());
        let value = value.map(|value| key.value(value)).transpose();
        let value = value.map_err(|error| PolicySettingError::Value { key, error })?;
        Ok(Self::Key { kind, key, value })
    }
}

/// Reads the window `name`. An empty value removes it.
fn window(name: &str, value: &str) -> Result<PolicySetting, PolicySettingError> {
    let parsed = name
        .parse()
        .map_err(|error| PolicySettingError::WindowName {
            name: name.to_owned(),
            error,
        });
    let value = Some(value).filter(|value| !value.is_empty());
    Ok(PolicySetting::Window {
        name: parsed?,
        value: value.map(str::parse).transpose()?,
    })
}

impl fmt::Display for PolicySetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value() {
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
    let windows = table.table(reader, WINDOWS);
    let windows = windows.map(|table| table.named_texts(reader).into_iter().collect());
    table.finish(reader);
    Policy {
        base,
        overrides,
        windows: windows.unwrap_or_default(),
    }
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
    if !policy.windows.is_empty() {
        text.push_str(&format!("\n[{TABLE}.{WINDOWS}]\n"));
    }
    for (name, window) in &policy.windows {
        text.push_str(&format!("{name} = {}\n", quoted(&window.to_string())));
    }
    text
}

/// Sets or removes one key of the policy, and touches only its line. A table without keys is removed.
///
/// # Errors
///
/// The table that is inline or dotted: there, only existing values can be replaced.
pub(super) fn set(splice: &mut Splice, setting: &PolicySetting) -> Result<(), String> {
    let (table, name): (Vec<&str>, &str) = match setting {
        PolicySetting::Key { kind, key, .. } => (table(*kind), key.as_str()),
        PolicySetting::Window { name, .. } => (vec![TABLE, WINDOWS], name.as_str()),
    };
    let path: Vec<&str> = table.iter().copied().chain([name]).collect();
    let done = match setting.value() {
        Some(value) if splice.replace(&path, |existing| literal(&value, existing)) => Ok(()),
        Some(value) => add(splice, &table, name, &literal(&value, "")),
        None if !splice.has(&path) => Ok(()),
        None => splice.remove_from(&table, name),
    };
    done.map_err(|Layout| table.join("."))
}

/// Adds a key, with its table if needed.
fn add(splice: &mut Splice, table: &[&str], key: &str, literal: &str) -> Result<(), Layout> {
    // Windows are in the order of their names, so that two branches that add one each rarely conflict.
    let order: Vec<String> = match table {
        [_, WINDOWS] => splice
            .keys(table)
            .into_iter()
            .filter(|other| other.as_str() < key)
            .chain([key.to_owned()])
            .collect(),
        _ => PolicyKey::ALL.map(|key| key.as_str().to_owned()).to_vec(),
    };
    let order: Vec<&str> = order.iter().map(String::as_str).collect();
    if splice.insert_into(table, key, literal, &order) {
        return Ok(());
    }
    let body = format!("{key} = {literal}");
    splice.insert_table(table, &body, |other| sorts_after(other, table))
}

/// Reports whether the table with the keys `other` belongs after the one with `keys`: `[policy]`, then its
/// kinds in order.
fn sorts_after(other: &[String], keys: &[&str]) -> bool {
    // Windows come last.
    let rank = |name: &str| (name == WINDOWS, name.parse::<Kind>().ok());
    match (other, keys) {
        ([policy, _], [TABLE]) => policy == TABLE,
        ([policy, other], [TABLE, name]) => policy == TABLE && rank(other) > rank(name),
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
        text if existing.is_empty() => quoted(&text.to_string()),
        text => quoted_like(existing, &text.to_string()),
    }
}

#[cfg(test)]
mod tests;
