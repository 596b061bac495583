use std::collections::BTreeMap;
use std::sync::Arc;

use super::variables::{stored_variables, variables_in};
use super::{History, ReadError};
use crate::files::{Entry, Snapshot};
use crate::model::{CommitId, ContentId, Kind};
use crate::policy::{Facts, PastFacts, Question};
use crate::store::{ProjectFolder, Store};

/// What history and the texts of prompts say, as far as a judge wants to know it, remembered between two verdicts.
pub(super) struct Inquiry<'s> {
    past: LazyHistory<'s>,
    facts: Facts,
}

/// The past that ends with a commit, opened once somebody asks about it.
struct LazyHistory<'s> {
    store: &'s Store,
    folder: &'s ProjectFolder,
    tip: Option<CommitId>,
    history: Option<History<'s>>,
    /// Prompts that the repository may not have yet; none: it cannot be told which variables they have.
    texts: BTreeMap<ContentId, Option<Arc<[u8]>>>,
}

impl<'s> Inquiry<'s> {
    /// About the past that ends with `tip` (none: there is no past).
    pub(super) fn new(store: &'s Store, folder: &'s ProjectFolder, tip: Option<CommitId>) -> Self {
        let past = LazyHistory {
            store,
            folder,
            tip,
            history: None,
            texts: BTreeMap::new(),
        };
        Self {
            past,
            facts: Facts::default(),
        }
    }

    /// Lets what is asked about a prompt be answered from `snapshot` where that holds it: what is about to be written, or
    /// stands in a work tree, is nowhere else yet.
    pub(super) fn look_into(&mut self, snapshot: &Snapshot) {
        let is_prompt = |path: &str| path.split('/').next() == Some(Kind::Prompts.folder());
        // Few entries of a project that is read for a write have bytes, however many there are.
        let is_read = |entry: &Entry| entry.bytes.is_some() || entry.size > Snapshot::MAX_READ;
        let read = snapshot
            .entries
            .iter()
            .filter(|(path, entry)| is_read(entry) && is_prompt(path));
        self.past
            .texts
            .extend(read.map(|(_, entry)| (entry.content, entry.bytes.clone())));
    }

    /// What `judge` says once it knows everything that it asks for.
    pub(super) fn ask<T>(
        &mut self,
        judge: impl Fn(&Facts) -> Result<T, Vec<Question>>,
    ) -> Result<T, ReadError> {
        self.past.judge(&mut self.facts, judge)
    }

    /// What is known so far.
    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Answers `questions` before a judge asks any of them.
    pub(super) fn answer(&mut self, questions: &[Question]) -> Result<(), ReadError> {
        self.past.answer(questions, &mut self.facts)
    }
}

impl<'s> LazyHistory<'s> {
    fn history(&mut self) -> Result<&mut History<'s>, ReadError> {
        let Some(tip) = self.tip else {
            unreachable!("without a commit there is no project that could have a policy")
        };
        let history = match self.history.take() {
            Some(history) => history,
            None => History::of(self.store, self.folder, tip)?,
        };
        Ok(self.history.insert(history))
    }
}

impl PastFacts for LazyHistory<'_> {
    type Error = ReadError;

    fn answer(&mut self, questions: &[Question], facts: &mut Facts) -> Result<(), ReadError> {
        let mut past = Vec::new();
        for question in questions {
            match question {
                // No text is a matter of history, which may be cut off.
                Question::Variables(content) => {
                    let variables = match self.texts.get(content) {
                        Some(bytes) => bytes.as_deref().and_then(variables_in),
                        None => stored_variables(self.store, *content)?,
                    };
                    facts.tell_variables(*content, variables);
                }
                Question::Live { .. } | Question::Request(_) => past.push(question.clone()),
            }
        }
        if past.is_empty() {
            return Ok(());
        }
        self.history()?.answer(&past, facts)
    }
}
