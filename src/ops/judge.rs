use super::inquiry::Inquiry;
use super::line::own_time_after;
use super::range::origins_of_merge;
use super::{ReadError, Session, View};
use crate::check::{Meta, Stand, Transition, check_transition, check_versions};
use crate::diag::{Finding, Severity};
use crate::files::{PayloadTexts, Snapshot, State};
use crate::model::{CommitId, Identity, changed_entries};
use crate::policy::compared_parent;
use crate::store::{Ancestors, Reading};

/// What `check` judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The tip of the branch.
    Tip,
    /// What is staged, as a step from the tip.
    Staged,
    /// What is in the work tree, as a step from the tip.
    WorkTree,
}

/// The judge's result.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The commit that was judged, or that the edits in progress are based on. `None` if there is
    /// none.
    pub commit: Option<CommitId>,
    /// What is wrong, sorted by place.
    pub findings: Vec<Finding>,
    /// The files that were judged, versions with their bytes.
    pub snapshot: Snapshot,
}

/// Judges `subject`. Edits in progress are judged as if `author` committed them now.
///
/// # Errors
///
/// When it cannot be read. A file that cannot be *parsed* is a finding.
pub fn judge(
    session: &Session,
    subject: Subject,
    author: Option<&Identity>,
) -> Result<Judgement, ReadError> {
    let commit = session.tip()?;
    let committed = session
        .store
        .snapshot(commit, &session.folder, Reading::Everything)?;
    let snapshot = match subject {
        Subject::Tip => {
            let payloads = PayloadTexts::of(&committed).over(&session.store);
            let state = State::read(&committed, &payloads)?;
            let findings = check_versions(&state, &committed, &payloads)?;
            return Ok(Judgement {
                commit: Some(commit),
                findings,
                snapshot: committed,
            });
        }
        Subject::Staged => session.store.staged(&session.folder)?,
        Subject::WorkTree => session.store.work_tree_snapshot(&session.folder)?,
    };
    // 1. Edits are a step from the tip. A merge in progress is compared with the same parent that
    //    its commit will be compared with, so that the hook before the commit and the check after
    //    it agree.
    let mut others = vec![commit];
    others.extend(session.store.merge_heads()?);
    let tip = State::read(&committed, &session.store)?;
    let takes_in_live = live_parent(session, &tip, &others)?;
    let on = others.remove(takes_in_live.unwrap_or(0));
    let before = match takes_in_live {
        Some(_) => session.view_here(on)?.state,
        None => tip,
    };
    let mut inquiry = Inquiry::new(&session.store, &session.folder, Some(on));
    inquiry.look_into(PayloadTexts::of(&snapshot));
    let after = State::read(&snapshot, inquiry.payloads())?;
    let meta = Meta::unsigned(
        author.cloned(),
        own_time_after(&session.store, Some(commit), (session.now, session.now))?,
    );
    // 2. What a merge takes from its other sides was decided there, by the authors of those
    //    commits. Without this, whoever merges would need every permission that was used on the
    //    branch.
    let origins = match others.as_slice() {
        [] => None,
        others => Some(origins_of_merge(session, (on, &before), others, &after)?),
    };
    let stand = match (takes_in_live, &origins) {
        (Some(_), origins) => Stand::Branch {
            live: &before.project,
            origins: origins.as_ref(),
        },
        (None, Some(origins)) => Stand::Merge(origins),
        (None, None) => Stand::Live,
    };
    // 3. The last commit of a branch may still be amended. There a version counts as published, and
    //    thus immutable, only once it is on the live branch.
    let live = live_elsewhere(session, &before)?;
    let report = inquiry.ask(|facts| {
        check_transition(&Transition {
            before: &before,
            after: &after,
            meta: &meta,
            wrong_before: None,
            published: live.as_ref().map(|live| &live.state.project),
            facts,
            stand,
        })
    })?;
    let mut findings: Vec<Finding> = report.findings().cloned().collect();
    findings.extend(check_versions(&after, &snapshot, inquiry.payloads())?);
    // Findings that were there before do not block a change that the judge allows, so they are
    // shown as warnings. The change itself introduces no error in that case.
    let changes = !changed_entries(&before.project, &after.project).is_empty();
    if changes && report.allows_write() {
        for finding in &mut findings {
            finding.severity = Severity::Warning;
        }
    }
    findings.sort();
    findings.dedup();
    Ok(Judgement {
        commit: Some(commit),
        findings,
        snapshot,
    })
}

/// Returns the project on the branch that it calls live, if this session works on another.
fn live_elsewhere(session: &Session, here: &State) -> Result<Option<View>, ReadError> {
    let Some(branch) = here.project.settings.branch.as_ref() else {
        return Ok(None);
    };
    if session.target.branch() == Some(branch) {
        return Ok(None);
    }
    match session.store.tip(branch)? {
        Some(tip) => session.view_of(tip).map(Some),
        None => Ok(None),
    }
}

/// Returns the index of the parent of a merge in progress by which a branch takes in what is live,
/// or `None` if there is none.
///
/// Such a merge is compared with the live parent, so that the branch may give up a version whose
/// number is taken there.
fn live_parent(
    session: &Session,
    tip: &State,
    parents: &[CommitId],
) -> Result<Option<usize>, ReadError> {
    let branch = tip.project.settings.branch.as_ref();
    let live = match branch.filter(|_| parents.len() > 1) {
        Some(branch) => session.store.tip(branch)?,
        None => None,
    };
    let mut landed = Ancestors::of(live);
    let mut is_live = Vec::new();
    for parent in parents {
        is_live.push(live.is_some() && landed.contain(&session.store, *parent)?);
    }
    Ok(Some(compared_parent(is_live)).filter(|at| *at > 0))
}
