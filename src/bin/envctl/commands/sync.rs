use std::cell::OnceCell;

use envctl::model::{CommitId, RemoteName};
use envctl::ops::{self, SyncState, Synced};
use envctl::store::RemoteBranch;
use schemars::JsonSchema;
use serde::Serialize;

use super::writing::arguments::WriteArgs;
use super::writing::body::PushedBody;
use super::writing::session::ChangeSession;
use crate::app::{Answer, App};
use crate::context::Context;
use crate::options::ChangeArgs;
use crate::render::count;
use crate::ui::Shown;

/// Synchronize the branch with the remote: fetch, judge again, push.
///
/// Unpushed local commits are made again on top of the remote branch and judged again by the rules
/// there, if envctl made all of them; then they are pushed. If one of them cannot be pushed along,
/// nothing changes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl sync              with the remote that `git push` would use
  envctl sync upstream     with another
  envctl sync -n           what would be pushed and fetched")]
pub struct SyncArgs {
    /// The remote [default: the one that `git push` would use].
    remote: Option<RemoteName>,
    #[command(flatten)]
    change: ChangeArgs,
    /// Skip the pre-push hook, as in git.
    #[arg(long)]
    no_verify: bool,
}

#[derive(Serialize, JsonSchema)]
pub struct Body {
    #[serde(flatten)]
    context: Context,
    dry_run: bool,
    changed: bool,
    remote: RemoteName,
    /// The local branch before and after.
    old_commit: Option<CommitId>,
    new_commit: Option<CommitId>,
    /// The remote's branch before.
    theirs: Option<CommitId>,
    pushed: Option<PushedBody>,
    notes: Vec<String>,
}

pub fn run(args: &SyncArgs, app: &mut App) -> anyhow::Result<Answer> {
    let write = WriteArgs {
        dry_run: args.change.dry_run,
        message: None,
        yes: args.change.yes,
        push: Some(args.remote.clone()),
        no_verify: args.no_verify,
        written: OnceCell::new(),
    };
    let ChangeSession {
        session, context, ..
    } = ChangeSession::open(app, &write)?;
    let (Some(sync_state), Some(upstream)) = (session.sync_state(), session.upstream()) else {
        unreachable!("a session that is opened to push has both")
    };
    let place = upstream.place.clone();
    let operation = app.process.operation(&session.store, write.hooks())?;
    let synced = if args.change.dry_run {
        None
    } else {
        Some(ops::sync(&session, &operation)?)
    };
    app.landed |= synced
        .as_ref()
        .is_some_and(|synced| synced.delivery.is_some());
    let notes = synced
        .as_ref()
        .map(|synced| synced.notes.clone())
        .unwrap_or_default();
    for note in &notes {
        app.output.warn(Shown(note));
    }
    let after = if args.change.dry_run {
        sync_state.ours
    } else {
        session.store.tip(&place.branch)?
    };
    app.output.say(said(&sync_state, &place, synced.as_ref()));
    let body = Body {
        context,
        dry_run: args.change.dry_run,
        changed: is_news(&sync_state),
        remote: place.remote,
        old_commit: sync_state.ours,
        new_commit: after,
        theirs: sync_state.theirs,
        pushed: synced
            .as_ref()
            .and_then(|synced| synced.delivery.as_ref())
            .map(PushedBody::of),
        notes,
    };
    Ok(app.done(&body))
}

/// Reports whether the two branches differ.
fn is_news(sync_state: &SyncState) -> bool {
    sync_state.ours != sync_state.theirs
}

/// Returns what happened, or without `synced` what would happen.
fn said(sync_state: &SyncState, place: &RemoteBranch, synced: Option<&Synced>) -> String {
    let here = &place.branch;
    match (synced, sync_state.theirs) {
        _ if !is_news(sync_state) => format!("{here} is up to date with {place}"),
        (
            Some(Synced {
                delivery: Some(delivery),
                ..
            }),
            Some(_),
        ) => {
            format!("{} pushed to {place}", count(delivery.commits, "commit"))
        }
        (
            Some(Synced {
                delivery: Some(_), ..
            }),
            None,
        ) => format!("pushed to {place}, which is new"),
        (Some(_), _) => format!("{here} follows {place}"),
        (None, None) => {
            format!(
                "dry run: {here} would be pushed to {place}, which is not there yet; nothing was changed"
            )
        }
        (None, _) if sync_state.unpushed == 0 => {
            format!("dry run: {here} would follow {place}; nothing was changed")
        }
        (None, _) => {
            let commits = count(sync_state.unpushed, "commit");
            format!("dry run: {commits} would be pushed to {place}; nothing was changed")
        }
    }
}
