use super::variables::payload_variables;
use super::{History, ReadError};
use crate::files::{Layered, PayloadTexts, Payloads};
use crate::model::CommitId;
use crate::policy::{Facts, Lifeline, PastFacts, Question};
use crate::store::{ProjectFolder, Store, StoreError};

/// The facts that a judge asks for, from history and from the content of versions, remembered
/// between two verdicts.
pub(super) struct Inquiry<'s> {
    past: LazyHistory<'s>,
    facts: Facts,
}

/// The facts about the past that ends with a commit, as far as a verdict asked for them.
pub(super) struct Known {
    tip: Option<CommitId>,
    facts: Facts,
}

/// The past that ends with a commit, opened when the first question needs it.
struct LazyHistory<'s> {
    store: &'s Store,
    folder: &'s ProjectFolder,
    tip: Option<CommitId>,
    history: Option<History<'s>>,
    /// The content of versions: those in the repository, and those that are not there yet.
    payloads: Layered<'s, Store>,
}

impl<'s> Inquiry<'s> {
    /// Returns an inquiry about the past that ends with `tip`. `None` means that there is no past.
    pub(super) fn new(store: &'s Store, folder: &'s ProjectFolder, tip: Option<CommitId>) -> Self {
        let past = LazyHistory {
            store,
            folder,
            tip,
            history: None,
            payloads: PayloadTexts::default().over(store),
        };
        Self {
            past,
            facts: Facts::default(),
        }
    }

    /// Takes over what was `known` before, if it is about the same past.
    pub(super) fn recall(&mut self, known: Option<Known>) {
        // Facts are about a past that ends with one commit. On a retry the tip is another, and
        // since when something is live or who asked may be as well.
        if let Some(known) = known.filter(|known| known.tip == self.past.tip) {
            self.facts = known.facts;
        }
    }

    /// Returns what was found out, for the next verdict on the same commit.
    pub(super) fn known(self) -> Known {
        Known {
            tip: self.past.tip,
            facts: self.facts,
        }
    }

    /// Makes questions about a version look into `texts` first. What is about to be written, or is
    /// in a work tree, is not in the repository yet.
    pub(super) fn look_into(&mut self, texts: PayloadTexts) {
        // Over the store and not instead of it: a version that the write does not touch is asked
        // for as well, where a rule compares it with one that it brings.
        self.past.payloads = texts.over(self.past.store);
    }

    /// Returns the content of versions, for a state that is about to be judged.
    pub(super) fn payloads(&self) -> &Layered<'s, Store> {
        &self.past.payloads
    }

    /// Returns what `judge` says once it knows everything that it asks for.
    pub(super) fn ask<T>(
        &mut self,
        judge: impl Fn(&Facts) -> Result<T, Vec<Question>>,
    ) -> Result<T, ReadError> {
        self.past.judge(&mut self.facts, judge)
    }

    /// Returns what is known so far.
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
                // Content is answered without opening history, so that a shallow clone can still
                // judge it.
                Question::Variables(content, extension) => {
                    let variables = payload_variables(&self.payloads, *content, extension)?;
                    facts.record_variables(*content, extension.clone(), variables);
                }
                Question::Payload(kind, content) => {
                    let payload = self.payloads.parsed(*kind, *content)?;
                    facts.record_payload(*kind, *content, payload);
                }
                Question::Live { .. }
                | Question::Lifeline { .. }
                | Question::Made(..)
                | Question::Leads(..)
                | Question::Publisher(..)
                | Question::Vetoed(_)
                | Question::SoundVetoes
                | Question::Attested(..)
                | Question::Request(_) => past.push(question.clone()),
            }
        }
        if past.is_empty() {
            return Ok(());
        }
        match self.history() {
            // A question whose answer can only lead to a warning is answered with "nothing known"
            // if history is cut off. An error would block a write in every shallow clone because of
            // a hint.
            Err(ReadError::Store(StoreError::Shallow { .. })) if past.iter().all(is_advisory) => {
                for question in past {
                    if let Question::Vetoed(version) = question {
                        facts.record_vetoed(version, None);
                        continue;
                    }
                    if let Question::Lifeline {
                        environment,
                        resource,
                        ..
                    } = question
                    {
                        facts.record_lifeline(environment, resource, Lifeline::default());
                    }
                }
                Ok(())
            }
            history => history?.answer(&past, facts),
        }
    }
}

fn is_advisory(question: &Question) -> bool {
    matches!(
        question,
        Question::Lifeline { advisory: true, .. } | Question::Vetoed(_)
    )
}
