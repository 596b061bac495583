use std::rc::Rc;

use jiff::Timestamp;

use super::course::{files_of, served};
use super::{History, ReadError};
use crate::model::{CommitId, EnvironmentSlug, Move, Pointers, moves_between};
use crate::policy::Before;
use crate::store::{PathPlace, PathStep};

/// A commit that changed what is live in an environment, and what was live there from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointerChange {
    /// The commit. For what a merge brings, this is the merge.
    pub commit: CommitId,
    /// Its effective time.
    pub at: Timestamp,
    /// What it moved. Empty only if it created the environment.
    pub moves: Vec<Move>,
    /// Everything that is live there from this commit to the next change.
    pub live: Rc<Pointers>,
}

/// The changes of one environment's pointers along first parents, newest first. The last one
/// created the environment.
///
/// Only values count: a commit that rewrites the file and moves nothing is skipped, and so is an
/// earlier environment with the same slug. Each step reads no further back than necessary.
pub struct PointerChanges<'h> {
    history: &'h History<'h>,
    environment: EnvironmentSlug,
    /// The files of the environment at the place where the search goes on, or `None` for an empty
    /// line.
    files: Option<PathPlace>,
    /// How many places before the end of the line that is, and what is live there. `None` at the
    /// end of the environment's past.
    next: Option<(usize, Rc<Pointers>)>,
}

impl History<'_> {
    /// Returns the changes of the pointers of `environment`, or none if it does not exist.
    ///
    /// # Errors
    ///
    /// When the newest commit cannot be read; of an older one, the iterator says so.
    pub fn pointer_changes(
        &self,
        environment: &EnvironmentSlug,
    ) -> Result<PointerChanges<'_>, ReadError> {
        let paths = files_of(environment);
        let (line, end) = (self.line().first_parents(), self.end());
        let paths = paths.each_ref().map(String::as_str);
        let files = PathPlace::of(self.store(), line, end, (self.folder(), &paths))?;
        let live = files.as_ref().map(|files| served(self.store(), files));
        let live = live.transpose()?.flatten();
        Ok(PointerChanges {
            history: self,
            environment: environment.clone(),
            files,
            next: live.map(|live| (end, live)),
        })
    }
}

impl PointerChanges<'_> {
    /// Returns the commit that made `live`, which is live at `index` of the line.
    fn change(
        &mut self,
        mut index: usize,
        live: Rc<Pointers>,
    ) -> Result<Option<PointerChange>, ReadError> {
        let (store, line) = (self.history.store(), self.history.line());
        let Some(files) = &mut self.files else {
            return Ok(None);
        };
        // Files may change without moving a pointer, so each change of bytes is parsed and compared
        // by value.
        while let Some((commit, at)) = line.get(index) {
            index += 1;
            let before = match files.older(store, line.first_parents())? {
                Some(PathStep::Same) => continue,
                Some(PathStep::Changed) => served(store, files)?,
                None => None,
            };
            let before = match Before::of(before, &live) {
                Before::Same => continue,
                Before::Other(before) => Some(before),
                Before::Nothing => None,
            };
            let moves = moves_between(
                &self.environment,
                before.as_deref().unwrap_or(&Pointers::new()),
                &live,
            );
            self.next = before.map(|before| (index, before));
            return Ok(Some(PointerChange {
                commit,
                at,
                moves,
                live,
            }));
        }
        Ok(None)
    }
}

impl Iterator for PointerChanges<'_> {
    type Item = Result<PointerChange, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (index, live) = self.next.take()?;
        self.change(index, live).transpose()
    }
}
