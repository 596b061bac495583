//! Runs every command that changes the project: opens, plans, judges, shows, confirms, writes, reports.

use envctl::diag::{Code, Severity};
use envctl::ops::{
    Basis, Earlier, Rehearsal, Session, WriteError, earlier, rehearse, require_clean, write_if,
};
use envctl::plan::PlanError;
use jiff::Timestamp;

use super::command::WriteCommand;
use super::confirmation::{Confirmation, ConfirmedBy};
use super::outcome::WriteOutcome;
use super::reason;
use super::session::ChangeSession;
use super::waiting::{MachineClock, WaitEnd, wait_until};
use crate::app::{Answer, App};
use crate::commands::{variables, warnings};
use crate::error::Failure;
use crate::exit::Exit;
use crate::process::Process;

/// Opens the project here, makes `change`, and returns the answer.
///
/// # Errors
///
/// When the project cannot be read, or the change cannot be planned. A change that was planned and
/// then refused, declined or lost is an answer beside a failure, so that the plan is not lost.
pub fn run(change: &impl WriteCommand, app: &mut App) -> anyhow::Result<Answer> {
    let opened = ChangeSession::open(app, change.arguments())?;
    let outcome = make(change, app, &opened.session)?;
    Ok(finish(change, app, &opened, &outcome))
}

/// Plans and judges `change`, shows the plan, asks for confirmation, and writes it.
///
/// # Errors
///
/// As [`run`].
pub fn make(
    change: &impl WriteCommand,
    app: &mut App,
    session: &Session,
) -> anyhow::Result<WriteOutcome> {
    let mut variable_changes = None;
    let mut show = |app: &mut App, rehearsal: &Rehearsal| {
        change.show(app, rehearsal);
        variable_changes = variables::warn_of_plan(app, &session.store, rehearsal);
        warnings::warn(app, rehearsal);
    };
    let mut outcome = write(change, app, session, &mut show)?;
    if let Some(limit) = change.waiting().wait {
        let latest = limit.map(|limit| limit.after(app.process.now()));
        // A moment that has come and did not help is not waited for again: the date of the commit may be given.
        while let Some(moment) = outcome.eligible().filter(|at| *at > app.process.now()) {
            if let Some(failure) = wait(app, &outcome, (moment, latest))? {
                outcome.failure = Some(failure);
                break;
            }
            outcome = write(change, app, session, &mut show)?;
        }
    }
    let variable_changes = variables::known(variable_changes, &session.store, &outcome.rehearsal);
    Ok(WriteOutcome {
        variable_changes,
        ..outcome.explained(|failure, refused| change.explain(failure, refused))
    })
}

/// Prints the outcome of `change`, and returns the answer.
pub fn finish(
    change: &impl WriteCommand,
    app: &mut App,
    opened: &ChangeSession,
    outcome: &WriteOutcome,
) -> Answer {
    let undo = outcome.undo(app, &opened.session);
    if !outcome.is_failed() {
        change.say(app, outcome, undo.as_deref());
    }
    let write = outcome.body(&opened.context, undo);
    let answer = change.answer(app, write, outcome);
    outcome.answer(
        app,
        answer,
        &change.wanted(outcome),
        change.accept_pending(),
    )
}

fn write(
    change: &impl WriteCommand,
    app: &mut App,
    session: &Session,
    show: &mut impl FnMut(&mut App, &Rehearsal),
) -> anyhow::Result<WriteOutcome> {
    let arguments = change.arguments();
    let dry_run = arguments.dry_run;
    if !change.overrides().is_empty() {
        reason::require(app, arguments, "an override")?;
    }
    let intent = |basis: &Basis<'_>| {
        let plan = change.plan(basis)?.overriding(change.overrides());
        Ok(match arguments.written.get() {
            Some(reason) => plan.reasoned(reason),
            None => plan,
        })
    };
    let mut operation = app.process.operation(&session.store, arguments.hooks())?;
    if !dry_run {
        // An earlier run whose outcome is unknown may have landed: then its commit is the answer.
        // Where that cannot be determined, this run takes over its id, so that at most one of the
        // two lands.
        match earlier(session, &operation, intent)? {
            Earlier::Landed(written) => return Ok(WriteOutcome::of_written(app, written)),
            Earlier::Unknown(id) => operation.id = id,
            Earlier::None => {}
        }
    }
    // Planned and judged before anything is asked: nobody should confirm what would then be
    // refused, and a dry run ends here with the verdict that the write would meet.
    let mut rehearsed = rehearse(session, &operation, intent);
    if let Err(WriteError::Refused(refused)) = &rehearsed
        && !dry_run
        && lacks_reason(refused)
        && reason::ask(app, arguments, "the policy")?
    {
        rehearsed = rehearse(session, &operation, intent);
    }
    let rehearsal = match rehearsed {
        Ok(rehearsal) => rehearsal,
        Err(error) => return WriteOutcome::refused(error, dry_run),
    };
    show(app, &rehearsal);
    // A dry run fails for whatever would fail the write, so a file in the way of the checkout
    // counts here already.
    let fits = change.accepts(&rehearsal).and_then(|()| match dry_run {
        true => require_clean(session, &rehearsal),
        false => Ok(()),
    });
    if let Err(error) = fits {
        let failure = Failure::of(error.into());
        return Ok(WriteOutcome::failed(rehearsal, dry_run, failure));
    }
    if dry_run || (rehearsal.is_empty() && is_settled(session)?) {
        return Ok(WriteOutcome::unwritten(rehearsal, dry_run));
    }
    // An empty plan comes this far where earlier work is left to finish. There is nothing to agree
    // to, since whoever made that work was asked then.
    let confirmation = if rehearsal.is_empty() {
        Confirmation::None
    } else {
        change.confirmation(&rehearsal)
    };
    let confirmed_by = match confirmation.ask(app, arguments.yes) {
        Ok(confirmed_by) => confirmed_by,
        Err(error) => {
            let failure = Failure::of(error);
            return Ok(WriteOutcome::failed(rehearsal, false, failure));
        }
    };
    // A person has confirmed this plan and no other: if a commit that came between changes the
    // plan, nothing is written. With --yes nobody saw a plan, so the new one is as good as the old.
    let confirmed = (confirmed_by == ConfirmedBy::Person).then_some(&rehearsal.plan);
    let rehearsed = Some(&rehearsal);
    let written = write_if(
        session,
        &operation,
        rehearsed,
        intent,
        |now| match confirmed {
            Some(confirmed) if *confirmed != now.plan => Err(PlanError::Changed.into()),
            _ => change.accepts(now),
        },
    );
    match written {
        Ok(written) => Ok(WriteOutcome::of_written(app, written)),
        // The refusal is about a newer state than the one that was shown, and contains it.
        Err(error @ WriteError::Refused(_)) => WriteOutcome::refused(error, false),
        Err(error) => {
            let failure = Failure::of(error.into());
            Ok(WriteOutcome::failed(rehearsal, false, failure))
        }
    }
}

/// Waits until `moment`, at which `outcome` is eligible, but not beyond `latest`. Returns the failure of a wait
/// that did not get there.
fn wait(
    app: &mut App,
    outcome: &WriteOutcome,
    (moment, latest): (Timestamp, Option<Timestamp>),
) -> anyhow::Result<Option<Failure>> {
    let Some(failure) = &outcome.failure else {
        return Ok(None);
    };
    if latest.is_some_and(|latest| moment > latest) {
        let hint = "that is later than --wait allows";
        return Ok(Some(failure.clone().hint(hint)));
    }
    let mut clock = MachineClock::watch()?;
    app.output.say(format!("{}; waiting", failure.message));
    app.output.flush();
    let ended = wait_until(moment, &mut clock);
    app.process = Process::look();
    Ok((ended == WaitEnd::Interrupted).then(|| {
        let message = format!(
            "interrupted while waiting: {}; nothing was changed",
            failure.message
        );
        Failure::new(Exit::Interrupted, "interrupted", message)
    }))
}

/// Reports whether the change was refused because it does not say why it is made.
fn lacks_reason(refused: &Rehearsal) -> bool {
    let mut introduced = refused.report.introduced.iter();
    introduced
        .any(|finding| finding.code == Code::REQUIRE_REASON && finding.severity == Severity::Error)
}

/// Reports whether earlier changes left nothing to finish.
///
/// Commits that were never pushed, and a checkout that an interrupted run did not bring up to date,
/// are finished by the next write, even one that has nothing to change itself.
fn is_settled(session: &Session) -> anyhow::Result<bool> {
    Ok(session.sync_state().is_none() && session.store.interrupted_writes()?.is_empty())
}
