use super::inquiry::Inquiry;
use super::writer::{Base, Writer, branch};
use super::{Basis, Operation, Rehearsal, Session, WriteError};
use crate::check::{Meta, Stand, Transition, check_transition};
use crate::files::{PayloadTexts, apply};
use crate::model::{Changes, Project, Statement};
use crate::plan::{OnApproval, Plan, PlanError, settle};
use crate::policy::{Step, judge};
use crate::store::Store;

/// Plans, applies and judges as `operation` would do it, without writing anything.
///
/// # Errors
///
/// When the project cannot be read, no plan can be made, or the judge refuses the result.
pub fn rehearse(
    session: &Session,
    operation: &Operation,
    intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
) -> Result<Rehearsal, WriteError> {
    Writer::of(session, operation)?.rehearse(Base::of(session.view(None)?), intent)
}

/// Succeeds if the checkouts of the branch would let the rehearsed change be written. This is for a
/// dry run.
///
/// # Errors
///
/// When files that would be written hold uncommitted changes, or something else is in their way.
pub fn require_clean(session: &Session, rehearsal: &Rehearsal) -> Result<(), WriteError> {
    let branch = branch(session)?;
    let sync_state = session.sync_state().unwrap_or_default();
    // With an upstream the checkout follows further than the new commit: it also gets what the
    // remote has.
    let tip = match (sync_state.ours, sync_state.base) {
        (Some(ours), Some(base)) => {
            session.store.require_clean_between(branch, ours, base)?;
            Some(ours)
        }
        _ => rehearsal.tip,
    };
    Ok(session
        .store
        .require_clean(branch, tip, &session.folder, &rehearsal.changes)?)
}

/// Returns the plan as the policies of `project` allow it: its moves, or a request for them.
fn settled(
    plan: Plan,
    project: &Project,
    meta: &Meta,
    inquiry: &mut Inquiry<'_>,
) -> Result<Plan, WriteError> {
    // An approval, a rejection or a withdrawal decides a request. Settled again, it would become a
    // request for itself.
    if plan.moves.is_empty() || plan.on_approval == OnApproval::Stands {
        return Ok(plan);
    }
    let changes = Changes {
        moves: plan.moves.clone(),
        ..Changes::default()
    };
    let (author, at) = (meta.author.as_ref(), meta.at);
    // With what its commit will state: an override of the approval makes no request.
    let statement = Statement::of(&plan.message.to_string());
    let committer = meta.committer.as_ref();
    // The moves are judged alone, before any file is edited, since whether they become a request
    // decides which files are edited.
    let judged = inquiry.ask(|facts| {
        judge(&Step {
            statement: Some(&statement),
            committer,
            ..Step::live((project, project), &changes, author, at, facts)
        })
    })?;
    Ok(settle(project, plan, &judged)?)
}

impl<'a> Writer<'a> {
    /// Plans on `base`, applies and judges. A refusal is an error.
    pub(super) fn rehearse(
        &self,
        base: Base,
        intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
    ) -> Result<Rehearsal, WriteError> {
        let rehearsal = self.prepare(base, intent)?;
        if rehearsal.is_empty() || rehearsal.report.allows_write() {
            return Ok(rehearsal);
        }
        Err(WriteError::Refused(Box::new(rehearsal)))
    }

    /// Plans on `base`, applies and judges. A refusal is part of the result.
    pub(super) fn prepare(
        &self,
        base: Base,
        intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
    ) -> Result<Rehearsal, WriteError> {
        let Base {
            tip,
            snapshot,
            state: before,
            wrong,
        } = base;
        // A command that shows what it would write judges it twice on the same commit. The facts
        // that the first verdict needed are kept, because finding them again walks through history.
        let mut inquiry = Inquiry::new(self.store, self.folder, tip);
        inquiry.recall(self.known.take());
        let mut meta = Meta {
            committer: Some(self.operation.committer.clone()),
            ..Meta::unsigned(
                Some(self.operation.author.clone()),
                self.time_after(tip)?.at,
            )
        };
        // 1. Plan: the intent sees only the state of `base`, never the one that the caller looked
        // at before. So a retry plans on what is there now.
        let plan = intent(&Basis {
            tip,
            project: &before.project,
            configuration: &before.configuration,
            author: &self.operation.author,
            at: meta.at,
        })?;
        // 2. Settle: the policies turn moves into a request if somebody has to approve them.
        let plan = settled(plan, &before.project, &meta, &mut inquiry)?;
        meta.statement = Some(Statement::of(&plan.message.to_string()));
        // 3. Apply: the edits change the text of the files, so that comments and order written by
        // people stay.
        let changes = apply(&snapshot, &plan.edits).map_err(PlanError::Edit)?;
        let mut snapshot = snapshot.with(&changes, Store::content_id);
        let paths = changes.iter().map(|change| change.path.as_str());
        inquiry.look_into(PayloadTexts::at(paths.clone(), &snapshot));
        // 4. Parse the new text. The judge sees what a reader will see, not what the plan meant; a
        // mistake in writing a file is found here.
        let after = before.after(paths, &snapshot, inquiry.payloads())?;
        // 5. Judge, with the function that `envctl check` calls.
        let report = inquiry.ask(|facts| {
            check_transition(&Transition {
                before: &before,
                after: &after,
                meta: &meta,
                wrong_before: wrong.as_deref(),
                published: None,
                facts,
                stand: Stand::Live,
            })
        })?;
        snapshot.load_for(report.findings(), inquiry.payloads())?;
        self.known.replace(Some(inquiry.known()));
        Ok(Rehearsal {
            tip,
            before,
            plan,
            changes,
            snapshot,
            after,
            report,
        })
    }
}
