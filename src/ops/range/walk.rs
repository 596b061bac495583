use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;

use super::asked::Range;
use super::branch::Branch;
use super::folders::folder_at;
use super::inputs::{Landing, RangeInputs, demands_signatures};
use super::report::{Assurance, CommitFindings, RangeReport};
use super::terms::Terms;
use crate::check::check_date;
use crate::diag::Finding;
use crate::files::State;
use crate::model::CommitId;
use crate::ops::line::is_out_of_order;
use crate::ops::project_place::ProjectPlace;
use crate::ops::{History, ReadError, TimedLine};
use crate::policy::Reception;
use crate::store::Ancestors;

mod change;

/// The newest commits of a line, which are to be walked.
pub(super) struct NewestCommits {
    /// The range that is asked about. Its base and all ancestors of it are live.
    pub(super) range: Range,
    /// The commit that they follow.
    pub(super) from: Option<CommitId>,
    /// How many there are.
    pub(super) length: usize,
    /// How many commits of the line are new to a server.
    pub(super) new: usize,
}

impl NewestCommits {
    pub(super) fn new(range: Range, from: Option<CommitId>, length: usize) -> Self {
        Self {
            range,
            from,
            length,
            new: length,
        }
    }
}

pub(super) fn walk(
    inputs: &RangeInputs<'_>,
    line: &Rc<TimedLine>,
    stretch: &NewestCommits,
    terms: &Terms,
) -> Result<RangeReport, ReadError> {
    let mut walk = Walk::begin(inputs, line, stretch, terms)?;
    walk.reception = inputs.received.map(|at| {
        let commits = line.iter().take(stretch.new).map(|(commit, _)| commit);
        Arc::new(Reception {
            at,
            commits: commits.collect(),
        })
    });
    // Oldest first, because each commit is judged by the rules of the state before it.
    for index in (0..stretch.length).rev() {
        walk.step(line, index)?;
    }
    let level = if walk.signed && walk.judged > 0 {
        Assurance::Signed
    } else {
        Assurance::Unsigned
    };
    let Walk {
        commits,
        judged,
        findings,
        ..
    } = walk;
    Ok(RangeReport {
        base: stretch.range.base,
        head: stretch.range.head,
        commits,
        judged,
        level,
        findings,
        landings: Vec::new(),
        valid_until: None,
        lapses: None,
    })
}

/// A walk along the live line, oldest commit first.
struct Walk<'b, 's> {
    inputs: &'b RangeInputs<'s>,
    place: ProjectPlace,
    /// The past of the commit that the walk is at. Its end moves with each step.
    past: History<'s>,
    live: Ancestors,
    /// What is wrong with the state that the walk is at, once that was judged.
    wrong: Option<Vec<Finding>>,
    findings: Vec<CommitFindings>,
    commits: usize,
    judged: usize,
    signed: bool,
    /// The range, if a server is about to receive it.
    reception: Option<Arc<Reception>>,
    terms: &'b Terms,
}

/// A commit of the live line.
struct Stop<'a> {
    commit: CommitId,
    lands: Landing,
    /// The ancestor whose date is later by so much that it deserves a warning.
    overtaken: Option<(CommitId, Timestamp)>,
    parent: Option<CommitId>,
    others: &'a [CommitId],
}

impl<'b, 's> Walk<'b, 's> {
    fn begin(
        inputs: &'b RangeInputs<'s>,
        line: &Rc<TimedLine>,
        stretch: &NewestCommits,
        terms: &'b Terms,
    ) -> Result<Self, ReadError> {
        let NewestCommits { range, from, .. } = *stretch;
        // The walk begins with the folder that the project had then. It follows each move from
        // there, since a move is a step that somebody must have been allowed to take.
        let folder = match from {
            Some(from) => folder_at(inputs, from, range.head)?,
            None => inputs.folder.clone(),
        };
        let place = match from {
            Some(from) => ProjectPlace::at(inputs.store, inputs.store.root_of(from)?, &folder)?,
            None => ProjectPlace::nowhere(folder.clone()),
        };
        let past = History::along(inputs.store, &folder, line.clone());
        // By the base that was asked about, even where the walk starts elsewhere on the line: all
        // that leads to the base was live, so a merge that takes it in brings nothing of it again.
        let live = Ancestors::of(range.base);
        let (findings, wrong) = (Vec::new(), None);
        Ok(Self {
            inputs,
            place,
            past,
            live,
            wrong,
            findings,
            commits: 0,
            judged: 0,
            signed: true,
            reception: None,
            terms,
        })
    }

    fn step(&mut self, line: &TimedLine, index: usize) -> Result<(), ReadError> {
        let (Some((commit, effective)), Some(own)) = (line.get(index), line.own(index)) else {
            return Ok(());
        };
        let lands = Landing { own, effective };
        let before = line.latest(index + 1);
        let first_parents = line.first_parents();
        let others = first_parents.other_parents(commit);
        let stop = Stop {
            commit,
            lands,
            overtaken: before.filter(|(_, before)| is_out_of_order(own, *before)),
            parent: line.get(index + 1).map(|(parent, _)| parent),
            others,
        };
        self.commits += 1;
        // 1. What the commit brings: commits that lead to its other parents and were not live
        //    before it. `live` holds all that led to the parent, not just what this range has, so
        //    the answer is the same wherever the range begins.
        let brought = if others.is_empty() {
            Vec::new()
        } else {
            self.inputs.store.brought_by(others, &mut self.live)?
        };
        self.commits += brought.len();
        // 2. The past of every verdict on it ends with its first parent: what was live before this
        //    step, and who had asked by then. The walk keeps no facts itself: they would depend on
        //    where the range begins, and be a second answer to the same question.
        self.past.end_at(index + 1, &self.place.folder);
        // 3. The commits of a branch are judged first, by the rules that are live before they land;
        //    they say who set what.
        let (folder, live) = (self.place.folder.clone(), self.rules());
        let mut branch = Branch::new(
            self.inputs,
            &folder,
            (stop.parent.unwrap_or(commit), &live),
            lands,
        );
        branch.judge(&brought, others)?;
        self.judged += branch.judged;
        self.signed &= branch.judged == 0 || demands_signatures(&live.project);
        // 4. The step itself, if it changes the project. Most commits of a large repository do not,
        //    and cost one comparison.
        let root = first_parents.tree(self.inputs.store, index)?;
        let (same, tree) = self.place.compare(self.inputs.store, root)?;
        if same {
            self.date(&stop, &mut branch)?;
        } else {
            self.change(&stop, tree, &mut branch)?;
        }
        // 5. From here on all of it is live: a later merge that brings it again brings nothing.
        self.findings.append(&mut branch.findings);
        self.live.add(commit);
        brought
            .iter()
            .for_each(|(commit, _)| self.live.add(*commit));
        Ok(())
    }

    /// Returns the state whose rules apply to the next step.
    fn rules(&self) -> Rc<State> {
        let rules = self.terms.rules.as_ref();
        rules.unwrap_or(&self.place.state).clone()
    }

    /// Judges the date of a commit that does not change the project's folder. Effective times of
    /// later commits depend on it, too.
    fn date(&self, stop: &Stop<'_>, branch: &mut Branch<'_, '_>) -> Result<(), ReadError> {
        if let Some(finding) = check_date(self.inputs.ahead(stop.lands.own)) {
            let strict_commit = self.inputs.store.strict_commit(stop.commit)?.ok();
            let found = self.inputs.found(
                stop.commit,
                strict_commit.as_ref(),
                vec![finding],
                &self.place,
            );
            branch.findings.push(found?);
        }
        Ok(())
    }
}
