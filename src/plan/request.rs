use crate::diag::Code;
use crate::files::Edit;
use crate::model::{Move, PendingMove, PendingRelease, Project};
use crate::plan::error::PlanError;
use crate::plan::planned::{OnApproval, Plan};
use crate::policy::{Judged, Outcome, Verdict};

/// Returns the plan as the policies allow it. If they demand approval of any move, all moves are requested
/// instead of made. If exactly this release is pending already, nothing is left to do.
///
/// # Errors
///
/// When a promotion that does not name it would bring back a version that was rolled back, and no rule
/// refuses that. Whoever rolled it back may undo that, and anybody may request it, but not by accident.
pub fn settle(project: &Project, plan: Plan, judged: &[Judged]) -> Result<Plan, PlanError> {
    let OnApproval::Waits(asking) = &plan.on_approval else {
        return Ok(plan);
    };
    let Some(environment) = plan.moves.first().map(|moved| moved.environment.clone()) else {
        return Ok(plan);
    };
    // A pending release belongs to one environment, so moves in several cannot wait. The judge
    // refuses them if one needs approval.
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
    // Compared by the moves alone, so that the same request from another source is not written
    // twice.
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
    // A request is not subject to windows and freezes: what is asked for moves later.
    let refuses = |verdict: &Verdict| {
        verdict.outcome == Outcome::Refuse
            && ![Code::WINDOWS, Code::FREEZES].contains(&verdict.rule)
    };
    let is_refused = verdicts().any(refuses);
    // Only a promotion of whatever differs can bring something back by accident; where resources
    // are named, it is on purpose.
    if let Some(from) = asking.from.as_ref().filter(|_| !asking.named) {
        let back = judged.iter().filter(|judged| {
            let came = |verdict: &Verdict| {
                verdict.rule == Code::ROLLED_BACK
                    && (verdict.outcome == Outcome::Pass || asking.always)
            };
            judged.verdicts.iter().any(came)
        });
        let resources: Vec<_> = back.map(|judged| judged.moved.resource.clone()).collect();
        let others = resources.len() < plan.moves.len();
        if !resources.is_empty() && !is_refused {
            return Err(PlanError::RolledBack {
                resources,
                environment,
                from: from.clone(),
                others,
            });
        }
    }
    // A version that was rolled back is requested only if just that was asked for: otherwise a
    // warning among many moves would be overlooked by whoever approves.
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

/// Reports whether the verdict says that approval is missing.
fn needs_approval(verdict: &Verdict) -> bool {
    verdict.rule == Code::APPROVAL && !verdict.passes()
}

/// Reports whether the verdict warns of a version that was rolled back.
fn was_rolled_back(verdict: &Verdict) -> bool {
    verdict.rule == Code::ROLLED_BACK && !verdict.passes()
}

/// Returns the edits of `plan` that do not move a pointer, as the new version of a publication.
fn without_moves(plan: &Plan) -> Vec<Edit> {
    plan.edits
        .iter()
        .filter(|edit| !matches!(edit, Edit::Point { .. }))
        .cloned()
        .collect()
}

/// Returns `moved` as a request writes it.
fn asked(moved: &Move) -> (crate::model::Resource, PendingMove) {
    (
        moved.resource.clone(),
        PendingMove {
            target: moved.after,
            seen: moved.before,
        },
    )
}
