use envctl::store::HookState;

use super::{Body, HookBody, Name, chosen, place};
use crate::app::{Answer, App};

/// Let git ask envctl before it commits, pushes, or takes what is pushed.
///
/// Without a name: pre-commit and pre-push, in a bare repository pre-receive. The hooks run the envctl that is on the PATH then, and
/// fail if there is none. core.hooksPath counts, as for git.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl hooks install
  envctl hooks install pre-push
  envctl -C /srv/git/gateway.git hooks install      on a server: pre-receive")]
pub struct Args {
    /// Which [default: those that make sense here].
    #[arg(value_name = "HOOK", value_enum)]
    hooks: Vec<Name>,
    /// Show what would happen and change nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub fn run(args: &Args, app: &mut App) -> anyhow::Result<Answer> {
    let (store, folder) = place(app)?;
    let hooks = chosen(&args.hooks, &store);
    // Either all are written or none, as far as that can be known before.
    for hook in &hooks {
        store.require_own_hook(*hook, &folder)?;
    }
    let mut bodies = Vec::new();
    for hook in hooks {
        let path = store.hook_path(hook).display().to_string();
        let changes = store.hook_state(hook, &folder) != HookState::Installed;
        if changes && !args.dry_run {
            store.install_hook(hook, &folder)?;
        }
        match (changes, args.dry_run) {
            (false, _) => app.output.say(format!("{hook} is installed already: {path}")),
            (true, true) => app.output.say(format!("dry run: {hook} would be installed: {path}")),
            (true, false) => app.output.say(format!("installed {hook}: {path}")),
        }
        bodies.push(HookBody::of(&store, &folder, hook, Some(changes && !args.dry_run)));
    }
    Ok(Answer::done(&Body { project: folder.to_string(), hooks: bodies }))
}
