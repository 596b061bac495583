//! Which commits an update brings to a live branch, or makes live by making its branch the live one.

use std::collections::BTreeSet;

use super::{PushJudge, PushedBranch};
use crate::model::{BranchName, CommitId};
use crate::ops::ReadError;
use crate::ops::range::asked::Range;
use crate::ops::range::live::{LiveBranch, named, was_live};
use crate::ops::range::refusal::{PushError, Refusal};

impl PushJudge<'_> {
    /// Returns the commits that the update brings to the live branch of a project, or `None` if it
    /// does not concern that.
    pub(super) fn range(&self, case: &PushedBranch<'_>) -> Result<Option<Range>, PushError> {
        let PushedBranch {
            folder,
            branch,
            update,
        } = *case;
        if !self.is_live(case)? {
            return self.takeover(case);
        }
        // Deleted or moved back, the branch would take away what was live without any commit that
        // says so, and so without anybody who answers for it. No verdict on commits can find that.
        let refused =
            |refusal: fn(BranchName) -> Refusal| Err(PushError::Refused(refusal(branch.clone())));
        let Some(head) = update.new else {
            return refused(Refusal::Deleted);
        };
        if let Some(old) = update.old
            && !self.store.is_ancestor(old, head).map_err(ReadError::from)?
        {
            return refused(Refusal::NotForward);
        }
        // A handover in the same push: the new branch must continue this one from its new tip, or
        // commits of this push would be live without being on the new live line.
        if let LiveBranch::Branch(next) = named(self.store, head, folder)?
            && next != *branch
            && let Some(tip) = self.branches.after(&next)?
            && self.calls_live(Some(tip), folder, &next)?
        {
            self.require_on_line(tip, (branch, head), &next)?;
        }
        Ok(Some(Range {
            base: update.old,
            head,
        }))
    }

    /// Returns the commits of a branch that was not live and begins to call itself live: those
    /// since what was live until now.
    fn takeover(&self, case: &PushedBranch<'_>) -> Result<Option<Range>, PushError> {
        let PushedBranch {
            folder,
            branch,
            update,
        } = *case;
        let Some(head) = update.new else {
            return Ok(None);
        };
        match named(self.store, head, folder)? {
            // Settings that cannot be read may name this branch. Judged as if they did, since the
            // commits would otherwise be live without a verdict as soon as somebody repairs the
            // file.
            LiveBranch::Unreadable => {}
            LiveBranch::Branch(live) if live == *branch => {}
            LiveBranch::NoProject | LiveBranch::Branch(_) => return Ok(None),
        }
        let line = self.store.line(head).map_err(ReadError::from)?;
        let place = |commit: CommitId| line.commits().iter().position(|known| *known == commit);
        // Everything up to a branch that is live, or was until this push, was judged when it was
        // pushed there. The newest such place on the line is where the range begins.
        let mut judged_already = BTreeSet::new();
        for (other, tip) in self.branches.all_after()? {
            if other == *branch {
                continue;
            }
            let LiveBranch::Branch(live) = named(self.store, tip, folder)? else {
                continue;
            };
            if live == *branch && was_live(self.store, tip, folder, &other)? {
                self.require_on_line(head, (&other, tip), branch)?;
                judged_already.extend(place(tip));
            } else if live == other {
                judged_already.extend(place(tip));
            }
        }
        let base = match (judged_already.first(), update.old) {
            (Some(place), _) => line.commits().get(*place).copied(),
            // Before the branch had a project, nothing was live that a new project could take over
            // from, so its older commits need no verdict. Otherwise all of its history is judged.
            (None, Some(old))
                if named(self.store, old, folder)? == LiveBranch::NoProject
                    && place(old).is_some() =>
            {
                Some(old)
            }
            (None, _) => None,
        };
        Ok(Some(Range { base, head }))
    }

    /// Succeeds if `tip`, the tip of the branch `from`, is on the first-parent line of `head`, the
    /// tip of `to`.
    fn require_on_line(
        &self,
        head: CommitId,
        (from, tip): (&BranchName, CommitId),
        to: &BranchName,
    ) -> Result<(), PushError> {
        let line = self.store.line(head).map_err(ReadError::from)?;
        if line.commits().contains(&tip) {
            return Ok(());
        }
        let (from, to) = (from.clone(), to.clone());
        Err(PushError::Refused(Refusal::Elsewhere { from, tip, to }))
    }
}
