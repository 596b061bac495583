//! A project in a repository of its own, started from one of `fixtures/projects`.

use envctl::diag::Finding;
use envctl::files::{EnvironmentEdit, FileChange, Snapshot, State};
use envctl::model::{CommitId, EnvironmentKey, EnvironmentSlug, Identity, Project, Resource};
use envctl::ops::{
    Basis, Operation, Pin, Range, Selection, Session, WriteError, Written, check_range, write,
};
use envctl::plan::{Plan, PlanError, Publication, PublishTarget};
use envctl::store::{NewCommit, Reading};
use jiff::Timestamp;

use crate::fixtures::project;
use crate::sandbox::{Sandbox, WRITING, alice};

pub struct World {
    pub sandbox: Sandbox,
    pub session: Session,
}

impl World {
    /// A repository whose only commit holds the starting state `name`.
    pub fn of(name: &str) -> Self {
        let sandbox = Sandbox::unborn();
        for (path, bytes) in project(name) {
            sandbox.write(&path, std::str::from_utf8(&bytes).unwrap());
        }
        sandbox.commit_all("begin");
        let session = open(&sandbox);
        Self { sandbox, session }
    }

    /// Goes to a new branch that begins at `start`, and lets the session follow.
    pub fn branch(&mut self, name: &str, start: &str) {
        self.sandbox.git(&["checkout", "-q", "-b", name, start]);
        self.session = open(&self.sandbox);
    }

    /// Goes to the branch `name`, and lets the session follow.
    pub fn checkout(&mut self, name: &str) {
        self.sandbox.git(&["checkout", "-q", name]);
        self.session = open(&self.sandbox);
    }

    pub fn write(
        &self,
        intent: impl Fn(&Project) -> Result<Plan, PlanError>,
    ) -> Result<Written, WriteError> {
        self.write_by(&alice(), time(), |basis| Ok(intent(basis.project)?))
    }

    /// As [`World::write`], by `who` and at `moment`.
    pub fn write_by(
        &self,
        who: &Identity,
        moment: Timestamp,
        intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
    ) -> Result<Written, WriteError> {
        let operation = Operation {
            author: who.clone(),
            author_time: moment.into(),
            committer: who.clone(),
            committer_time: moment.into(),
            id: "0".to_owned(),
            writing: WRITING,
        };
        write(&self.session, &operation, intent)
    }

    /// Writes what must be accepted and must change something.
    pub fn land(&self, intent: impl Fn(&Project) -> Result<Plan, PlanError>) -> CommitId {
        match self.write(intent) {
            Ok(Written::Landed { commit, .. }) => commit,
            other => panic!("nothing landed: {other:?}"),
        }
    }

    /// The project in `commit`.
    pub fn state(&self, commit: CommitId) -> State {
        let store = &self.session.store;
        State::read(&self.snapshot(commit), store).unwrap()
    }

    fn snapshot(&self, commit: CommitId) -> Snapshot {
        let Session { store, folder, .. } = &self.session;
        store.snapshot(commit, folder, Reading::Control).unwrap()
    }

    /// A session of another process, at the same time.
    pub fn another_session(&self) -> Session {
        let mut session = open(&self.sandbox);
        session.now = self.session.now;
        session
    }

    /// What `check` finds in the commits from `base` to `head`.
    pub fn checked(&self, base: CommitId, head: CommitId) -> Vec<Finding> {
        let report = check_range(
            &mut self.another_session(),
            Range {
                base: Some(base),
                head,
            },
            Pin::Line,
        )
        .unwrap();
        report
            .findings
            .into_iter()
            .flat_map(|found| found.findings)
            .collect()
    }

    /// Commits `changes` on `tip` as git would, asking nobody, and answers what `check` finds in that step.
    pub fn forced(&self, tip: CommitId, changes: &[FileChange]) -> Vec<Finding> {
        self.forced_by(&alice(), time(), tip, changes)
    }

    /// As [`World::forced`], by `who` and at `moment`.
    pub fn forced_by(
        &self,
        who: &Identity,
        moment: Timestamp,
        tip: CommitId,
        changes: &[FileChange],
    ) -> Vec<Finding> {
        self.forced_saying("by hand\n", who, moment, (tip, changes))
    }

    /// As [`World::forced_by`], in a commit with that `message`.
    pub fn forced_saying(
        &self,
        message: &str,
        who: &Identity,
        moment: Timestamp,
        (tip, changes): (CommitId, &[FileChange]),
    ) -> Vec<Finding> {
        let new = NewCommit {
            parent: Some(tip),
            folder: &self.session.folder,
            changes,
            message,
            author: who,
            committer: who,
            author_time: moment.into(),
            committer_time: moment.into(),
        };
        let commit = self.session.store.write_commit(&new, &WRITING).unwrap();
        self.checked(tip, commit)
    }
}

/// When everything happens.
pub fn time() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn open(sandbox: &Sandbox) -> Session {
    Session::open(sandbox.store(), &Selection::from(sandbox.repo(), time())).unwrap()
}

pub fn slug(text: &str) -> EnvironmentSlug {
    text.parse().unwrap()
}

pub fn resource(text: &str) -> Resource {
    text.parse().unwrap()
}

/// The payload `text` as the next version of `name`.
pub fn publication(name: &str, text: impl Into<Vec<u8>>, release: PublishTarget) -> Publication {
    Publication {
        resource: resource(name),
        payload: text.into().into(),
        extension: None,
        release,
        reason: None,
    }
}

/// The edit that sets the keys of an environment for which there is a text, in the order of the file.
pub fn environment_edit(
    (name, description, color, production): (
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
    ),
) -> EnvironmentEdit {
    let texts = [name, description, color, production];
    let settings = EnvironmentKey::ALL.into_iter().zip(&texts);
    EnvironmentEdit::parse(settings.filter_map(|(key, text)| Some((key, text.as_deref()?))))
        .unwrap()
}
