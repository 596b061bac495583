use std::collections::{BTreeMap, BTreeSet};

use super::functions::ReadFunction;
use super::variants::{SYSTEM, TemplateFile};
use crate::gateway::imported::ImportedPrompt;
use crate::gateway::notes::ImportNotes;
use crate::gateway::prompt_files::{from_file, is_below};
use crate::gateway::slugs::{TakenNames, slug};
use crate::model::ResourceName;

/// The prompts of a function, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct FunctionPrompts {
    pub(super) prompts: BTreeMap<ResourceName, ImportedPrompt>,
    /// Whether all variants have one system message, whose prompt is called as the function is.
    pub(super) is_whole: bool,
}

/// The names of prompts that are taken, and those that are for a function of that name alone.
#[derive(Debug)]
pub(super) struct PromptNames {
    taken: TakenNames,
    reserved: BTreeSet<String>,
}

impl PromptNames {
    /// Returns the names beside functions and models that are called `others`.
    pub(super) fn beside<'n>(others: impl Iterator<Item = &'n str>) -> Self {
        Self {
            taken: TakenNames::default(),
            reserved: others.map(slug).collect(),
        }
    }

    /// Takes a name as near to `wanted` as may be; `is_own` says that it is that of its function.
    fn name(&mut self, wanted: &str, is_own: bool) -> Option<ResourceName> {
        match is_own && !self.taken.contains(&slug(wanted)) {
            true => self.taken.resource(wanted),
            false => self.taken.resource_beside(wanted, &self.reserved),
        }
    }
}

/// Returns the prompts that the templates of `function` become. A name that is taken gets a number.
pub(super) fn prompts(
    notes: &mut ImportNotes<'_>,
    function: &ReadFunction,
    names: &mut PromptNames,
) -> FunctionPrompts {
    let own = slug(&function.name);
    let mut all = FunctionPrompts::default();
    let roles: BTreeSet<&String> = function
        .variants
        .iter()
        .flat_map(|variant| variant.templates.keys())
        .collect();
    for role in roles {
        let ending = if role == SYSTEM {
            String::new()
        } else {
            format!("-{}", slug(role))
        };
        let files: Vec<(&str, &TemplateFile)> = function
            .variants
            .iter()
            .filter_map(|variant| Some((variant.name.as_str(), variant.templates.get(role)?)))
            .collect();
        let is_one = files.len() == function.variants.len()
            && files
                .iter()
                .all(|(_, template)| template.file == files[0].1.file);
        if is_one {
            for (_, template) in &files[1..] {
                let at: Vec<&str> = template.key.iter().map(String::as_str).collect();
                notes.took(&at);
            }
            let added = add(
                notes,
                &mut all,
                (format!("{own}{ending}"), role == SYSTEM),
                files[0].1,
                names,
            );
            all.is_whole |= role == SYSTEM && added.is_some_and(|name| name.as_str() == own);
        } else {
            different(notes, &mut all, (&own, &ending), &files, names);
        }
        if role != SYSTEM {
            for (_, template) in &files {
                let at: Vec<&str> = template.key.iter().map(String::as_str).collect();
                let message =
                    format!("a prompt is a system message there: the role `{role}` is not kept");
                notes.left_out(&at, message);
            }
        }
    }
    all
}

/// Adds the prompts of templates that are not the same for all variants.
fn different(
    notes: &mut ImportNotes<'_>,
    all: &mut FunctionPrompts,
    (own, ending): (&str, &str),
    files: &[(&str, &TemplateFile)],
    names: &mut PromptNames,
) {
    let mut seen: Vec<&TemplateFile> = Vec::new();
    for (variant, template) in files {
        let at: Vec<&str> = template.key.iter().map(String::as_str).collect();
        let message =
            "a rule lists prompts for all its targets: which variant has which is not kept";
        notes.left_out(&at, message);
        if !seen.iter().any(|it| it.file == template.file) {
            seen.push(template);
            add(
                notes,
                all,
                (format!("{own}-{}{ending}", slug(variant)), false),
                template,
                names,
            );
        }
    }
}

fn add(
    notes: &mut ImportNotes<'_>,
    all: &mut FunctionPrompts,
    (wanted, is_own): (String, bool),
    template: &TemplateFile,
    names: &mut PromptNames,
) -> Option<ResourceName> {
    let at: Vec<&str> = template.key.iter().map(String::as_str).collect();
    if template
        .file
        .as_str()
        .is_some_and(|file| !is_below(file.strip_prefix("./").unwrap_or(file)))
    {
        notes.left_out(&at, "the file is not below the folder of the configuration");
        return None;
    }
    let prompt = from_file(notes, &at, &template.file)?;
    let name = names.name(&wanted, is_own)?;
    notes.adapted(&at, format!("becomes prompts/{name}"));
    all.prompts.insert(name.clone(), prompt);
    Some(name)
}
