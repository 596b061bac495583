use super::inquiry::Inquiry;
use super::line::own_time_after;
use super::range::origins_of_merge;
use super::{ReadError, Session};
use crate::check::{Meta, Stand, Transition, check_transition, check_versions};
use crate::diag::Finding;
use crate::files::{PayloadTexts, Snapshot, State};
use crate::model::{CommitId, Identity};
use crate::store::Reading;

/// What `check` looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The tip of the branch.
    Tip,
    /// What is staged, as a step from the tip.
    Staged,
    /// What is in the work tree, as a step from the tip.
    WorkTree,
}

/// What the judge found.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The commit that was judged, or that the edits in progress are made on; none: they are made on none.
    pub commit: Option<CommitId>,
    /// What is wrong, sorted by place.
    pub findings: Vec<Finding>,
    /// The files that were judged, versions with their bytes.
    pub snapshot: Snapshot,
}

/// Asks the judge about `subject`: edits in progress as if `author` committed them now.
///
/// # Errors
///
/// When it cannot be read; a file that cannot be *understood* is a finding.
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
    let before = State::read(&committed, &session.store)?;
    let mut inquiry = Inquiry::new(&session.store, &session.folder, Some(commit));
    inquiry.look_into(PayloadTexts::of(&snapshot));
    let after = State::read(&snapshot, inquiry.payloads())?;
    let meta = Meta::unsigned(
        author.cloned(),
        own_time_after(&session.store, Some(commit), (session.now, session.now))?,
    );
    // What is taken from the other side of a merge was decided there.
    let heads = if subject == Subject::Staged {
        session.store.merge_heads()?
    } else {
        Vec::new()
    };
    let origins = match heads.as_slice() {
        [] => None,
        heads => Some(origins_of_merge(session, (commit, &before), heads, &after)?),
    };
    let stand = origins.as_ref().map_or(Stand::Live, Stand::Merge);
    let report = inquiry.ask(|facts| {
        check_transition(&Transition {
            before: &before,
            after: &after,
            meta: &meta,
            wrong_before: None,
            facts,
            stand,
        })
    })?;
    let mut findings: Vec<Finding> = report.findings().cloned().collect();
    findings.extend(check_versions(&after, &snapshot, inquiry.payloads())?);
    findings.sort();
    findings.dedup();
    Ok(Judgement {
        commit: Some(commit),
        findings,
        snapshot,
    })
}
