use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::variables::{stored_variables, variables_in};
use super::{History, ReadError};
use crate::files::{Entry, Snapshot};
use crate::model::{CommitId, ContentId, Kind};
use crate::policy::{Facts, Question};
use crate::store::{ProjectFolder, Store};

/// How often a judge may ask for more. Each verdict asks at most twice: for what it needs, and then, since a rule is not
/// kept, whether it is a return.
const ROUNDS: usize = 8;

/// Finds out what history and the texts of prompts say, as far as a judge wants to know it, and remembers that between two
/// questions.
pub(super) struct Inquiry<'s> {
    store: &'s Store,
    folder: &'s ProjectFolder,
    tip: Option<CommitId>,
    now: Timestamp,
    history: Option<History<'s>>,
    facts: Facts,
    /// Prompts that the repository may not have yet; none: it cannot be told which variables they have.
    texts: BTreeMap<ContentId, Option<Arc<[u8]>>>,
}

impl<'s> Inquiry<'s> {
    /// About the past that ends with `tip` (none: there is no past), as seen at `now`.
    pub(super) fn new(
        store: &'s Store,
        folder: &'s ProjectFolder,
        tip: Option<CommitId>,
        now: Timestamp,
    ) -> Self {
        Self {
            store,
            folder,
            tip,
            now,
            history: None,
            facts: Facts::default(),
            texts: BTreeMap::new(),
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
        self.texts
            .extend(read.map(|(_, entry)| (entry.content, entry.bytes.clone())));
    }

    /// What `judge` says once it knows everything that it asks for.
    pub(super) fn ask<T>(
        &mut self,
        judge: impl Fn(&Facts) -> Result<T, Vec<Question>>,
    ) -> Result<T, ReadError> {
        for _ in 0..ROUNDS {
            match judge(&self.facts) {
                Ok(answer) => return Ok(answer),
                Err(questions) => self.answer(&questions)?,
            }
        }
        unreachable!("a judge asks at most twice for each verdict")
    }

    /// What is known so far.
    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The effective time of the commit that the past ends with.
    pub(super) fn reached(&mut self) -> Result<Option<Timestamp>, ReadError> {
        Ok(self.history()?.line().reached())
    }

    /// Answers `questions` before a judge asks any of them.
    pub(super) fn answer(&mut self, questions: &[Question]) -> Result<(), ReadError> {
        let mut past = Vec::new();
        for question in questions {
            match question {
                // No text is a matter of history, which may be cut off.
                Question::Variables(content) => {
                    let variables = match self.texts.get(content) {
                        Some(bytes) => bytes.as_deref().and_then(variables_in),
                        None => stored_variables(self.store, *content)?,
                    };
                    self.facts.tell_variables(*content, variables);
                }
                Question::Live { .. } | Question::Request(_) => past.push(question.clone()),
            }
        }
        if past.is_empty() {
            return Ok(());
        }
        let mut facts = std::mem::take(&mut self.facts);
        let answered = self
            .history()
            .and_then(|history| history.answer(&past, &mut facts));
        self.facts = facts;
        answered
    }

    fn history(&mut self) -> Result<&History<'s>, ReadError> {
        let Some(tip) = self.tip else {
            unreachable!("without a commit there is no project that could have a policy")
        };
        let history = match self.history.take() {
            Some(history) => history,
            None => History::of(self.store, self.folder, tip, self.now)?,
        };
        Ok(self.history.insert(history))
    }
}
