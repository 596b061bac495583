//! What a configuration of LiteLLM says that a project can hold.

mod aliases;
mod entry;
mod fallbacks;
mod group;
mod identity;
mod lasting;
mod leading;
mod parts;
mod prompts;
mod provider_names;
mod rules;
mod strategy;
mod values;

use self::entry::{Credentials, ModelEntry};
use crate::diag::Code;
use crate::files::secret;
use crate::files::yaml::{self, YamlNode, YamlValue};
use crate::gateway::imported::Imported;
use crate::gateway::notes::{ImportNotes, path};

/// The sections that tell a configuration of LiteLLM from other YAML.
const SECTIONS: [&str; 7] = [
    "credential_list",
    "general_settings",
    "include",
    "litellm_settings",
    "model_list",
    "prompts",
    "router_settings",
];

/// Reads the configuration `text`, which findings call `file`.
pub(super) fn read(file: &str, text: &str) -> Imported {
    let root = match yaml::parse(text) {
        Ok(root) => root,
        Err(error) => {
            let findings = secret::guarded_yaml(file, text, None, vec![error.finding(file)]);
            return Imported {
                findings,
                ..Imported::default()
            };
        }
    };
    let mut desk = ImportNotes::new(file);
    let mut imported = read_root(&mut desk, &root);
    let (remarks, findings) = desk.finish(&(&root).into());
    imported.remarks = remarks;
    imported.findings = secret::guarded_yaml(file, text, Some(&root), findings);
    imported
}

fn read_root(desk: &mut ImportNotes<'_>, root: &YamlNode) -> Imported {
    let sections = root.table().map(Vec::as_slice).unwrap_or_default();
    if !sections
        .iter()
        .any(|(key, _)| SECTIONS.contains(&key.name.as_str()))
    {
        let message = "not a configuration of LiteLLM: there is no `model_list` in it";
        desk.wrong_key(Code::MISSING_KEY, path(&[]), message);
        return Imported::default();
    }
    let (entries, notes): (Vec<_>, Vec<_>) = entries(desk, root).into_iter().unzip();
    let places: Vec<usize> = entries.iter().map(|entry| entry.index).collect();
    let mut rules = rules::rules(desk, entries);
    for (index, notes) in places.into_iter().zip(notes) {
        if !rules.without.contains(&index) {
            desk.absorb(notes);
        }
    }
    aliases::add(desk, root, &mut rules);
    fallbacks::add(desk, root, &mut rules);
    let providers = rules.providers(desk);
    let prompts = prompts::read(desk, root.get("prompts"));
    for (key, value) in sections {
        leave_out(desk, &key.name, value);
    }
    Imported {
        providers,
        rules: rules.into_rules(),
        prompts,
        ..Imported::default()
    }
}

/// Returns the entries of `model_list` that a project can hold, with what is to be noted of each.
fn entries<'f>(desk: &mut ImportNotes<'f>, root: &YamlNode) -> Vec<(ModelEntry, ImportNotes<'f>)> {
    let credentials = Credentials::of(desk, root.get("credential_list"));
    let listed = match root.get("model_list") {
        None => return Vec::new(),
        Some(node) => match &node.value {
            YamlValue::Null => return Vec::new(),
            YamlValue::List(values) => values,
            other => {
                let message = format!("`model_list` takes a list, not {}", other.type_str());
                desk.wrong_value(Code::WRONG_TYPE, path(&["model_list"]), message);
                return Vec::new();
            }
        },
    };
    let read = |(index, node)| ModelEntry::read(desk, index, node, &credentials);
    listed.iter().enumerate().filter_map(read).collect()
}

/// Notes what a section holds that stays in the file of the team.
fn leave_out(desk: &mut ImportNotes<'_>, section: &str, value: &YamlNode) {
    let message = match section {
        "model_list" | "prompts" | "credential_list" => return,
        "include" => "each of these files is imported on its own",
        "router_settings" | "litellm_settings" | "general_settings" => {
            "it stays in the file that includes what `render` writes"
        }
        _ => {
            "a project has no place for it: it stays in the file that includes what `render` writes"
        }
    };
    let taken: &[&str] = match section {
        "router_settings" => &["fallbacks", "model_group_alias"],
        "litellm_settings" => &["fallbacks", "model_alias_map"],
        _ => &[],
    };
    match value.table().filter(|entries| !entries.is_empty()) {
        None => desk.left_out(&[section], message),
        Some(entries) => {
            for (key, _) in entries
                .iter()
                .filter(|(key, _)| !taken.contains(&key.name.as_str()))
            {
                desk.left_out(&[section, &key.name], message);
            }
        }
    }
}
