use std::collections::BTreeSet;

use super::WriteError;
use super::inquiry::Inquiry;
use super::push_once::LOOKED_BACK;
use super::upstream::{SyncState, Upstream};
use super::write::Writer;
use crate::check::{Meta, Report, Stand, Transition, any_error, check_transition};
use crate::files::{Edit, FileChange, OwnedPath, PayloadTexts, State, apply, read_project};
use crate::model::{CommitId, Identity, Move, moves_into};
use crate::plan::{PlanError, Trailers};
use crate::store::{CommitRecord, NewCommit, Picked, Reading, Store, StoreError};

impl Writer<'_> {
    /// How the branch here stands to the one of the remote, which is at `theirs`; what only the branch here has is made
    /// again on top of that, and judged again.
    ///
    /// # Errors
    ///
    /// [`WriteError::Unpushed`] when the branch here has a commit that cannot go along: one that envctl did not make, that
    /// conflicts, or that the judge refuses there. [`StoreError::Rewound`] when it was at the remote and is gone from there.
    pub(super) fn stand(
        &self,
        upstream: &Upstream,
        theirs: Option<CommitId>,
    ) -> Result<SyncState, WriteError> {
        let ours = self.store.tip(self.branch)?;
        let (base, unpushed) = match (ours, theirs) {
            (None, theirs) => (theirs, 0),
            (Some(ours), None) => (Some(ours), 0),
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

    /// What `ours` has and `theirs` lacks, made again on top of `theirs`, and how many commits that is.
    fn replay(
        &self,
        upstream: &Upstream,
        ours: CommitId,
        theirs: CommitId,
    ) -> Result<(CommitId, usize), WriteError> {
        if let Some(known) = self.store.once_seen(&upstream.place, ours, theirs)? {
            return Err(StoreError::Rewound {
                place: upstream.place.clone(),
                known,
                now: Some(theirs),
            }
            .into());
        }
        let split = self.store.merge_base(ours, theirs)?;
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

    /// The commit that `record` comes to on `onto`: itself where it was made on that, `onto` where all of it is there already.
    /// Or why it cannot be.
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
        Ok(self
            .refusal(record, (onto, made), &changes)?
            .map_or(Ok(made), Err))
    }

    /// What the moves of the commit `made`, in the files `conflicts`, come to on `onto`: where lines are in each other's way
    /// pointers need not be. Or why they are.
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

    /// The commits of the first-parent line that lead from `split` (none: from the beginning) to `head`, oldest first.
    fn line(
        &self,
        head: CommitId,
        split: Option<CommitId>,
    ) -> Result<Vec<CommitRecord>, StoreError> {
        let mut line = Vec::new();
        for record in self.store.first_parents(head) {
            let record = record?;
            // A merge ends the line as well: nothing before it goes along.
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

    /// The operations whose commits the remote has since the two split.
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

    /// Why the judge refuses the commit `made`, with `changes` on `onto` by the author of `record`; none: it does not.
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
        let meta = Meta::unsigned(author, self.operation.committer_time.at);
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
            message: &self.store.message(record.id)?,
            author: &author,
            committer: &self.operation.committer,
            author_time: record.author.time(),
            committer_time: self.time_after(Some(onto))?,
        };
        Ok(self.store.write_commit(&new, &self.operation.writing)?)
    }
}
