use std::collections::{BTreeSet, HashMap, HashSet};

use crate::model::CommitId;
use crate::store::error::StoreError;
use crate::store::open::Store;

/// How many commits a search visits before it asks which of them are live already. Most branches
/// are shorter, and begin at a commit that the search meets by itself.
const FEW: usize = 256;

/// The ancestors of a commit, and the commit itself. They are read once, and only when needed.
pub struct Ancestors {
    of: Option<CommitId>,
    all: Option<HashSet<CommitId>>,
    /// What was added before the ancestors were read.
    added: HashSet<CommitId>,
}

impl Ancestors {
    /// Returns the ancestors of `commit`; of `None` there are none.
    pub fn of(commit: Option<CommitId>) -> Self {
        Self {
            of: commit,
            all: None,
            added: commit.into_iter().collect(),
        }
    }

    /// Counts `commit` among them.
    pub fn add(&mut self, commit: CommitId) {
        self.all.as_mut().unwrap_or(&mut self.added).insert(commit);
    }

    /// Reports whether `commit` is one of them.
    ///
    /// # Errors
    ///
    /// When history cannot be read.
    pub fn contain(&mut self, store: &Store, commit: CommitId) -> Result<bool, StoreError> {
        if self.added.contains(&commit) {
            return Ok(true);
        }
        let all = match self.all.take() {
            Some(all) => all,
            None => self.read(store)?,
        };
        Ok(self.all.insert(all).contains(&commit))
    }

    fn read(&mut self, store: &Store) -> Result<HashSet<CommitId>, StoreError> {
        let mut all = std::mem::take(&mut self.added);
        let mut open: Vec<CommitId> = self.of.into_iter().collect();
        let (odb, boundary) = (store.odb()?, store.shallow_boundary()?);
        while let Some(commit) = open.pop() {
            // Before its parents are asked for: at the boundary libgit2 reports no parents, and
            // history would seem to begin there. An ancestor that is cut off would count as not
            // live, and its changes as new.
            if boundary.contains(&commit) {
                return Err(StoreError::Shallow { commit });
            }
            for parent in store.headers(&odb, commit)?.parents {
                if all.insert(parent) {
                    open.push(parent);
                }
            }
        }
        Ok(all)
    }
}

/// Commits with their parents.
type Parents = Vec<(CommitId, Vec<CommitId>)>;

impl Store {
    /// Returns the commits that lead to `tips` and are not among `live`, each after all its
    /// parents, with those parents.
    ///
    /// # Errors
    ///
    /// When a commit cannot be read, or a shallow clone leaves it out.
    pub fn brought_by(
        &self,
        tips: &[CommitId],
        live: &mut Ancestors,
    ) -> Result<Parents, StoreError> {
        // In two attempts, because reading all ancestors of what is live costs seconds in a long
        // history. A short branch is collected without that: it ends where the walk meets a commit
        // that is known to be live.
        match self.collect(tips, live, Some(FEW))? {
            Some(found) => Ok(found),
            None => Ok(self.collect(tips, live, None)?.unwrap_or_default()),
        }
    }

    /// Does what [`Store::brought_by`] does. With a limit, returns `None` if it would take reading
    /// all that is live.
    fn collect(
        &self,
        tips: &[CommitId],
        live: &mut Ancestors,
        limit: Option<usize>,
    ) -> Result<Option<Parents>, StoreError> {
        let (odb, boundary) = (self.odb()?, self.shallow_boundary()?);
        let mut parents: HashMap<CommitId, Vec<CommitId>> = HashMap::new();
        let mut open: Vec<CommitId> = tips.to_vec();
        while let Some(commit) = open.pop() {
            let known = match limit {
                // Without the full set, only the tip and what was added are known to be live. The
                // walk may run past the fork into live commits; the limit ends that.
                Some(_) if live.all.is_none() => live.added.contains(&commit),
                _ => live.contain(self, commit)?,
            };
            if known || parents.contains_key(&commit) {
                continue;
            }
            if limit.is_some_and(|limit| parents.len() >= limit) {
                return Ok(None);
            }
            if boundary.contains(&commit) {
                return Err(StoreError::Shallow { commit });
            }
            let of = self.headers(&odb, commit)?.parents;
            // A root commit: whether it is a second root that the branch brings, or the first commit of the live history, cannot be decided without reading all of that history.
            if of.is_empty() && limit.is_some() && live.all.is_none() && live.of.is_some() {
                return Ok(None);
            }
            open.extend(&of);
            parents.insert(commit, of);
        }
        Ok(Some(sorted(tips, parents)))
    }
}

/// Sorts each commit after its parents. Tips keep their order, and what leads to the first of them
/// comes before what leads to the next.
fn sorted(tips: &[CommitId], mut parents: HashMap<CommitId, Vec<CommitId>>) -> Parents {
    let mut sorted = Vec::with_capacity(parents.len());
    let mut entered = BTreeSet::new();
    let mut open: Vec<CommitId> = tips.iter().rev().copied().collect();
    while let Some(commit) = open.last().copied() {
        let Some(of) = parents.get(&commit) else {
            open.pop();
            continue;
        };
        // Seen the first time, a commit stays on the stack and its parents go on top of it; seen
        // again, all of them are done. No recursion, because the depth is the length of a history.
        if entered.insert(commit) {
            open.extend(
                of.iter()
                    .rev()
                    .filter(|parent| parents.contains_key(*parent)),
            );
        } else {
            open.pop();
            sorted.extend(parents.remove(&commit).map(|of| (commit, of)));
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_first() {
        let id = |number: u8| CommitId::from_bytes([number; 20]);
        let parents = HashMap::from([
            (id(5), vec![id(4), id(3)]),
            (id(4), vec![id(2)]),
            (id(3), vec![id(2)]),
            (id(2), vec![id(1)]),
        ]);
        let order: Vec<CommitId> = sorted(&[id(5)], parents)
            .into_iter()
            .map(|(commit, _)| commit)
            .collect();
        assert_eq!(order, [id(2), id(4), id(3), id(5)]);
    }
}
