use crate::diag::Code;
use crate::files::Edit;
use crate::model::{Move, PendingMove, PendingRelease, Project};
use crate::plan::planned::{OnApproval, Plan};
use crate::policy::{Judged, Verdict};

/// The plan as the policy lets it be made: where it demands approval of any move, all of them are asked
/// for instead of made. Where that very release waits already, there is nothing to do.
pub fn settle(project: &Project, plan: Plan, judged: &[Judged]) -> Plan {
    let OnApproval::Waits { from } = &plan.on_approval else {
        return plan;
    };
    let Some(environment) = plan.moves.first().map(|moved| moved.environment.clone()) else {
        return plan;
    };
    if plan
        .moves
        .iter()
        .any(|moved| moved.environment != environment)
    {
        return plan;
    }
    let release = PendingRelease {
        from: from.clone(),
        moves: plan.moves.iter().map(asked).collect(),
    };
    if project
        .pending
        .get(&environment)
        .is_some_and(|waiting| waiting.moves == release.moves)
    {
        return Plan {
            edits: without_moves(&plan),
            requested: plan.moves,
            moves: Vec::new(),
            ..plan
        };
    }
    if !judged
        .iter()
        .flat_map(|judged| &judged.verdicts)
        .any(needs_approval)
    {
        return plan;
    }
    let mut edits = without_moves(&plan);
    edits.push(Edit::Request(environment.clone(), release));
    let message = plan.message.into_request(&environment);
    Plan {
        edits,
        requested: plan.moves,
        moves: Vec::new(),
        message,
        ..plan
    }
}

fn needs_approval(verdict: &Verdict) -> bool {
    verdict.rule == Code::APPROVAL && !verdict.passes()
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
