use std::rc::Rc;

use jiff::Timestamp;

use super::{History, ReadError};
use crate::model::{CommitId, EnvironmentSlug, Move, Pointers, moves_between};
use crate::policy::Before;
use crate::store::ProjectFolder;

/// A commit that changed what is live in an environment, and what has been live there since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointerChange {
    /// The commit; of what a merge brings, the merge.
    pub commit: CommitId,
    /// Its effective time.
    pub at: Timestamp,
    /// What it moved; never empty, unless it made the environment.
    pub moves: Vec<Move>,
    /// Everything that is live there from this commit to the next change.
    pub live: Rc<Pointers>,
}

/// The changes of one environment's pointers along first parents, newest first; the last one made the environment.
///
/// Only values count: a commit that rewrites the file and moves nothing is passed over, and so is what the slug meant
/// before the environment was made anew. Each step reads no further back than it has to.
pub struct PointerChanges<'h> {
    history: &'h History<'h>,
    environment: EnvironmentSlug,
    /// The project's folder there, which it may have been moved to.
    folder: ProjectFolder,
    /// Where on the line the next answer is looked for, and what is live there; none: the environment's past is told.
    next: Option<(usize, Rc<Pointers>)>,
}

impl History<'_> {
    /// The changes of the pointers of `environment`; none if it is not there.
    ///
    /// # Errors
    ///
    /// When the newest commit cannot be read; of an older one, the iterator says so.
    pub fn pointer_changes(
        &self,
        environment: &EnvironmentSlug,
    ) -> Result<PointerChanges<'_>, ReadError> {
        let tip = self.line().get(self.end());
        let live = tip
            .map(|(tip, _)| self.pointers(tip, environment))
            .transpose()?
            .flatten();
        Ok(PointerChanges {
            history: self,
            environment: environment.clone(),
            folder: self.folder().clone(),
            next: live.map(|live| (self.end(), live)),
        })
    }
}

impl PointerChanges<'_> {
    /// Returns what was live in `older`, the first parent of `newer`: where the project was moved, in the folder that it came
    /// from.
    fn before(
        &mut self,
        newer: CommitId,
        older: CommitId,
    ) -> Result<Option<Rc<Pointers>>, ReadError> {
        let history = self.history;
        let found = history.pointers_of(older, &self.folder, &self.environment)?;
        if found.is_some() {
            return Ok(found);
        }
        match history.store().moved(&self.folder, newer, older)? {
            None => Ok(None),
            Some(folder) => {
                self.folder = folder;
                Ok(history.pointers_of(older, &self.folder, &self.environment)?)
            }
        }
    }

    /// The commit that brought `live`, which is there at `index` of the line.
    fn change(
        &mut self,
        mut index: usize,
        live: Rc<Pointers>,
    ) -> Result<Option<PointerChange>, ReadError> {
        while let Some((commit, at)) = self.history.line().get(index) {
            index += 1;
            let older = self.history.line().get(index);
            let before = match older {
                Some((older, _)) => self.before(commit, older)?,
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
