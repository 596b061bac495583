//! What reference logs say about where a branch was.

use crate::model::{BranchName, CommitId};
use crate::store::error::StoreError;
use crate::store::ids::commit_id;
use crate::store::open::Store;

/// How many entries of each log are read, newest first.
const LOOKED_BACK: usize = 50;

impl Store {
    /// Returns how `branch` moved here and at every remote, newest first, each move as the commits
    /// before and after. The newest entries of the logs and the remote-tracking branches are read.
    /// Commits that are missing here are left out.
    ///
    /// # Errors
    ///
    /// When the remotes cannot be listed, or a reference cannot be read.
    pub fn seen_moves(
        &self,
        branch: &BranchName,
        tip: CommitId,
    ) -> Result<Vec<(CommitId, CommitId)>, StoreError> {
        let doing = || format!("look where {branch} was");
        let remotes = self
            .repo
            .remotes()
            .map_err(|error| StoreError::git(doing())(error))?;
        let tracking = remotes
            .iter()
            .flatten()
            .flatten()
            .map(|remote| format!("refs/remotes/{remote}/{branch}"));
        let mut moves = Vec::new();
        for name in tracking.chain([branch.reference()]) {
            // A remote-tracking branch counts as a move to the tip: a branch that was rewound here
            // and pushed by force leaves no log entry that says so.
            let tracked = self.repo.find_reference(&name).ok();
            if let Some(tracked) = tracked.and_then(|tracked| tracked.target()) {
                moves.push((commit_id(tracked), tip));
            }
            // A missing or damaged log is not an error. Reference logs are local and optional, so
            // nothing that a verdict rests on may depend on them; they only help to warn.
            let Ok(log) = self.repo.reflog(&name) else {
                continue;
            };
            let entries = log.iter().take(LOOKED_BACK);
            moves.extend(
                entries
                    .filter(|entry| !entry.id_old().is_zero())
                    .map(|entry| (commit_id(entry.id_old()), commit_id(entry.id_new()))),
            );
        }
        let mut here = Vec::new();
        for (old, new) in moves {
            if old != new && !here.contains(&(old, new)) && self.has(old)? && self.has(new)? {
                here.push((old, new));
            }
        }
        Ok(here)
    }
}
