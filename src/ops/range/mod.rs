//! Judges ranges of commits, as `envctl check BASE..HEAD` and the hooks of a server ask for.

mod asked;
mod branch;
mod combined;
mod displaced;
mod folders;
mod inputs;
mod joint;
mod landing;
mod line;
mod live;
mod malformed;
mod net;
mod pasts;
mod pin;
mod pushed;
mod rebased;
mod refusal;
mod repair;
mod report;
mod terms;
mod update;
mod walk;

use self::displaced::displaced_before;
use self::inputs::{Landing, RangeInputs};
use super::{ReadError, Session};
use crate::files::State;
use crate::model::CommitId;
use crate::policy::Origins;
use crate::store::{Ancestors, ProjectFolder};

pub use asked::{LandingWay, Pin, Range};
pub use displaced::Displaced;
pub use live::PushDestination;
pub use pushed::{Push, PushedRange, judge_push};
pub use refusal::{PushError, Refusal, Unjudged};
pub use report::{Assurance, CommitFindings, LandingVerdict, RangeReport};
pub use update::Update;

/// Judges every commit of `range`.
///
/// # Errors
///
/// When history is shallow, altered or incomplete; [`ReadError::OffTheLine`] if the base is not on the first-parent line
/// of the head, where it has to be.
pub fn check_range(
    session: &mut Session,
    range: Range,
    pin: Pin,
) -> Result<RangeReport, ReadError> {
    session.store.ignore_commit_graph();
    let report = range_report(session, range, pin);
    // Asked after the verdict as well: an error that only says that the limit was hit may have been
    // taken for a missing file on the way.
    session.store.require_budget()?;
    report
}

fn range_report(session: &Session, range: Range, pin: Pin) -> Result<RangeReport, ReadError> {
    let folder = match range.base {
        Some(base) => judged_folder(session, pin, base, range.head)?,
        None => session.folder.clone(),
    };
    let inputs = RangeInputs {
        store: &session.store,
        folder: &folder,
        now: session.now,
        received: (pin == Pin::Received).then_some(session.now),
    };
    judge_range(&inputs, range, pin)
}

/// Returns the commit that was live on the branch of `session` and whose line a merge has replaced,
/// as far as reference logs and remote-tracking branches show it. Returns `None` if the branch is
/// not the live one.
///
/// # Errors
///
/// When history cannot be read.
pub fn displaced(session: &Session) -> Result<Option<Displaced>, ReadError> {
    let view = session.view(None)?;
    let live = view.state.project.settings.branch;
    let Some(branch) = session
        .target
        .branch()
        .filter(|branch| live.as_ref() == Some(branch))
    else {
        return Ok(None);
    };
    let inputs = RangeInputs {
        store: &session.store,
        folder: &session.folder,
        now: session.now,
        received: None,
    };
    displaced_before(&inputs, branch, view.commit)
}

/// Returns the folder of the project that a range is judged for.
///
/// The session's folder was found at the end of the range. If `base` has no project there, the
/// range may have put this one in front of another, so that it is found first, or in its place. By
/// the rules of `base`, that other project is judged.
fn judged_folder(
    session: &Session,
    pin: Pin,
    base: CommitId,
    head: CommitId,
) -> Result<ProjectFolder, ReadError> {
    let (store, folder) = (&session.store, &session.folder);
    if store.has_project(base, folder)? {
        return Ok(folder.clone());
    }
    if pin.is_pinned() {
        let mut above = folder.parent();
        while let Some(outer) = above {
            if store.has_project(base, &outer)? {
                return Ok(outer);
            }
            above = outer.parent();
        }
    }
    let gone = folders::gone(store, base, head)?;
    match (gone.as_slice(), pin) {
        ([], _) => Ok(folder.clone()),
        ([moved], Pin::Base | Pin::Landing(_)) => Ok(moved.clone()),
        // The walk along the line follows the project to where it ends.
        ([_], Pin::Line | Pin::Received) => Ok(folder.clone()),
        _ => Err(ReadError::SeveralGone { folders: gone }),
    }
}

fn judge_range(inputs: &RangeInputs<'_>, range: Range, pin: Pin) -> Result<RangeReport, ReadError> {
    // A verdict depends only on the content of objects. Grafts and replacements are kept beside
    // them and can be edited without a trace.
    inputs.store.require_unaltered_history()?;
    match (pin, range.base) {
        (Pin::Base, Some(base)) => pin::judge(inputs, (base, range.head), None),
        (Pin::Landing(way), Some(base)) => pin::judge(inputs, (base, range.head), Some(way)),
        _ => line::judge(inputs, range),
    }
}

/// Returns who set what the future merge `after` takes from `heads`. It merges them into the commit
/// `tip`, which has the state `before`.
pub(super) fn origins_of_merge(
    session: &Session,
    (tip, before): (CommitId, &State),
    heads: &[CommitId],
    after: &State,
) -> Result<Origins, ReadError> {
    let inputs = RangeInputs {
        store: &session.store,
        folder: &session.folder,
        now: session.now,
        received: None,
    };
    let brought = session
        .store
        .brought_by(heads, &mut Ancestors::of(Some(tip)))?;
    let mut branch = branch::Branch::new(
        &inputs,
        inputs.folder,
        (tip, before),
        Landing::on(&inputs, tip)?,
    );
    branch.judge(&brought, heads)?;
    branch.origins((tip, &before.project), heads, &after.project)
}
