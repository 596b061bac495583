use std::collections::HashMap;

use crate::model::CommitId;
use crate::ops::{History, ReadError};
use crate::policy::{Facts, PastFacts, Question};
use crate::store::{ProjectFolder, Store};

/// How many pasts are kept. Commits are judged line by line, so usually one is in use. Each takes
/// some 50 bytes per commit.
const KEPT: usize = 4;

/// The pasts of the commits of a branch.
///
/// Commits of one first-parent line share one past, of which each sees the part that ends with it.
/// So what was found along the line is found only once.
pub(super) struct Pasts<'s> {
    store: &'s Store,
    /// The project's folder at the commit on which the branch becomes live.
    folder: ProjectFolder,
    /// The commit on which the branch becomes live.
    live: CommitId,
    /// The newest commit of the line that a commit is on, and how many commits are between the two.
    lines: HashMap<CommitId, (CommitId, usize)>,
    /// The pasts that were opened, by the newest commit of their line, the most recently used last.
    opened: Vec<(CommitId, History<'s>)>,
}

/// The past that ends with one commit, or no past at all.
pub(super) struct PastOf<'p, 's> {
    pub(super) pasts: &'p mut Pasts<'s>,
    pub(super) tip: Option<CommitId>,
    /// The project's folder in that commit.
    pub(super) folder: &'p ProjectFolder,
}

impl<'s> Pasts<'s> {
    /// Returns the pasts of commits that become live after `live`, where the project is in
    /// `folder`.
    pub(super) fn new(store: &'s Store, folder: &ProjectFolder, live: CommitId) -> Self {
        Self {
            store,
            folder: folder.clone(),
            live,
            lines: HashMap::new(),
            opened: Vec::new(),
        }
    }

    /// Records on which lines `commits` are, each of which comes after its parents.
    pub(super) fn arrange(&mut self, commits: &[(CommitId, Vec<CommitId>)]) {
        let mut next = HashMap::new();
        for (commit, parents) in commits {
            if let Some(first) = parents.first() {
                next.entry(*first).or_insert(*commit);
            }
        }
        let parents = commits.iter().filter_map(|(_, parents)| parents.first());
        // Newest first, so that the end of a line is known before its older commits.
        for commit in commits
            .iter()
            .map(|(commit, _)| commit)
            .rev()
            .chain(parents)
        {
            let place = match next.get(commit) {
                Some(newer) => match self.lines.get(newer) {
                    Some((newest, places)) => (*newest, places + 1),
                    None => continue,
                },
                None => (*commit, 0),
            };
            self.lines.insert(*commit, place);
        }
    }

    /// Returns the past that ends with `tip`, where the project is in `folder`.
    fn ending_with(
        &mut self,
        tip: Option<CommitId>,
        folder: &ProjectFolder,
    ) -> Result<&History<'s>, ReadError> {
        let on_branch = tip.and_then(|tip| self.lines.get(&tip).copied());
        let (newest, places) = match (tip, on_branch) {
            (_, Some(place)) => place,
            (None, None) => (self.live, usize::MAX),
            // Usually it is on the live line, because the branch merged what had become live
            // meanwhile.
            (Some(tip), None) => {
                let live = self.opened(self.live)?.line().position(tip);
                live.map_or((tip, 0), |places| (self.live, places))
            }
        };
        let history = self.opened(newest)?;
        history.end_at(places, folder);
        Ok(history)
    }

    fn opened(&mut self, newest: CommitId) -> Result<&mut History<'s>, ReadError> {
        let known = self.opened.iter().position(|(tip, _)| *tip == newest);
        let history = match known {
            Some(known) => self.opened.remove(known).1,
            None => History::of(self.store, &self.folder, newest)?,
        };
        if self.opened.len() >= KEPT {
            // The front was used least recently. A branch that takes turns between many lines reads
            // some of them again; keeping all would cost as much memory as the branches have
            // commits together.
            self.opened.remove(0);
        }
        self.opened.push((newest, history));
        match self.opened.last_mut() {
            Some((_, history)) => Ok(history),
            None => unreachable!("one was pushed just now"),
        }
    }
}

impl PastFacts for PastOf<'_, '_> {
    type Error = ReadError;

    fn answer(&mut self, questions: &[Question], facts: &mut Facts) -> Result<(), ReadError> {
        let past = self.pasts.ending_with(self.tip, self.folder)?;
        past.answer(questions, facts)
    }
}
