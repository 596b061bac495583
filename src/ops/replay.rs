use std::collections::BTreeSet;

use super::WriteError;
use super::inquiry::Inquiry;
use super::push_once::LOOKED_BACK;
use super::upstream::{SyncState, Upstream};
use super::writer::Writer;
use crate::check::{Meta, Report, Stand, Transition, any_error, check_transition};
use crate::files::{Edit, FileChange, OwnedPath, PayloadTexts, State, apply, read_project};
use crate::model::{CommitId, Identity, Move, Statement, Trailers, moves_into};
use crate::plan::PlanError;
use crate::store::{CommitRecord, NewCommit, Picked, Reading, Store, StoreError};

impl Writer<'_> {
    /// Returns the state of the branch here and that of the remote, which is at `theirs`. What only
    /// the branch here has is made again on top of the remote's and judged again.
    ///
    /// # Errors
    ///
    /// [`WriteError::Unpushed`] if the branch here has a commit that cannot be pushed: one that envctl did not make, that
    /// conflicts, or that the judge refuses there. [`StoreError::Rewound`] if it was at the remote and no longer is.
    pub(super) fn stand(
        &self,
        upstream: &Upstream,
        theirs: Option<CommitId>,
    ) -> Result<SyncState, WriteError> {
        let ours = self.store.tip(self.branch)?;
        let (base, unpushed) = match (ours, theirs) {
            (None, theirs) => (theirs, 0),
            (Some(ours), None) => (Some(ours), 0),
            // Nothing of this branch is missing there, so it only has to follow. Making its commits
            // again would write them twice.
            (Some(ours), Some(theirs)) if self.store.is_ancestor(ours, theirs)? => {
                (Some(theirs), 0)
            }
            (Some(ours), Some(theirs)) => {
                let (base, unpushed) = self.replay(upstream, ours, theirs)?;
                (Some(base), unpushed)
            }
        };
        Ok(SyncState {
            ours,
            theirs,
            base,
            unpushed,
        })
    }

    /// Makes again on top of `theirs` what `ours` has and `theirs` lacks, and returns the result
    /// with the number of commits.
    fn replay(
        &self,
        upstream: &Upstream,
        ours: CommitId,
        theirs: CommitId,
    ) -> Result<(CommitId, usize), WriteError> {
        // First of all: commits that were at the remote and are missing there were removed by
        // somebody, perhaps on purpose. Replaying them would quietly push them back.
        if let Some(known) = self.store.once_seen(&upstream.place, ours, theirs)? {
            return Err(StoreError::Rewound {
                place: upstream.place.clone(),
                known,
                now: Some(theirs),
            }
            .into());
        }
        let split = self.store.merge_base(ours, theirs)?;
        // By operation, not by hash: what was pushed before is at the remote under another hash if
        // it was made again on top of somebody else's commit there.
        let landed = self.operations(theirs, split)?;
        let (mut onto, mut unpushed) = (theirs, 0);
        for record in self.line(ours, split)? {
            let made = self
                .again(&record, onto, &landed)?
                .map_err(|why| WriteError::Unpushed {
                    place: upstream.place.clone(),
                    commit: record.id,
                    subject: record.message.lines().next().unwrap_or_default().to_owned(),
                    why,
                })?;
            unpushed += usize::from(made != onto);
            onto = made;
        }
        Ok((onto, unpushed))
    }

    /// Makes `record` again on `onto`, and returns the new commit. That is `record` itself if it
    /// was made on `onto`, and `onto` if everything is there already. The inner error says why it
    /// cannot be made.
    fn again(
        &self,
        record: &CommitRecord,
        onto: CommitId,
        landed: &BTreeSet<String>,
    ) -> Result<Result<CommitId, String>, WriteError> {
        let no = |why: &str| Ok(Err(why.to_owned()));
        let parent = match record.parents.as_slice() {
            [parent] => *parent,
            [] => return no("the two branches have no commit in common"),
            _ => return no("it is a merge"),
        };
        // Only envctl's own commits are moved. One that a person made with git is theirs to rebase,
        // and may mean more than its files show.
        match Trailers::of(&record.message).value("Operation") {
            None => return no("envctl did not make it"),
            Some(operation) if landed.contains(operation) => return Ok(Ok(onto)),
            Some(_) => {}
        }
        let (mut changes, conflicts) = match self.store.pick(record.id, onto, self.folder)? {
            Picked::Changes { changes, conflicts } => (changes, conflicts),
            Picked::Foreign(path) => {
                return Ok(Err(format!("it changes {path}, which is not envctl's")));
            }
        };
        match self.moved_again((parent, record.id), onto, &conflicts)? {
            Ok(moved) => changes.extend(moved),
            Err(why) => return Ok(Err(why)),
        }
        let made = match (parent == onto, changes.is_empty()) {
            (true, _) => record.id,
            (false, true) => return Ok(Ok(onto)),
            (false, false) => self.make_again(record, onto, &changes)?,
        };
        // Judged again, because rules, access or live versions may have changed at the remote
        // since. A commit that was allowed here may not be allowed there.
        Ok(self
            .refusal(record, (onto, made), &changes)?
            .map_or(Ok(made), Err))
    }

    /// Repeats the moves of the commit `made` that are in the files `conflicts`, on `onto`. Lines
    /// may conflict where pointers do not. The inner error says which pointer does.
    fn moved_again(
        &self,
        (parent, made): (CommitId, CommitId),
        onto: CommitId,
        conflicts: &[String],
    ) -> Result<Result<Vec<FileChange>, String>, WriteError> {
        if conflicts.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        let snapshot = |commit| self.store.snapshot(commit, self.folder, Reading::Control);
        let project = |commit| Ok::<_, StoreError>(read_project(&snapshot(commit)?));
        let (before, after, there) = (project(parent)?, project(made)?, project(onto)?);
        let mut edits = Vec::new();
        for path in conflicts {
            let Some(Ok(OwnedPath::Pointers(environment))) = OwnedPath::parse(path) else {
                return Ok(Err(format!("{path} was changed there as well")));
            };
            for moved in moves_into(&environment, &before, &after) {
                // The pointer must still be where the move started from. Otherwise somebody moved
                // it meanwhile, and which of the two moves should win is for a person to decide.
                let live = there.live(&environment, &moved.resource);
                if live != moved.before {
                    return Ok(Err(format!(
                        "{} in {environment} was moved there as well",
                        moved.resource
                    )));
                }
                let Move {
                    environment,
                    resource,
                    after: to,
                    ..
                } = moved;
                edits.push(Edit::Point {
                    environment,
                    resource,
                    to,
                });
            }
        }
        Ok(Ok(apply(&snapshot(onto)?, &edits).map_err(PlanError::Edit)?))
    }

    /// Returns the commits of the first-parent line from `split` to `head`, oldest first. `None`
    /// starts at the beginning.
    fn line(
        &self,
        head: CommitId,
        split: Option<CommitId>,
    ) -> Result<Vec<CommitRecord>, StoreError> {
        let mut line = Vec::new();
        for record in self.store.first_parents(head) {
            let record = record?;
            // A merge ends the line: it cannot be made again, so the caller stops at it and needs
            // nothing older.
            let ends = record.parents.len() != 1;
            if Some(record.id) == split {
                break;
            }
            line.push(record);
            if ends {
                break;
            }
        }
        line.reverse();
        Ok(line)
    }

    /// Returns the operations whose commits the remote has since the branches split.
    fn operations(
        &self,
        theirs: CommitId,
        split: Option<CommitId>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut operations = BTreeSet::new();
        for record in self.store.first_parents(theirs).take(LOOKED_BACK) {
            let record = record?;
            if Some(record.id) == split {
                break;
            }
            operations.extend(
                Trailers::of(&record.message)
                    .value("Operation")
                    .map(str::to_owned),
            );
        }
        Ok(operations)
    }

    /// Returns why the judge refuses the commit `made`, which has `changes` on `onto` by the author
    /// of `record`, or `None`.
    fn refusal(
        &self,
        record: &CommitRecord,
        (onto, made): (CommitId, CommitId),
        changes: &[FileChange],
    ) -> Result<Option<String>, WriteError> {
        let mut inquiry = Inquiry::new(self.store, self.folder, Some(onto));
        let snapshot = self.store.snapshot(onto, self.folder, Reading::Control)?;
        let before = State::read(&snapshot, self.store)?;
        let snapshot = snapshot.with(changes, Store::content_id);
        let paths = changes.iter().map(|change| change.path.as_str());
        inquiry.look_into(PayloadTexts::at(paths.clone(), &snapshot));
        let after = before.after(paths, &snapshot, inquiry.payloads())?;
        let author = Identity::new(&record.author.name, &record.author.email).ok();
        let wrong = self.wrong_signature(made, &before.project, author.clone())?;
        let meta = Meta {
            committer: Some(self.operation.committer.clone()),
            statement: Some(Statement::of(&self.store.message(record.id)?)),
            ..Meta::unsigned(author, self.operation.committer_time.at)
        };
        let report: Report = inquiry.ask(|facts| {
            let (before, after, meta) = (&before, &after, &meta);
            check_transition(&Transition {
                before,
                after,
                meta,
                wrong_before: None,
                published: None,
                facts,
                stand: Stand::Live,
            })
        })?;
        // An error that `onto` had before does not count against this commit if the judge lets it
        // be written; if it does not, that error is the reason to show.
        let refused = match (report.allows_write(), any_error(&report.introduced)) {
            (true, _) => &[],
            (false, true) => report.introduced.as_slice(),
            (false, false) => report.standing.as_slice(),
        };
        Ok(refused
            .iter()
            .chain(&wrong)
            .next()
            .map(|finding| format!("{}: {}", finding.code, finding.message)))
    }

    fn make_again(
        &self,
        record: &CommitRecord,
        onto: CommitId,
        changes: &[FileChange],
    ) -> Result<CommitId, WriteError> {
        let author = Identity::new(&record.author.name, &record.author.email);
        let author = author.unwrap_or_else(|_| self.operation.author.clone());
        let new = NewCommit {
            parent: Some(onto),
            folder: self.folder,
            changes,
            // The message is kept with its operation id, which is how a later run, or another
            // clone, recognises the commit.
            message: &self.store.message(record.id)?,
            author: &author,
            committer: &self.operation.committer,
            author_time: record.author.time(),
            committer_time: self.time_after(Some(onto))?,
        };
        Ok(self.store.write_commit(&new, &self.operation.writing)?)
    }
}
