use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use jiff::Timestamp;

use super::{History, ReadError, Session};
use crate::files::OwnedPath;
use crate::model::{Changes, CommitId, EnvironmentSlug, Project, Resource, changes};
use crate::policy::{Facts, Release, Step, releases};
use crate::store::CommitRecord;

/// Who made a pointer name its version, and who approved that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The commit that set it. If a merge brought it to the line, the newest commit on the side
    /// that it came from.
    pub origin: Rc<CommitRecord>,
    /// The request that [`Account::origin`] approved, if it approved a pending release.
    pub request: Option<Rc<Asked>>,
}

/// A request for a release, as found in history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The commit that recorded it.
    pub commit: CommitRecord,
    /// The effective time since which it waited.
    pub since: Timestamp,
}

/// Finds who set and approved pointers, reading each commit once.
pub(super) struct Accounts<'h> {
    session: &'h Session,
    history: &'h History<'h>,
    records: RefCell<HashMap<CommitId, Rc<CommitRecord>>>,
    requests: RefCell<Requests>,
}

/// The requests that commits approved, by commit and environment.
type Requests = HashMap<(CommitId, EnvironmentSlug), Option<Rc<Asked>>>;

impl<'h> Accounts<'h> {
    pub(super) fn new(session: &'h Session, history: &'h History<'h>) -> Self {
        Self {
            session,
            history,
            records: RefCell::default(),
            requests: RefCell::default(),
        }
    }

    /// Returns who made `resource` in `environment` name its version in `commit`, a commit of the
    /// line that moved it.
    pub(super) fn of(
        &self,
        commit: CommitId,
        environment: &EnvironmentSlug,
        resource: &Resource,
    ) -> Result<Account, ReadError> {
        let record = self.record(commit)?;
        // A commit with one parent made its changes itself. Only a merge may have taken them from a
        // branch, which takes a search.
        let origin = match record.parents.len() {
            0 | 1 => record,
            _ => self.record(self.history.setter(commit, environment, resource)?)?,
        };
        Ok(Account {
            request: self.decided(&origin, environment)?,
            origin,
        })
    }

    pub(super) fn record(&self, commit: CommitId) -> Result<Rc<CommitRecord>, ReadError> {
        if let Some(known) = self.records.borrow().get(&commit) {
            return Ok(known.clone());
        }
        let record = Rc::new(self.session.store.commit(commit)?);
        self.records.borrow_mut().insert(commit, record.clone());
        Ok(record)
    }

    /// Returns the request in `environment` that `decision` approved.
    fn decided(
        &self,
        decision: &CommitRecord,
        environment: &EnvironmentSlug,
    ) -> Result<Option<Rc<Asked>>, ReadError> {
        let key = (decision.id, environment.clone());
        if let Some(known) = self.requests.borrow().get(&key) {
            return Ok(known.clone());
        }
        let asked = match decision.parents.first() {
            Some(parent) if self.approves(*parent, decision.id, environment)? => {
                self.asked(*parent, environment)?
            }
            _ => None,
        };
        let asked = asked.map(Rc::new);
        self.requests.borrow_mut().insert(key, asked.clone());
        Ok(asked)
    }

    /// Reports whether the step from `before` to `after` makes exactly the moves of the pending
    /// release in `environment`.
    fn approves(
        &self,
        before: CommitId,
        after: CommitId,
        environment: &EnvironmentSlug,
    ) -> Result<bool, ReadError> {
        let path = OwnedPath::Pending(environment.clone()).to_string();
        let session = self.session;
        let waits = |commit| {
            let folder = session.folder_in(commit)?;
            let folder = folder.as_ref().unwrap_or(&session.folder);
            Ok::<_, ReadError>(session.store.file(commit, folder, &path)?.is_some())
        };
        // Most commits approve nothing, and two lookups are cheaper than parsing two projects.
        if !waits(before)? || waits(after)? {
            return Ok(false);
        }
        let (before, after) = (self.session.view_of(before)?, self.session.view_of(after)?);
        let (before, after) = (&before.state.project, &after.state.project);
        let released = released(before, after, &changes(before, after));
        Ok(released
            .iter()
            .any(|(slug, release)| slug == environment && matches!(release, Release::Approved(_))))
    }

    /// Returns the pending release of `environment` in `commit`, as a request.
    fn asked(
        &self,
        commit: CommitId,
        environment: &EnvironmentSlug,
    ) -> Result<Option<Asked>, ReadError> {
        let found = match self.history.line().position(commit) {
            Some(position) => self.history.waiting_since(position, environment)?,
            None => self
                .session
                .history(commit)?
                .waiting_since(0, environment)?,
        };
        let Some((commit, since)) = found else {
            return Ok(None);
        };
        Ok(Some(Asked {
            commit: self.session.store.commit(commit)?,
            since,
        }))
    }
}

/// Returns what a step does to pending releases, environment by environment.
pub(super) fn released(
    before: &Project,
    after: &Project,
    changes: &Changes,
) -> Vec<(EnvironmentSlug, Release)> {
    // What a step does follows from its trees alone. Author and time matter only for verdicts, so
    // any value will do here.
    let facts = Facts::default();
    let step = Step::live(
        (before, after),
        changes,
        None,
        Timestamp::UNIX_EPOCH,
        &facts,
    );
    let mut released = releases(&step);
    released.retain(|(_, release)| !matches!(release, Release::Direct(_)));
    released
}
