//! The outcome of a change, written or not.

use envctl::model::{CommitId, EnvironmentSlug, Move, PolicyKey};
use envctl::ops::{Delivery, Rehearsal, VariableChange, WriteError, Written};
use envctl::policy::Wait;
use jiff::Timestamp;

use super::arguments::AcceptPendingArgs;
use super::body::{PushedBody, RequestedBody, WriteBody};
use crate::app::{Answer, App};
use crate::commands::moves::JudgedMove;
use crate::context::Context;
use crate::error::Failure;
use crate::render::count;
use crate::render::when::When;
use crate::ui::Shown;

/// The outcome of a change.
#[derive(Clone, Debug)]
pub struct WriteOutcome {
    /// The plan, and the project before and after it.
    pub rehearsal: Rehearsal,
    /// The commit; `None` after a dry run, or if there was nothing to do.
    pub commit: Option<CommitId>,
    /// Notes for the user about a successful change.
    pub notes: Vec<String>,
    /// How it was pushed; `None` if it was not.
    pub delivery: Option<Delivery>,
    /// The prompts whose callers have to change; `None` if that was not asked or cannot be determined.
    pub variable_changes: Option<Vec<VariableChange>>,
    /// Whether it was a dry run.
    pub dry_run: bool,
    /// Why the planned change was not written.
    pub failure: Option<Failure>,
}

impl WriteOutcome {
    /// Returns the outcome of a `rehearsal` that was not written: a dry run, or there was nothing to do.
    pub fn unwritten(rehearsal: Rehearsal, dry_run: bool) -> Self {
        Self {
            rehearsal,
            commit: None,
            notes: Vec::new(),
            delivery: None,
            variable_changes: None,
            dry_run,
            failure: None,
        }
    }

    /// Returns the outcome of a `rehearsal` that was not written because of `failure`.
    pub fn failed(rehearsal: Rehearsal, dry_run: bool, failure: Failure) -> Self {
        Self {
            failure: Some(failure),
            ..Self::unwritten(rehearsal, dry_run)
        }
    }

    /// Returns the outcome of a change that the judge refused.
    ///
    /// # Errors
    ///
    /// `error`, if it is any other.
    pub fn refused(error: WriteError, dry_run: bool) -> anyhow::Result<Self> {
        let WriteError::Refused(rehearsal) = &error else {
            return Err(error.into());
        };
        let rehearsal = Rehearsal::clone(rehearsal);
        Ok(Self::failed(rehearsal, dry_run, Failure::of(error.into())))
    }

    /// Returns the outcome of `written`, whose notes are printed.
    pub fn of_written(app: &mut App, written: Written) -> Self {
        let (commit, rehearsal, notes, delivery) = match written {
            Written::Unchanged {
                rehearsal,
                notes,
                delivery,
            } => (None, rehearsal, notes, delivery),
            Written::Landed {
                commit,
                rehearsal,
                notes,
                delivery,
            } => (Some(commit), rehearsal, notes, delivery),
        };
        // Noted as soon as it is known. If the answer cannot be written afterwards, the exit code
        // must still say that something has changed.
        app.landed |= commit.is_some() || delivery.is_some();
        for note in &notes {
            app.output.warn(Shown(note));
        }
        // The line about the commit says that it was pushed. Without a commit, earlier commits that
        // were pushed would not be mentioned.
        if let (None, Some(Delivery { place, commits, .. })) = (commit, &delivery) {
            app.output
                .say(format!("{} pushed to {place}", count(*commits, "commit")));
        }
        Self {
            commit,
            notes,
            delivery,
            ..Self::unwritten(*rehearsal, false)
        }
    }

    /// Returns the outcome with its failure replaced by `explain`, if the judge refused it.
    #[must_use]
    pub fn explained(mut self, explain: impl FnOnce(Failure, &Rehearsal) -> Failure) -> Self {
        if let Some(failure) = self.failure.take() {
            self.failure = Some(match failure.refused {
                Some(_) => explain(failure, &self.rehearsal),
                None => failure,
            });
        }
        self
    }

    /// Reports whether something changed, or would.
    pub fn changed(&self) -> bool {
        self.failure.is_none() && !self.rehearsal.is_empty()
    }

    /// Returns when the same change would not be refused any more, if only time is missing.
    pub fn eligible(&self) -> Option<Timestamp> {
        let failure = self.failure.as_ref().filter(|_| !self.dry_run)?;
        let waiting = failure.waiting.as_ref()?;
        waiting.eligible.map(|When(eligible)| eligible)
    }

    /// Reports whether the change was planned but failed to be written.
    pub fn is_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Returns the moves that are made, or would be, each with its verdicts.
    pub fn moves(&self) -> Vec<JudgedMove> {
        self.judged(&self.rehearsal.plan.moves)
    }

    /// Returns `moves`, each with its verdicts if it was judged.
    pub fn judged(&self, moves: &[Move]) -> Vec<JudgedMove> {
        JudgedMove::all(moves, &self.rehearsal.report.judged)
    }

    /// Returns `answer` beside the failure, if the change failed.
    pub fn ended(&self, answer: Answer) -> Answer {
        match &self.failure {
            Some(failure) => answer.failed(failure.clone()),
            None => answer,
        }
    }

    /// Returns the fields that all answers have in common; `undo` is the command that undoes the change.
    pub fn body(&self, context: &Context, undo: Option<String>) -> WriteBody {
        WriteBody {
            context: context.clone(),
            dry_run: self.dry_run,
            changed: self.changed(),
            commit: self.commit,
            pushed: self.delivery.as_ref().map(PushedBody::of),
            notes: self.notes.clone(),
            undo: undo.filter(|_| self.commit.is_some()),
            pending: self
                .rehearsal
                .plan
                .waits_in()
                .map(|environment| RequestedBody {
                    environment: environment.clone(),
                    moves: self.judged(&self.rehearsal.plan.requested),
                })
                .into_iter()
                .collect(),
        }
    }

    /// Returns the answer of a command whose moves may have to wait for approval. If they do, the
    /// message names `what` was wanted, such as `staging → prod: 3 pointers`.
    pub fn answer(
        &self,
        app: &mut App,
        answer: Answer,
        what: &str,
        args: AcceptPendingArgs,
    ) -> Answer {
        if self.is_failed() {
            return self.ended(answer);
        }
        let Some(environment) = self.rehearsal.plan.waits_in() else {
            return answer;
        };
        let (message, recorded) = match self.commit {
            Some(commit) => {
                let (short, whereto) = (commit.short(), self.whereto());
                (
                    format!("requested: {what}, which waits for approval ({short}){whereto}"),
                    true,
                )
            }
            None if self.changed() => (
                format!("dry run: {what}, which would wait for approval; nothing was changed"),
                false,
            ),
            None => (format!("{what} already waits for approval"), true),
        };
        let separated = self.separates_duties(environment);
        let who = if separated {
            "another member has to approve"
        } else {
            "to approve"
        };
        let failure = Failure::waits("waits-for-approval", message, Wait::Approval, recorded);
        let failure = match recorded {
            true => failure
                .hint(format!("{who}: envctl approve {environment}"))
                .hint(format!("to withdraw it: envctl withdraw {environment}")),
            false => failure,
        };
        // Shown all the same: it exits with 0, but nothing is live yet, and a log that said nothing
        // would read as if it were.
        if args.accept_pending {
            failure.show(&mut app.output);
            return answer;
        }
        answer.failed(failure)
    }

    fn separates_duties(&self, environment: &EnvironmentSlug) -> bool {
        let policy = self
            .rehearsal
            .after
            .project
            .environments
            .get(environment)
            .map(|environment| &environment.policy);
        let mut kinds = self
            .rehearsal
            .plan
            .requested
            .iter()
            .map(|moved| moved.resource.kind);
        policy.is_some_and(|policy| {
            kinds.any(|kind| policy.demands(kind).switch(PolicyKey::SeparationOfDuties))
        })
    }

    /// Returns where the commit was pushed to, as the end of a sentence; empty if it was not.
    fn whereto(&self) -> String {
        match &self.delivery {
            None => String::new(),
            Some(Delivery {
                place, commits: 1, ..
            }) => format!(", pushed to {place}"),
            Some(Delivery { place, commits, .. }) => {
                format!(", {} pushed to {place}", count(*commits, "commit"))
            }
        }
    }

    /// Prints what was done, or would be done after a dry run, and the command that undoes it.
    pub fn say(&self, app: &mut App, done: &str, undo: Option<&str>) {
        match self.commit {
            None if self.is_failed() => {}
            None if !self.changed() => app.output.say("nothing to do"),
            None => app
                .output
                .say(format!("dry run: {done}; nothing was changed")),
            Some(commit) => {
                app.output
                    .say(format!("{done} ({}){}", commit.short(), self.whereto()));
                if let Some(undo) = undo {
                    app.output.say(format!("undo: {undo}"));
                }
            }
        }
    }
}
