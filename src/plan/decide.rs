use crate::files::Edit;
use crate::model::{EnvironmentSlug, Move, PendingRelease, Project, Reason};
use crate::plan::error::{PlanError, existing};
use crate::plan::message::{Action, Message};
use crate::plan::planned::Plan;
use crate::plan::promote::{edit, pointers};
use crate::policy::asked_moves;

/// What to do with a pending release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Make its moves.
    Approve,
    /// Reject it: a decision of somebody who may review.
    Reject,
    /// Withdraw it: the requester takes it back.
    Withdraw,
}

impl Decision {
    /// Returns the word for it, which is also the command.
    pub fn as_str(self) -> &'static str {
        self.action().as_str()
    }

    fn action(self) -> Action {
        match self {
            Self::Approve => Action::Approve,
            Self::Reject => Action::Reject,
            Self::Withdraw => Action::Withdraw,
        }
    }
}

/// Plans a decision on the pending release in `environment`. Approving makes exactly the moves that were
/// asked for; rejecting and withdrawing make none.
///
/// Rejecting and withdrawing always work, even if the release or its environment is broken: otherwise a
/// broken request could only be removed by hand.
///
/// # Errors
///
/// When no release is pending there; for an approval also when a pointer is not where it was when the release
/// was asked for.
pub fn decide(
    project: &Project,
    environment: &EnvironmentSlug,
    decision: Decision,
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    let Some(release) = project.pending.get(environment) else {
        existing(project, environment)?;
        return Err(PlanError::NothingWaits {
            environment: environment.clone(),
        });
    };
    let asked = asked_moves(environment, release);
    let moves = match decision {
        Decision::Approve => {
            existing(project, environment)?;
            as_it_was_seen(project, environment, &asked)?;
            asked.clone()
        }
        Decision::Reject | Decision::Withdraw => Vec::new(),
    };
    let edits = std::iter::once(Edit::Decide(environment.clone()))
        .chain(moves.iter().map(edit))
        .collect();
    let message = message(environment, release, &asked, decision).reason(reason);
    Ok(Plan::new(edits, moves, message))
}

/// Succeeds if every pointer still is where the request saw it. Otherwise an approval would replace something
/// that nobody compared with.
fn as_it_was_seen(
    project: &Project,
    environment: &EnvironmentSlug,
    asked: &[Move],
) -> Result<(), PlanError> {
    if asked.is_empty() || asked.iter().any(|moved| moved.before == moved.after) {
        return Err(PlanError::UnsoundRelease {
            environment: environment.clone(),
        });
    }
    let live = |moved: &Move| project.live(environment, &moved.resource);
    match asked.iter().find(|moved| live(moved) != moved.before) {
        None => Ok(()),
        Some(moved) => Err(PlanError::SeenOtherwise {
            moved: moved.clone(),
            live: live(moved),
        }),
    }
}

fn message(
    environment: &EnvironmentSlug,
    release: &PendingRelease,
    asked: &[Move],
    decision: Decision,
) -> Message {
    let from = release
        .from
        .as_ref()
        .map(|from| format!("{from} → "))
        .unwrap_or_default();
    let subject = format!(
        "{} {from}{environment}: {}",
        decision.as_str(),
        pointers(asked.len())
    );
    let message = Message::new(decision.action(), subject);
    let message = match decision {
        Decision::Approve => message.moves(asked),
        // A rejection lists what it did not do, so that the log shows what was rejected after the
        // request file is gone.
        Decision::Reject | Decision::Withdraw => asked.iter().fold(message, Message::not_made),
    };
    let message = message.trailer("Environment", environment.as_str());
    release.from.iter().fold(message, |message, from| {
        message.trailer("From", from.as_str())
    })
}
