use envctl::store::{GitHook, HookState};

use super::{Body, HookBody, Name, place};
use crate::app::{Answer, App};

/// Remove the hooks that envctl has installed, and no others.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl hooks uninstall
  envctl hooks uninstall pre-push")]
pub struct Args {
    /// Which [default: all that are envctl's].
    #[arg(value_name = "HOOK", value_enum)]
    hooks: Vec<Name>,
    /// Show what would happen and change nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub fn run(args: &Args, app: &mut App) -> anyhow::Result<Answer> {
    let (store, folder) = place(app)?;
    let ours = |hook: &GitHook| !matches!(store.hook_state(*hook, &folder), HookState::Absent | HookState::Foreign);
    let hooks: Vec<GitHook> = match args.hooks.as_slice() {
        [] => GitHook::ALL.into_iter().filter(ours).collect(),
        names => names.iter().map(|name| name.hook()).collect(),
    };
    for hook in &hooks {
        store.require_own_hook(*hook, &folder)?;
    }
    if hooks.is_empty() {
        app.output.say("no hook of envctl's is installed");
    }
    let mut bodies = Vec::new();
    for hook in hooks {
        let there = ours(&hook);
        let path = store.hook_path(hook).display().to_string();
        if there && !args.dry_run {
            store.uninstall_hook(hook, &folder)?;
        }
        match (there, args.dry_run) {
            (false, _) => app.output.say(format!("{hook} is not installed")),
            (true, true) => app.output.say(format!("dry run: {hook} would be removed: {path}")),
            (true, false) => app.output.say(format!("removed {hook}: {path}")),
        }
        bodies.push(HookBody::of(&store, &folder, hook, Some(there && !args.dry_run)));
    }
    Ok(Answer::done(&Body { project: folder.to_string(), hooks: bodies }))
}
