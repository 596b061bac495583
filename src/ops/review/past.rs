use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use crate::files::OwnedPath;
use crate::model::{CommitId, EnvironmentSlug, Identity, Move, Resource, changes};
use crate::ops::account::{Accounts, released};
use crate::ops::{Account, History, ReadError, Session};
use crate::policy::Release;
use crate::store::{CommitRecord, PathStep, StoreError};

/// The commits between two ends, for facts that the step as a whole does not show.
pub(super) struct Past<'s> {
    session: &'s Session,
    from: CommitId,
    to: CommitId,
    /// The history that ends with the newer end, once it was needed. `None` inside if it is cut
    /// off.
    history: OnceCell<Option<History<'s>>>,
}

impl<'s> Past<'s> {
    pub(super) fn new(session: &'s Session, from: CommitId, to: CommitId) -> Self {
        Self {
            session,
            from,
            to,
            history: OnceCell::new(),
        }
    }

    /// Returns who made `moves`, which were requested before, or `None` if that is unknown.
    pub(super) fn approver(&self, moves: &[Move]) -> Result<Option<Identity>, ReadError> {
        let Some(moved) = moves.first() else {
            return Ok(None);
        };
        let mut accounts = self.accounts(&moved.environment, std::slice::from_ref(moved))?;
        Ok(accounts
            .remove(&moved.resource)
            .and_then(|Account { origin, .. }| {
                Identity::new(&origin.author.name, &origin.author.email).ok()
            }))
    }

    /// Returns what is known about the commits between the ends that set the pointers of `slug` to
    /// their final values, for those of `moves` that such a commit made.
    pub(super) fn accounts(
        &self,
        slug: &EnvironmentSlug,
        moves: &[Move],
    ) -> Result<HashMap<Resource, Account>, ReadError> {
        let mut found = HashMap::new();
        let Some(history) = self.history()?.filter(|_| !moves.is_empty()) else {
            return Ok(found);
        };
        let accounts = Accounts::new(self.session, history);
        let wanted: HashMap<&Resource, _> = moves
            .iter()
            .map(|moved| (&moved.resource, moved.after))
            .collect();
        let mut settled = HashSet::new();
        for change in history.pointer_changes(slug)? {
            let change = change?;
            // Commits that the older end contains were judged before; only those in between belong
            // to this step.
            if self.session.store.is_ancestor(change.commit, self.from)? {
                break;
            }
            for made in &change.moves {
                let Some(after) = wanted.get(&made.resource) else {
                    continue;
                };
                // The newest commit that moved a pointer is the one that set its final value.
                if settled.insert(made.resource.clone()) && *after == made.after {
                    let account = accounts.of(change.commit, slug, &made.resource)?;
                    found.insert(made.resource.clone(), account);
                }
            }
            if settled.len() == wanted.len() {
                break;
            }
        }
        Ok(found)
    }

    /// Returns a commit between the ends.
    pub(super) fn commit(&self, commit: CommitId) -> Result<CommitRecord, ReadError> {
        Ok(self.session.store.commit(commit)?)
    }

    /// Returns the commit that made the request which waits in `slug` at the newer end.
    pub(super) fn request(
        &self,
        slug: &EnvironmentSlug,
    ) -> Result<Option<CommitRecord>, ReadError> {
        let Some(history) = self.history()? else {
            return Ok(None);
        };
        let asked = unless_shallow(history.waiting_since(0, slug))?.flatten();
        let record = asked.map(|(commit, _)| self.session.store.commit(commit));
        Ok(record.transpose()?)
    }

    /// Returns what the commits between the ends did to the pending release of `slug`, and which
    /// did: the newest decision or request, or the tampering if one of them tampered. Returns `None`
    /// if they do not show it.
    ///
    /// Each commit is asked for itself, as `check` and the log ask. An approval among other moves
    /// looks like tampering only if all commits are taken for one.
    pub(super) fn release(
        &self,
        slug: &EnvironmentSlug,
    ) -> Result<Option<(Release, CommitId)>, ReadError> {
        let Some(history) = self.history()? else {
            return Ok(None);
        };
        let line = history.line();
        let Some(end) = line.position(self.from) else {
            return Ok(None);
        };
        let path = OwnedPath::Pending(slug.clone()).to_string();
        let store = &self.session.store;
        let file = store.path_history(line.first_parents(), history.folder(), &[&path])?;
        let Some(mut file) = file else {
            return Ok(None);
        };
        let mut newest = None;
        for index in 0..end {
            if file.older()? != Some(PathStep::Changed) {
                continue;
            }
            let (Some((commit, _)), Some((parent, _))) = (line.get(index), line.get(index + 1))
            else {
                break;
            };
            let release = self.step(parent, commit, slug)?;
            if matches!(release, Some((Release::Tampered(_), _))) {
                return Ok(release);
            }
            newest = newest.or(release);
        }
        Ok(newest)
    }

    /// Returns what `commit` did to the pending release of `slug`, compared to its first parent.
    fn step(
        &self,
        parent: CommitId,
        commit: CommitId,
        slug: &EnvironmentSlug,
    ) -> Result<Option<(Release, CommitId)>, ReadError> {
        let (before, after) = (self.session.view_of(parent)?, self.session.view_of(commit)?);
        let (before, after) = (&before.state.project, &after.state.project);
        let release = released(before, after, &changes(before, after))
            .into_iter()
            .find_map(|(environment, release)| (environment == *slug).then_some((release, commit)));
        if !matches!(
            release,
            Some((Release::Tampered(_) | Release::Closed(_), _))
        ) {
            return Ok(release);
        }
        // A merge takes several commits at once. What it takes from a branch was done there.
        let store = &self.session.store;
        for side in store.commit(commit)?.parents.into_iter().skip(1) {
            let there = self.session.view_of(side)?;
            if there.state.project.pending.get(slug) != after.pending.get(slug) {
                continue;
            }
            if let Some(base) = store.merge_base(parent, side)?
                && let Some(there) = Self::new(self.session, base, side).release(slug)?
            {
                return Ok(Some(there));
            }
        }
        Ok(release)
    }

    fn history(&self) -> Result<Option<&History<'s>>, ReadError> {
        if self.history.get().is_none() {
            let history = unless_shallow(self.session.history(self.to))?;
            // It cannot have been set in between, since nothing in the lines above uses it.
            let _ = self.history.set(history);
        }
        Ok(self.history.get().and_then(Option::as_ref))
    }
}

/// Returns the answer, or `None` if history is cut off.
pub(super) fn unless_shallow<T>(answered: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match answered {
        Err(ReadError::Store(StoreError::Shallow { .. })) => Ok(None),
        answered => answered.map(Some),
    }
}
