//! Finds, shows and reports the files of hooks.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use envctl::store::{HookFile, HookName, HookState, ProjectFolder, Store};
use schemars::JsonSchema;
use serde::Serialize;

use crate::render::{Cell, Table};

/// The answer of a command that changes hooks.
#[derive(Serialize, JsonSchema)]
pub struct HookChangeBody {
    pub project: Option<String>,
    pub dry_run: bool,
    pub changed: bool,
    pub hooks: Vec<HookBody>,
}

/// A hook as data.
#[derive(Serialize, JsonSchema)]
pub struct HookBody {
    hook: HookName,
    state: HookState,
    path: String,
    project: Option<String>,
    runs: bool,
    /// Why git does not run it.
    message: Option<String>,
    /// What a command did to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
}

impl HookBody {
    pub fn of(file: &HookFile, change: Option<&'static str>) -> Self {
        Self {
            hook: file.name,
            state: file.state,
            path: file.path.display().to_string(),
            project: file.folder.as_ref().map(ToString::to_string),
            runs: file.runs,
            message: file.why.clone(),
            change,
        }
    }
}

/// Reads the name of a hook.
pub fn hook_name() -> impl TypedValueParser<Value = HookName> {
    PossibleValuesParser::new(HookName::ALL.map(HookName::as_str)).try_map(|name| {
        let named = HookName::ALL.into_iter().find(|hook| hook.as_str() == name);
        named.ok_or("no such hook")
    })
}

/// Returns the named hooks, each once; if none are named, those that are useful in this repository.
pub fn chosen(store: &Store, named: &[HookName]) -> Vec<HookName> {
    let mut names = if named.is_empty() {
        store.usual_hooks().to_vec()
    } else {
        named.to_vec()
    };
    names.sort_unstable();
    names.dedup();
    names
}

pub fn files(
    store: &Store,
    names: &[HookName],
    folder: Option<&ProjectFolder>,
) -> anyhow::Result<Vec<HookFile>> {
    Ok(names
        .iter()
        .map(|name| store.hook(*name, folder))
        .collect::<Result<_, _>>()?)
}

/// Returns a table with a row for each hook: its name, its state, and its path.
pub fn table(lines: impl IntoIterator<Item = (HookFile, String)>) -> Table {
    let mut table = Table::new(&["HOOK", "STATE", "PATH"]);
    for (file, word) in lines {
        table.row([
            Cell::new(file.name),
            Cell::new(word),
            Cell::new(file.path.display()),
        ]);
    }
    table
}
