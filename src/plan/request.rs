use super::{OnApproval, Plan};
use crate::files::Edit;
use crate::model::{Move, PendingMove, PendingRelease, Project};
use crate::policy::{Judged, Outcome, PolicyRule};

/// The plan as the policy lets it be made: where it demands approval, and nothing else stands in the way, the moves are
/// asked for instead of made. Where that very release waits already, there is nothing to do.
pub fn settle(project: &Project, plan: Plan, judged: &[Judged]) -> Plan {
    let OnApproval::Waits { from } = &plan.on_approval else { return plan };
    let Some(environment) = plan.moves.first().map(|moved| moved.environment.clone()) else { return plan };
    let release = PendingRelease { from: from.clone(), moves: plan.moves.iter().map(asked).collect() };
    if project.pending.get(&environment).is_some_and(|waiting| waiting.moves == release.moves) {
        return Plan { edits: without_moves(&plan), requested: plan.moves, moves: Vec::new(), ..plan };
    }
    if !only_approval_is_missing(judged) {
        return plan;
    }
    let mut edits = without_moves(&plan);
    edits.push(Edit::Request(environment.clone(), release));
    let message = plan.message.into_request(&environment);
    Plan { edits, requested: plan.moves, moves: Vec::new(), message, ..plan }
}

fn only_approval_is_missing(judged: &[Judged]) -> bool {
    let mut verdicts = judged.iter().flat_map(|judged| &judged.verdicts);
    let waits = |outcome, rule| outcome == Outcome::Wait(None) && rule == PolicyRule::Approval;
    verdicts.clone().all(|verdict| verdict.passes() || waits(verdict.outcome, verdict.rule))
        && verdicts.any(|verdict| !verdict.passes())
}

fn without_moves(plan: &Plan) -> Vec<Edit> {
    plan.edits.iter().filter(|edit| !matches!(edit, Edit::Point { .. })).cloned().collect()
}

fn asked(moved: &Move) -> (crate::model::Resource, PendingMove) {
    (moved.resource.clone(), PendingMove { target: moved.after, seen: moved.before })
}
