use std::cell::RefCell;

use jiff::Timestamp;

use super::inquiry::Known;
use super::line::{TimedLine, own_time_after};
use super::{Operation, ReadError, Rehearsal, Session, View, WriteError};
use crate::check::{Meta, check_signature};
use crate::diag::Finding;
use crate::files::{Snapshot, State};
use crate::model::{BranchName, CommitId, Identity, Project, Signature, Signatures};
use crate::store::{GitTime, NewCommit, ProjectFolder, Store, StoreError};

pub(super) fn branch(session: &Session) -> Result<&BranchName, WriteError> {
    session.target.branch().ok_or(WriteError::Detached)
}

/// The state that a write starts from.
pub(super) struct Base {
    pub(super) tip: Option<CommitId>,
    pub(super) snapshot: Snapshot,
    pub(super) state: State,
    /// What is wrong with the state, if it was judged already.
    pub(super) wrong: Option<Vec<Finding>>,
}

impl Base {
    pub(super) fn of(view: View) -> Self {
        Self {
            tip: Some(view.commit),
            snapshot: view.snapshot,
            state: view.state,
            wrong: None,
        }
    }

    /// Returns the project of `session` in `commit`.
    pub(super) fn at(session: &Session, commit: CommitId) -> Result<Self, ReadError> {
        Ok(Self::of(session.view_here(commit)?))
    }
}

/// One write, through as many attempts as it takes.
pub(super) struct Writer<'a> {
    pub(super) store: &'a Store,
    pub(super) folder: &'a ProjectFolder,
    pub(super) branch: &'a BranchName,
    pub(super) operation: &'a Operation,
    /// The time now.
    pub(super) now: Timestamp,
    /// What was found out for the last verdict.
    pub(super) known: &'a RefCell<Option<Known>>,
}

/// A message and what the `commit-msg` hook made of it.
pub(super) struct HookedMessage {
    given: String,
    kept: String,
}

impl<'a> Writer<'a> {
    pub(super) fn of(session: &'a Session, operation: &'a Operation) -> Result<Self, WriteError> {
        let Session {
            store,
            folder,
            now,
            known,
            ..
        } = session;
        Ok(Self {
            store,
            folder,
            branch: branch(session)?,
            operation,
            now: *now,
            known,
        })
    }

    pub(super) fn commit(
        &self,
        rehearsal: &Rehearsal,
        hooked: &mut Option<HookedMessage>,
    ) -> Result<CommitId, WriteError> {
        let operation = self.operation;
        let message = rehearsal
            .plan
            .message
            .clone()
            .trailer("Operation", &operation.id)
            .to_string();
        // The hook may ask somebody or call home, so it runs once per command and its text is kept
        // on retries. Only if the new tip changed the message does it run again.
        let kept = match hooked {
            Some(HookedMessage { given, kept }) if *given == message => kept.clone(),
            _ => self
                .store
                .commit_message_hook(&message, &operation.writing)?,
        };
        *hooked = Some(HookedMessage {
            given: message,
            kept: kept.clone(),
        });
        let new = NewCommit {
            parent: rehearsal.tip,
            folder: self.folder,
            changes: &rehearsal.changes,
            message: &kept,
            author: &operation.author,
            committer: &operation.committer,
            author_time: operation.author_time,
            committer_time: self.time_after(rehearsal.tip)?,
        };
        Ok(self.store.write_commit(&new, &operation.writing)?)
    }

    /// Returns when a commit on `parent` is recorded: now, but not before its parent.
    pub(super) fn time_after(&self, parent: Option<CommitId>) -> Result<GitTime, StoreError> {
        let now = self.operation.committer_time;
        let at = own_time_after(self.store, parent, (now.at, self.now))?;
        // The zone belongs to the given time, so a time taken from the parent is in UTC.
        Ok(if at == now.at { now } else { at.into() })
    }

    /// Succeeds if the signature of `commit` is what the project requires. It can be checked only
    /// now, after the commit was written.
    pub(super) fn require_signature(
        &self,
        commit: CommitId,
        mut rehearsal: Rehearsal,
    ) -> Result<Rehearsal, WriteError> {
        match self.wrong_signature(
            commit,
            &rehearsal.before.project,
            Some(self.operation.author.clone()),
        )? {
            None => Ok(rehearsal),
            Some(finding) => {
                rehearsal.report.introduced.push(finding);
                Err(WriteError::Refused(Box::new(rehearsal)))
            }
        }
    }

    /// Returns what is wrong with the signature of `commit` according to `rules` if `author` wrote
    /// it, or `None`.
    pub(super) fn wrong_signature(
        &self,
        commit: CommitId,
        rules: &Project,
        author: Option<Identity>,
    ) -> Result<Option<Finding>, ReadError> {
        if rules
            .access
            .as_ref()
            .is_none_or(|access| access.signatures != Signatures::Required)
        {
            return Ok(None);
        }
        // Read from the commit and not from the operation: what is judged has to be what was
        // written, as every later reader finds it.
        let at = self.store.commit(commit)?.committer.at;
        let signature = match self.store.strict_commit(commit)? {
            Ok(strict_commit) => strict_commit.signature(),
            // Headers that two programs read differently name two authors, and a signature over
            // them proves neither.
            Err(why) => Signature::Bad(why.to_string()),
        };
        // The effective time takes reading the whole line, which is needed only for a key with a
        // limited validity.
        let ends = |signature: &Signature| match (signature, &rules.access) {
            (Signature::By(key), Some(access)) => access.is_bounded(key),
            _ => false,
        };
        let effective = match ends(&signature) {
            true => TimedLine::of(self.store, self.folder, commit)?.reached(),
            false => None,
        };
        let meta = Meta {
            effective: effective.unwrap_or(at),
            committer: Some(self.operation.committer.clone()),
            signature,
            ..Meta::unsigned(author, at)
        };
        Ok(check_signature(rules, &meta))
    }
}
