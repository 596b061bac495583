use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::files::reader::{TomlReader, TomlTable};
use crate::files::splice::{Layout, Splice, quoted, quoted_like};
use crate::model::{
    Kind, NoPolicyKey, Policy, PolicyKey, PolicyRules, PolicyType, PolicyValue, PolicyValueError,
    closest,
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
            // `min_dwell = false` in the table of a kind switches off what `[policy]` demands of all kinds.
            _ if table.is_false(name) => Some(PolicyValue::Switch(false)),
            PolicyType::Source => table.text(reader, name).map(PolicyValue::Source),
            PolicyType::Span => table.text(reader, name).map(PolicyValue::Span),
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
        PolicyValue::Source(_) | PolicyValue::Span(_) if existing.is_empty() => {
            quoted(&value.to_string())
        }
        PolicyValue::Source(_) | PolicyValue::Span(_) => quoted_like(existing, &value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(kind: Option<Kind>, key: PolicyKey, value: &str) -> PolicySetting {
        let value = (!value.is_empty()).then(|| key.value(value).unwrap());
        PolicySetting { kind, key, value }
    }

    fn edited(text: &str, settings: &[PolicySetting]) -> Result<String, String> {
        let mut splice = Splice::new(text).unwrap();
        settings
            .iter()
            .try_for_each(|setting| set(&mut splice, setting))?;
        Ok(splice.into_text())
    }

    #[test]
    fn keys_come_and_go_where_they_belong() {
        use PolicyKey::{MinDwell, RequiredSource, RequiresApproval};
        let plain = "name = \"Production\"\n";
        let one = "name = \"Production\"\n\n[policy]\nmin_dwell = \"24h\"\n";
        let two = "name = \"Production\"\n\n[policy]\nrequired_source = \"staging\" # always\nmin_dwell = \"24h\"\n";
        let of_kind = "name = \"Production\"\n\n[policy.routing]\nmin_dwell = \"24h\"\n";
        let base = "name = \"Production\"\n\n[policy]\nmin_dwell = \"24h\"\n\n[policy.routing]\nmin_dwell = \"24h\"\n";
        let kinds =
            "[policy.prompts]\nmin_dwell = \"24h\"\n\n[policy.routing]\nmin_dwell = \"24h\"\n";
        for (before, kind, key, value, after) in [
            (plain, None, MinDwell, "24h", one),
            (plain, Some(Kind::Routing), MinDwell, "24h", of_kind),
            (of_kind, None, MinDwell, "24h", base),
            (
                "[policy.routing]\nmin_dwell = \"24h\"\n",
                Some(Kind::Prompts),
                MinDwell,
                "24h",
                kinds,
            ),
            (
                "name = 'x'",
                None,
                RequiresApproval,
                "true",
                "name = 'x'\n\n[policy]\nrequires_approval = true",
            ),
            (
                "a = 1\r\n",
                None,
                MinDwell,
                "1h",
                "a = 1\r\n\r\n[policy]\r\nmin_dwell = \"1h\"\r\n",
            ),
        ] {
            assert_eq!(
                edited(before, &[setting(kind, key, value)]).as_deref(),
                Ok(after)
            );
            let back = edited(after, &[setting(kind, key, "")]).unwrap();
            assert_eq!(back, before, "{after:?}");
        }
        let source = setting(None, RequiredSource, "staging");
        let commented = one.replace(
            "[policy]\n",
            "[policy]\nrequired_source = \"qa\" # always\n",
        );
        assert_eq!(edited(&commented, &[source]).as_deref(), Ok(two));
    }

    #[test]
    fn settings_are_read_as_they_are_written() {
        for text in [
            "min_dwell=24h",
            "prompts.requires_approval=true",
            "routing.required_source=qa",
            "no_rollback=",
        ] {
            assert_eq!(text.parse::<PolicySetting>().unwrap().to_string(), text);
        }
        assert_eq!(
            "min_dwell = 1 day".parse(),
            Ok(setting(None, PolicyKey::MinDwell, "24h"))
        );
    }

    #[test]
    fn what_is_no_setting_says_what_would_be() {
        for (text, said) in [
            ("min_dwell", "key=value"),
            ("", "key=value"),
            ("=", "required_source, min_dwell"),
            ("min_dwel=1h", "did you mean min_dwell?"),
            ("prompt.min_dwell=1h", "did you mean prompts?"),
            ("x.min_dwell=1h", "prompts, routing, providers"),
            ("prompts.routing.min_dwell=1h", "no key"),
            ("prompts.=1h", "no key"),
            (
                "min_dwell=24",
                "min_dwell takes a length of time, or false: \"24\" is no length of time such as 90m",
            ),
            ("min_dwell=-1h", "negative"),
            ("rollback_window=1.5h", "fraction"),
            ("no_rollback=yes", "no_rollback takes true or false"),
            (
                "required_source=PROD",
                "required_source takes the slug of an environment, or false",
            ),
        ] {
            let error = text.parse::<PolicySetting>().unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_policy_in_one_line_is_only_changed_where_it_says_something() {
        let inline = "policy = { min_dwell = '1h', no_rollback = true }\n";
        let replaced = edited(inline, &[setting(None, PolicyKey::MinDwell, "2h")]);
        assert_eq!(
            replaced.as_deref(),
            Ok("policy = { min_dwell = '2h', no_rollback = true }\n")
        );
        for setting in [
            setting(None, PolicyKey::MinDwell, ""),
            setting(None, PolicyKey::RequiresApproval, "true"),
        ] {
            assert_eq!(edited(inline, &[setting]), Err("policy".to_owned()));
        }
        let dotted = "policy.min_dwell = '1h'\n";
        assert_eq!(
            edited(dotted, &[setting(None, PolicyKey::MinDwell, "")]),
            Err("policy".to_owned())
        );
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let mut policy = Policy::default();
        for (kind, key, value) in [
            (None, PolicyKey::RequiredSource, "staging"),
            (None, PolicyKey::MinDwell, "90m"),
            (Some(Kind::Prompts), PolicyKey::RequiredSource, "false"),
            (Some(Kind::Providers), PolicyKey::RequiresApproval, "true"),
        ] {
            policy
                .table_mut(kind)
                .set(key, Some(key.value(value).unwrap()));
        }
        let text = text(&policy);
        let root = toml::de::DeTable::parse(&text).unwrap();
        let mut reader = TomlReader::new("environments/prod.toml");
        let table = TomlTable::root(root.get_ref())
            .table(&mut reader, TABLE)
            .unwrap();
        assert_eq!(read(&mut reader, table), policy, "{text}");
        assert_eq!(reader.into_findings(), []);
    }
}
