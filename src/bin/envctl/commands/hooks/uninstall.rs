use envctl::store::{HookFile, HookName, HookState, ProjectFolder, Store, shell_word};

use super::files::{HookBody, HookChangeBody, chosen, files, hook_name, table};
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;
use crate::options::ChangeArgs;
use crate::ui::Shown;

/// Remove the hooks that envctl installed.
///
/// Without names: pre-commit and pre-push, in a bare repository pre-receive. A hook that envctl did
/// not write stays; naming it is refused (exit 4).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl hooks uninstall
  envctl hooks uninstall pre-push")]
pub struct HooksUninstallArgs {
    /// The hooks.
    #[arg(value_name = "HOOK", value_parser = hook_name())]
    hooks: Vec<HookName>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub fn run(args: &HooksUninstallArgs, app: &mut App) -> anyhow::Result<Answer> {
    let store = app.store()?;
    // The hooks can be removed even if the project no longer exists or cannot be read.
    let folder = app.session().ok().map(|session| session.folder);
    let before = files(&store, &chosen(&store, &args.hooks), folder.as_ref())?;
    let (foreign, rest): (Vec<HookFile>, Vec<HookFile>) = before
        .into_iter()
        .partition(|file| file.state == HookState::Foreign);
    if let Some(file) = foreign.first().filter(|_| !args.hooks.is_empty()) {
        return Err(refusal(file).into());
    }
    let ours: Vec<HookFile> = rest
        .into_iter()
        .filter(|file| file.state != HookState::Absent)
        .collect();
    let after = if args.change.dry_run {
        ours.clone()
    } else {
        remove(&store, &ours, folder.as_ref())?
    };
    app.answer_table(&table(
        ours.iter().map(|file| (file.clone(), "removed".to_owned())),
    ));
    for file in &foreign {
        app.output.say(Shown(&left_alone(file)));
    }
    match (ours.is_empty(), args.change.dry_run) {
        (true, _) => app
            .output
            .say("no hook of envctl's is installed; nothing to do"),
        (false, true) => app.output.say("dry run: nothing was changed"),
        (false, false) => {}
    }
    let unchanged = foreign
        .iter()
        .map(|file| HookBody::of(file, Some("unchanged")));
    Ok(app.done(&HookChangeBody {
        project: folder.as_ref().map(ToString::to_string),
        dry_run: args.change.dry_run,
        changed: !ours.is_empty(),
        hooks: after
            .iter()
            .map(|file| HookBody::of(file, Some("removed")))
            .chain(unchanged)
            .collect(),
    }))
}

fn remove(
    store: &Store,
    ours: &[HookFile],
    folder: Option<&ProjectFolder>,
) -> anyhow::Result<Vec<HookFile>> {
    for file in ours {
        store.uninstall_hook(file.name, folder)?;
    }
    files(
        store,
        &ours.iter().map(|file| file.name).collect::<Vec<_>>(),
        folder,
    )
}

fn left_alone(file: &HookFile) -> String {
    let why = file.why.as_deref().unwrap_or("not envctl's");
    format!(
        "the {} hook at {} is {why}, so it was left alone",
        file.name,
        file.path.display()
    )
}

fn refusal(file: &HookFile) -> Failure {
    let failure = Failure::new(Exit::Refused, "foreign-hook", left_alone(file));
    match &file.folder {
        Some(other) => {
            let project = shell_word(&other.to_string());
            failure.hint(format!(
                "envctl hooks uninstall {} --project={project}",
                file.name
            ))
        }
        None => failure.hint("envctl did not install it, so remove it yourself"),
    }
}
