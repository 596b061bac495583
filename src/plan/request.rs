use crate::diag::Code;
use crate::files::Edit;
use crate::model::{Move, PendingMove, PendingRelease, Project};
use crate::plan::error::PlanError;
use crate::plan::planned::{OnApproval, Plan};
use crate::policy::{Judged, Outcome, Verdict};

/// The plan as the policy lets it be made: where it demands approval of any move, all of them are asked
/// for instead of made. Where that very release waits already, there is nothing to do.
///
/// # Errors
///
/// When what was rolled back would come back by a promotion that does not name it, though no rule refuses that: whoever rolled
/// back may take that back, and anybody may ask for it, but not by accident.
pub fn settle(project: &Project, plan: Plan, judged: &[Judged]) -> Result<Plan, PlanError> {
    let OnApproval::Waits(asking) = &plan.on_approval else {
        return Ok(plan);
    };
    let Some(environment) = plan.moves.first().map(|moved| moved.environment.clone()) else {
        return Ok(plan);
    };
    if plan
        .moves
        .iter()
        .any(|moved| moved.environment != environment)
    {
        return Ok(plan);
    }
    let release = PendingRelease {
        from: asking.from.clone(),
        moves: plan.moves.iter().map(asked).collect(),
    };
    if project
        .pending
        .get(&environment)
        .is_some_and(|waiting| waiting.moves == release.moves)
    {
        return Ok(Plan {
            edits: without_moves(&plan),
            requested: plan.moves,
            moves: Vec::new(),
            ..plan
        });
    }
    let verdicts = || judged.iter().flat_map(|judged| &judged.verdicts);
    let is_refused = verdicts().any(|verdict| verdict.outcome == Outcome::Refuse);
    if let Some(from) = asking.from.as_ref().filter(|_| !asking.named) {
        let back = judged.iter().filter(|judged| {
            let came = |verdict: &Verdict| {
                verdict.rule == Code::ROLLED_BACK
                    && (verdict.outcome == Outcome::Pass || asking.always)
            };
            judged.verdicts.iter().any(came)
        });
        let resources: Vec<_> = back.map(|judged| judged.moved.resource.clone()).collect();
        if !resources.is_empty() && !is_refused {
            return Err(PlanError::RolledBack {
                resources,
                environment,
                from: from.clone(),
            });
        }
    }
    // What was rolled back waits only if somebody asks for just that.
    let asks = match asking.always {
        true => asking.named || !verdicts().any(was_rolled_back),
        false => verdicts().any(needs_approval) && !verdicts().any(was_rolled_back),
    };
    if !asks {
        return Ok(plan);
    }
    let mut edits = without_moves(&plan);
    edits.push(Edit::Request(environment.clone(), release));
    let message = plan.message.into_request(&environment);
    Ok(Plan {
        edits,
        requested: plan.moves,
        moves: Vec::new(),
        message,
        ..plan
    })
}

fn needs_approval(verdict: &Verdict) -> bool {
    verdict.rule == Code::APPROVAL && !verdict.passes()
}

fn was_rolled_back(verdict: &Verdict) -> bool {
    verdict.rule == Code::ROLLED_BACK && !verdict.passes()
}

fn without_moves(plan: &Plan) -> Vec<Edit> {
    plan.edits
        .iter()
        .filter(|edit| !matches!(edit, Edit::Point { .. }))
        .cloned()
        .collect()
}

fn asked(moved: &Move) -> (crate::model::Resource, PendingMove) {
    (
        moved.resource.clone(),
        PendingMove {
            target: moved.after,
            seen: moved.before,
        },
    )
}
