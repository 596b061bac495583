use envctl::store::GitHook;

use super::{Body, HookBody, place};
use crate::app::{Answer, App};
use crate::render::{Cell, Table};

/// Show which hooks are installed, and where.
///
/// installed; outdated: another envctl wrote it, or it is for another folder; disabled: git passes over it, since it may not
/// be run; foreign: somebody else's; absent.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: &Args, app: &mut App) -> anyhow::Result<Answer> {
    let (store, folder) = place(app)?;
    let hooks: Vec<HookBody> = GitHook::ALL.into_iter().map(|hook| HookBody::of(&store, &folder, hook, None)).collect();
    let mut table = Table::new(&["HOOK", "STATE", "PATH"]);
    for body in &hooks {
        table.row([Cell::new(body.hook), Cell::new(body.state), Cell::new(&body.path)]);
    }
    app.answer_table(&table);
    Ok(Answer::done(&Body { project: folder.to_string(), hooks }))
}
