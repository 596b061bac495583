//! The net effect of a pull request: what a merge of it would make of its base.

use super::branch::Branch;
use super::inputs::{Landing, RangeInputs};
use super::report::{CommitFindings, without};
use crate::check::{Meta, Stand, Transition, check_transition, place_of};
use crate::diag::{self, Code, Finding};
use crate::model::{CommitId, ContentId, Entry, changed_entries};
use crate::ops::ReadError;
use crate::ops::inquiry::Inquiry;
use crate::ops::project_place::ProjectPlace;
use crate::policy::Origins;
use crate::store::Merged;

/// A pull request.
pub(super) struct Pull<'a, 's> {
    pub(super) inputs: &'a RangeInputs<'s>,
    /// The commit that it is to land on.
    pub(super) base: CommitId,
    /// Its last commit.
    pub(super) head: CommitId,
    /// The project at the base.
    pub(super) place: &'a ProjectPlace,
    /// When it would land.
    pub(super) lands: Landing,
    /// Its commits with their parents, each after its parents.
    pub(super) commits: &'a [(CommitId, Vec<CommitId>)],
}

/// The net effect of a pull request.
pub(super) struct Net {
    /// The root tree after it, or `None` if it is unknown.
    pub(super) root: Option<ContentId>,
    /// The project after it.
    pub(super) after: ProjectPlace,
    /// Who set what in it.
    pub(super) origins: Origins,
    /// What is wrong with it as a merge, by the commit that caused it.
    pub(super) findings: Vec<CommitFindings>,
    entries: Vec<Entry>,
}

impl Net {
    /// Judges what `pull`, whose commits are those of `branch`, would make of its base if it were merged.
    pub(super) fn of(pull: &Pull<'_, '_>, branch: &mut Branch<'_, '_>) -> Result<Self, ReadError> {
        let Pull {
            inputs, base, head, ..
        } = *pull;
        let store = inputs.store;
        let head_commit = store.strict_commit(head)?.ok();
        let unknown = |findings: Vec<CommitFindings>| Self {
            root: None,
            after: pull.place.clone(),
            origins: Origins::default(),
            findings,
            entries: Vec::new(),
        };
        let root = match merged(inputs, base, head)? {
            Merged::Tree(root) => root,
            Merged::Conflicts(files) => {
                let findings = files.into_iter().map(conflict).collect();
                let found = inputs.found(head, head_commit.as_ref(), findings, pull.place)?;
                return Ok(unknown(vec![found]));
            }
        };
        let mut after = pull.place.clone();
        let (_, mut tree) = after.compare(store, root)?;
        // If the project is missing, it may have moved to where the head has it. By the rules of
        // the base that is a move all the same.
        let folder = branch.point(head)?.place.folder;
        let moved = folder != after.folder
            && !store.holds_project(root, &after.folder)?
            && store.holds_project(root, &folder)?;
        if moved {
            tree = store.folder_in(root, &folder)?;
            after.folder = folder;
        }
        if let Err(error) = after.advance(store, tree) {
            let finding = inputs.malformed_tree(error)?;
            let found = inputs.found(head, head_commit.as_ref(), vec![finding], pull.place)?;
            // Usually a commit of the branch brought the malformed tree, and has its finding there.
            // Where none did, the merge itself would make it, and the head is where somebody can
            // act.
            return Ok(unknown(if branch.findings.is_empty() {
                vec![found]
            } else {
                Vec::new()
            }));
        }
        let (old, new) = (&pull.place.state.project, &after.state.project);
        let mut origins = branch.origins((base, old), &[head], new)?;
        // The merge does not exist yet, so nobody is its author. Everything in it must be justified
        // by the commits that it takes entries from.
        origins.by_nobody = true;
        if moved {
            branch.explain_move(&mut origins, &[head], &after.folder)?;
        }
        let meta = Meta {
            moved,
            effective: pull.lands.effective,
            ..Meta::unsigned(None, pull.lands.own)
        };
        let mut inquiry = Inquiry::new(store, inputs.folder, Some(base));
        let (before, now) = (&*pull.place.state, &*after.state);
        let stand = Stand::Merge(&origins);
        let report = inquiry.ask(|facts| {
            check_transition(&Transition {
                before,
                after: now,
                meta: &meta,
                wrong_before: None,
                published: None,
                facts,
                stand,
            })
        })?;
        let mut net = Self {
            root: Some(root),
            entries: changed_entries(old, new),
            after,
            origins,
            findings: Vec::new(),
        };
        net.findings = net.by_culprit(pull, without(report.introduced, &branch.findings))?;
        Ok(net)
    }

    /// Reports whether a pointer moves, or is requested to.
    pub(super) fn moves(&self) -> bool {
        self.entries
            .iter()
            .any(|entry| matches!(entry, Entry::Pointer(..) | Entry::Pending(_)))
    }

    /// Groups `findings` by the commit that caused each. One that no commit caused alone is
    /// attributed to the head.
    pub(super) fn by_culprit(
        &self,
        pull: &Pull<'_, '_>,
        findings: Vec<Finding>,
    ) -> Result<Vec<CommitFindings>, ReadError> {
        let culprit = |finding: &Finding| {
            let at = |entry: &&Entry| place_of(entry, &self.after.state.project) == finding.place;
            self.entries
                .iter()
                .find(at)
                .and_then(|entry| self.origins.get(entry))
                .map_or(pull.head, |origin| origin.commit)
        };
        let mut found: Vec<(CommitId, Vec<Finding>)> = Vec::new();
        for finding in findings {
            let commit = culprit(&finding);
            match found.iter_mut().find(|(known, _)| *known == commit) {
                Some((_, findings)) => findings.push(finding),
                None => found.push((commit, vec![finding])),
            }
        }
        let with_author = |(commit, findings)| {
            let strict_commit = pull.inputs.store.strict_commit(commit)?.ok();
            pull.inputs
                .found(commit, strict_commit.as_ref(), findings, &self.after)
        };
        found.into_iter().map(with_author).collect()
    }
}

fn merged(inputs: &RangeInputs<'_>, base: CommitId, head: CommitId) -> Result<Merged, ReadError> {
    // A head that contains the base is what a merge would make of both, without merging.
    if inputs.store.is_ancestor(base, head)? {
        return Ok(Merged::Tree(inputs.store.root_of(head)?));
    }
    Ok(inputs.store.merged(base, head, inputs.folder)?)
}

/// Returns the finding for a file that two branches change in the same lines.
pub(super) fn conflict(file: String) -> Finding {
    let message = "this file conflicts with the branch that it is to be merged into";
    let help =
        "bring the branch up to date, with git merge or git rebase, and resolve the conflict there";
    Finding::error(Code::MERGE_CONFLICT, diag::Place::file(file), message).help(help)
}
