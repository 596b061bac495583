use envctl::store::{HookFile, HookName, HookState};
use schemars::JsonSchema;
use serde::Serialize;

use super::files::{HookBody, files, table};
use crate::app::{Answer, App};
use crate::ui::Shown;

/// List the hooks that envctl can install, and their states.
///
/// `installed`: git runs it. `outdated`: another version of envctl wrote it, or somebody changed
/// it. `disabled`: it is not executable, so git ignores it. `foreign`: envctl did not write it, or
/// it is for another project. `absent`: it does not exist.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl hooks status
  envctl hooks status --json | jq -r '.hooks[] | select(.state != \"installed\") | .hook'")]
pub struct HooksStatusArgs {}

#[derive(Serialize, JsonSchema)]
pub struct Body {
    project: Option<String>,
    hooks: Vec<HookBody>,
}

pub fn run(_: &HooksStatusArgs, app: &mut App) -> anyhow::Result<Answer> {
    let store = app.store()?;
    let folder = app.session().ok().map(|session| session.folder);
    let files = files(&store, &HookName::ALL, folder.as_ref())?;
    app.answer_table(&table(
        files
            .iter()
            .map(|file| (file.clone(), file.state.to_string())),
    ));
    for remark in files.iter().filter_map(remark) {
        app.output.say(Shown(&remark));
    }
    let hooks = files.iter().map(|file| HookBody::of(file, None)).collect();
    Ok(app.done(&Body {
        project: folder.as_ref().map(ToString::to_string),
        hooks,
    }))
}

/// Returns what the state alone does not show.
fn remark(file: &HookFile) -> Option<String> {
    let name = file.name;
    Some(match file.state {
        HookState::Installed | HookState::Absent => return None,
        HookState::Outdated => format!("the {name} hook is outdated: envctl hooks install {name}"),
        HookState::Disabled => {
            format!(
                "the {name} hook may not be run, so git ignores it: envctl hooks install {name}"
            )
        }
        HookState::Foreign => {
            let idle = if file.runs {
                ""
            } else {
                ", and may not be run, so git ignores it"
            };
            format!(
                "the {name} hook is {}{idle}",
                file.why.as_deref().unwrap_or("not envctl's")
            )
        }
    })
}
