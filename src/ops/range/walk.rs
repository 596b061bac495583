use super::asked::Range;
use super::branch::Branch;
use super::folders::folder_at;
use super::inputs::{Landing, RangeInputs, demands_signatures};
use super::report::without;
use super::report::{Assurance, CommitFindings, RangeReport};
use super::terms::Terms;
use crate::check::{Meta, Report, Transition, check_date, check_transition};
use crate::diag::Finding;
use crate::files::State;
use crate::model::{CommitId, ContentId};
use crate::ops::line::is_out_of_order;
use crate::ops::project_place::ProjectPlace;
use crate::ops::{History, ReadError, TimedLine};
use crate::policy::{Facts, Origins, PastFacts as _, Reception};
use crate::store::Ancestors;
use jiff::Timestamp;
use std::rc::Rc;
use std::sync::Arc;

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
    bench: &RangeInputs<'_>,
    line: &Rc<TimedLine>,
    stretch: &NewestCommits,
    terms: &Terms,
) -> Result<RangeReport, ReadError> {
    let mut walk = Walk::begin(bench, line, stretch, terms)?;
    walk.reception = bench.received.map(|at| {
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
    })
}

/// A walk along the live line, oldest commit first.
struct Walk<'b, 's> {
    bench: &'b RangeInputs<'s>,
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
        bench: &'b RangeInputs<'s>,
        line: &Rc<TimedLine>,
        stretch: &NewestCommits,
        terms: &'b Terms,
    ) -> Result<Self, ReadError> {
        let NewestCommits { range, from, .. } = *stretch;
        let folder = match from {
            Some(from) => folder_at(bench, from, range.head)?,
            None => bench.folder.clone(),
        };
        let place = match from {
            Some(from) => ProjectPlace::at(bench.store, bench.store.root_of(from)?, &folder)?,
            None => ProjectPlace::nowhere(folder.clone()),
        };
        let past = History::along(bench.store, &folder, line.clone());
        let live = Ancestors::of(range.base);
        let (findings, wrong) = (Vec::new(), None);
        Ok(Self {
            bench,
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
        // 1. What the commit brings: commits that lead to its other parents and were not live before it. `live` holds all
        //    that led to the parent, not just what this range has, so the answer is the same wherever the range begins.
        let brought = if others.is_empty() {
            Vec::new()
        } else {
            self.bench.store.brought_by(others, &mut self.live)?
        };
        self.commits += brought.len();
        // 2. The past of every verdict on it ends with its first parent: what was live before this step, and who had asked
        //    by then. The walk keeps no facts itself: they would depend on where the range begins, and be a second answer to the same question.
        self.past.end_at(index + 1, &self.place.folder);
        // 3. The commits of a branch are judged first, by the rules that are live before they land; they say who set what.
        let (folder, live) = (self.place.folder.clone(), self.rules());
        let mut branch = Branch::new(
            self.bench,
            &folder,
            (stop.parent.unwrap_or(commit), &live),
            lands,
        );
        branch.judge(&brought, others)?;
        self.judged += branch.judged;
        self.signed &= branch.judged == 0 || demands_signatures(&live.project);
        // 4. The step itself, if it changes the project. Most commits of a large repository do not, and cost one comparison.
        let root = first_parents.tree(self.bench.store, index)?;
        let (same, tree) = self.place.compare(self.bench.store, root)?;
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
        if let Some(finding) = check_date(self.bench.ahead(stop.lands.own)) {
            let strict_commit = self.bench.store.strict_commit(stop.commit)?.ok();
            let found = self.bench.found(
                stop.commit,
                strict_commit.as_ref(),
                vec![finding],
                &self.place,
            );
            branch.findings.push(found?);
        }
        Ok(())
    }

    /// Judges a commit that changes the project's folder to `tree`.
    fn change(
        &mut self,
        stop: &Stop<'_>,
        tree: Option<ContentId>,
        branch: &mut Branch<'_, '_>,
    ) -> Result<(), ReadError> {
        let RangeInputs { store, .. } = *self.bench;
        self.judged += 1;
        self.signed &= demands_signatures(&self.rules().project);
        let strict_commit = match store.strict_commit(stop.commit)? {
            Ok(strict_commit) => Some(strict_commit),
            Err(why) => {
                let finding = self.bench.malformed_commit(&self.place, tree, &why);
                branch.findings.push(self.bench.found(
                    stop.commit,
                    None,
                    vec![finding],
                    &self.place,
                )?);
                None
            }
        };
        let (moved, tree) = match stop.parent {
            Some(parent) => self.place.follow(store, (parent, stop.commit), tree)?,
            None => (false, tree),
        };
        let before = self.place.state.clone();
        // A tree that cannot be read one way only is a finding, and the walk stays at the state before it: the next commit is
        // compared with that, so nothing that hides behind the malformed tree goes unjudged.
        if let Err(error) = self.place.advance(store, tree) {
            let finding = self.bench.malformed_tree(error)?;
            branch.findings.push(self.bench.found(
                stop.commit,
                strict_commit.as_ref(),
                vec![finding],
                &self.place,
            )?);
            return Ok(());
        }
        let origins = self.origins(stop, (&before, moved), branch)?;
        // What is wrong with the state before is known from the step before, if that was judged; it is found anew otherwise.
        let known = self.wrong.take();
        if let Some(strict_commit) = &strict_commit {
            self.wrong = known;
            let rules = self.terms.rules.as_ref().unwrap_or(&before);
            let signs = !self.terms.drafted && demands_signatures(&rules.project);
            let meta = Meta {
                moved,
                overtaken: stop.overtaken,
                ..self.bench.meta(strict_commit, stop.lands, signs)
            };
            let report = self.report(&before, &meta, origins.as_ref())?;
            self.wrong = Some(report.wrong);
            // A merge repeats the findings of the commits that it brings. Each is reported once, at the commit that caused it.
            let new = without(report.introduced, &branch.findings);
            if !new.is_empty() {
                branch.findings.push(self.bench.found(
                    stop.commit,
                    Some(strict_commit),
                    new,
                    &self.place,
                )?);
            }
        }
        Ok(())
    }

    fn origins(
        &self,
        stop: &Stop<'_>,
        (before, moved): (&State, bool),
        branch: &mut Branch<'_, '_>,
    ) -> Result<Option<Origins>, ReadError> {
        match stop.parent {
            Some(parent) if !stop.others.is_empty() => {
                let (before, after) = (&before.project, &self.place.state.project);
                let mut origins = branch.origins((parent, before), stop.others, after)?;
                if moved {
                    branch.explain_move(&mut origins, stop.others, &self.place.folder)?;
                }
                Ok(Some(origins))
            }
            _ => Ok(None),
        }
    }

    fn report(
        &mut self,
        before: &State,
        meta: &Meta,
        origins: Option<&Origins>,
    ) -> Result<Report, ReadError> {
        let stand = self.terms.stand(origins);
        let (after, wrong_before) = (&self.place.state, self.wrong.as_deref());
        let mut facts = Facts::on_reception(self.reception.clone());
        self.past.judge(&mut facts, |facts| {
            check_transition(&Transition {
                before,
                after,
                meta,
                wrong_before,
                published: None,
                facts,
                stand,
            })
        })
    }
}
