use std::path::Path;

use envctl::ops::Session;
use envctl::store::{Head, HookFile, HookName, HookState, ProjectFolder, Store};

use super::files::{HookBody, HookChangeBody, chosen, files, hook_name, table};
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;
use crate::options::ChangeArgs;
use crate::render::joined;
use crate::ui::Shown;

/// Install git hooks that run `envctl check`, or update outdated ones.
///
/// Without names: pre-commit and pre-push, in a bare repository pre-receive. A hook that envctl did
/// not write is never overwritten: then nothing is installed (exit 4), and the hint has the line to
/// add to it.
///
/// They are installed where git looks for them: in the folder that core.hooksPath names, or else in
/// the one that all linked worktrees share. They run the envctl on the PATH, and refuse if there is
/// none.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl hooks install
  envctl hooks install pre-push
  envctl hooks install --project services/gateway     for a project in a subfolder")]
pub struct HooksInstallArgs {
    /// The hooks.
    #[arg(value_name = "HOOK", value_parser = hook_name())]
    hooks: Vec<HookName>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub fn run(args: &HooksInstallArgs, app: &mut App) -> anyhow::Result<Answer> {
    let (store, folder) = &place(app)?;
    let names = chosen(store, &args.hooks);
    if let Some(name) = names
        .iter()
        .find(|name| store.is_bare() && **name == HookName::PreCommit)
    {
        let message = format!("git never runs a {name} hook in a bare repository");
        return Err(Failure::new(Exit::Usage, "usage", message)
            .hint("envctl hooks install pre-receive")
            .into());
    }
    let before = files(store, &names, Some(folder))?;
    if before.iter().any(|file| file.state == HookState::Foreign) {
        return Err(refusal(&before, folder).into());
    }
    if !args.change.dry_run {
        names
            .iter()
            .try_for_each(|name| store.install_hook(*name, folder).map(drop))?;
    }
    let after = if args.change.dry_run {
        before.clone()
    } else {
        files(store, &names, Some(folder))?
    };
    app.answer_table(&table(
        before
            .iter()
            .map(|file| (file.clone(), action(file.state).to_owned())),
    ));
    say(app, args, &before);
    warn_of_shared_folder(app, store, &before)?;
    Ok(app.done(&HookChangeBody {
        project: Some(folder.to_string()),
        dry_run: args.change.dry_run,
        changed: before.iter().any(|file| file.state != HookState::Installed),
        hooks: after
            .iter()
            .zip(&before)
            .map(|(file, was)| HookBody::of(file, Some(action(was.state))))
            .collect(),
    }))
}

/// Returns the repository, and the folder of the project that the hooks are for. A server has hooks
/// before anything is pushed to it; they are for the named project, or else for any project.
fn place(app: &mut App) -> anyhow::Result<(Store, ProjectFolder)> {
    let store = app.store()?;
    let empty = match store.head()? {
        Head::Branch(branch) => store.tip(&branch)?.is_none(),
        Head::Detached(_) => false,
    };
    if store.is_bare() && empty {
        let named = app.named_project(&store)?;
        let folder = named
            .as_deref()
            .and_then(Path::to_str)
            .unwrap_or_default()
            .parse()?;
        return Ok((store, folder));
    }
    let Session { store, folder, .. } = app.session()?;
    Ok((store, folder))
}

/// Returns what installing does with a hook in this state.
fn action(before: HookState) -> &'static str {
    match before {
        HookState::Absent => "installed",
        HookState::Outdated => "refreshed",
        HookState::Disabled => "enabled",
        HookState::Installed | HookState::Foreign => "unchanged",
    }
}

fn say(app: &mut App, args: &HooksInstallArgs, before: &[HookFile]) {
    if before.iter().all(|file| file.state == HookState::Installed) {
        app.output.say("already installed; nothing to do");
    } else if args.change.dry_run {
        app.output.say("dry run: nothing was changed");
    } else {
        app.output.say(format!(
            "undo: envctl hooks uninstall {}",
            joined(before.iter().map(|file| file.name), " ")
        ));
    }
}

/// Warns if the user's settings name the folder of hooks, because all their repositories share it.
fn warn_of_shared_folder(app: &mut App, store: &Store, before: &[HookFile]) -> anyhow::Result<()> {
    if !store.shares_hooks()? {
        return Ok(());
    }
    if let Some(folder) = before.first().and_then(|file| file.path.parent()) {
        app.output.warn(Shown(&format!(
            "core.hooksPath is set for all repositories of this user, so all of them run the hooks in {}",
            folder.display()
        )));
    }
    Ok(())
}

/// Returns the failure if one of the hooks is in the way: then none is installed.
fn refusal(files: &[HookFile], folder: &ProjectFolder) -> Failure {
    let (foreign, free): (Vec<_>, Vec<_>) = files
        .iter()
        .partition(|file| file.state == HookState::Foreign);
    let what = foreign.iter().map(|file| {
        let why = file.why.as_deref().unwrap_or("not envctl's");
        format!("the {} hook at {} is {why}", file.name, file.path.display())
    });
    let message = format!("{}: nothing was installed", joined(what, "; "));
    let failure = foreign.iter().fold(
        Failure::new(Exit::Refused, "foreign-hook", message),
        |failure, file| {
            failure.hint(match &file.folder {
                Some(other) => format!(
                    "one hook for both: write your own, with the lines {} and {}",
                    file.line(other),
                    file.line(folder)
                ),
                None => format!("add this line to it: {}", file.line(folder)),
            })
        },
    );
    if free.is_empty() {
        return failure;
    }
    failure.hint(format!(
        "install the others: envctl hooks install {}",
        joined(free.iter().map(|file| file.name), " ")
    ))
}
