use jiff::Timestamp;

use crate::diag::Code;
use crate::plan::planned::Plan;
use crate::policy::{Judged, Outcome, Verdict};

/// What making a plan leads to, as far as policies are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// There is nothing to do.
    Nothing,
    /// The pointers move at once.
    Moves,
    /// The moves are written down and wait for approval.
    Request,
    /// The same moves are written down already, and wait for approval.
    Requested,
    /// Nothing can happen before that time.
    Waits {
        /// When every rule that only takes time is kept.
        until: Timestamp,
        /// The rule that takes until then.
        rule: Code,
        /// Whether somebody has to approve even then.
        approval: bool,
    },
    /// A rule refuses, and waiting does not help.
    Refused,
}

/// Returns what `plan` leads to. `settled` is what the policies turn it into, and `judged` what they say
/// about its moves.
pub fn outlook(plan: &Plan, settled: &Plan, judged: &[Judged]) -> Outlook {
    if plan.moves.is_empty() {
        return Outlook::Nothing;
    }
    let asks = settled.moves.is_empty();
    if asks && settled.is_empty() {
        return Outlook::Requested;
    }
    // A missing approval does not stop the command, since it asks for one. Every other rule is
    // judged before a request is made.
    let verdicts = judged.iter().flat_map(|judged| &judged.verdicts);
    let others: Vec<&Verdict> = verdicts
        .filter(|verdict| verdict.outcome != Outcome::Wait(None))
        .collect();
    let decided = others.iter().fold(Outcome::Pass, |decided, verdict| {
        decided.outranking(verdict.outcome)
    });
    let last = others.iter().find(|verdict| verdict.outcome == decided);
    match (decided, last) {
        (decided, _) if decided.passes() && asks => Outlook::Request,
        (decided, _) if decided.passes() => Outlook::Moves,
        (Outcome::Wait(Some(until)), Some(last)) => Outlook::Waits {
            until,
            rule: last.rule,
            approval: asks,
        },
        _ => Outlook::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EnvironmentSlug, Project, Resource, VersionNumber};
    use crate::plan::{Promotion, promote, settle};
    use crate::policy::MoveKind;

    const LATER: Outcome = Outcome::Wait(Some(Timestamp::UNIX_EPOCH));
    const APPROVAL: Outcome = Outcome::Wait(None);

    fn of(verdicts: &[&[(Code, Outcome)]]) -> Outlook {
        let (staging, prod): (EnvironmentSlug, EnvironmentSlug) =
            ("staging".parse().unwrap(), "prod".parse().unwrap());
        let mut project = Project {
            exists: true,
            ..Project::default()
        };
        project.environments = [&staging, &prod]
            .map(|slug| (slug.clone(), crate::model::Environment::named_after(slug)))
            .into();
        let resource = |index: usize| format!("prompts/p{index}").parse::<Resource>().unwrap();
        let live = (0..verdicts.len())
            .map(|index| (resource(index), VersionNumber::FIRST))
            .collect();
        project.pointers.insert(staging.clone(), live);
        let promotion = Promotion::between(staging, prod);
        let plan = promote(&project, &promotion).unwrap();
        let verdict = |(rule, outcome): &(Code, Outcome)| Verdict {
            rule: *rule,
            outcome: *outcome,
            sentence: String::new(),
            help: None,
            evidence: None,
            missing_in: None,
            overridden: None,
        };
        let judged = plan
            .moves
            .iter()
            .zip(verdicts)
            .map(|(moved, verdicts)| Judged {
                moved: moved.clone(),
                kind: MoveKind::Direct,
                verdicts: verdicts.iter().map(verdict).collect(),
            });
        let judged: Vec<Judged> = judged.collect();
        let settled = settle(&project, plan.clone(), &judged).unwrap();
        outlook(&plan, &settled, &judged)
    }

    #[test]
    fn the_worst_verdict_decides() {
        const APPROVES: Code = Code::APPROVAL;
        const DWELL: Code = Code::MIN_DWELL;
        const WINDOW: Code = Code::NO_ROLLBACK;
        const SOURCE: Code = Code::REQUIRED_SOURCE;
        let waits = |rule, approval| Outlook::Waits {
            until: Timestamp::UNIX_EPOCH,
            rule,
            approval,
        };
        type Row<'a> = (&'a [&'a [(Code, Outcome)]], Outlook);
        let rows: &[Row<'_>] = &[
            (&[], Outlook::Nothing),
            (&[&[]], Outlook::Moves),
            (&[&[(DWELL, Outcome::Pass)], &[]], Outlook::Moves),
            (
                &[&[(DWELL, Outcome::Pass), (APPROVES, APPROVAL)], &[]],
                Outlook::Request,
            ),
            (
                &[&[(DWELL, LATER)], &[(DWELL, Outcome::Pass)]],
                waits(DWELL, false),
            ),
            (
                &[&[(WINDOW, LATER)], &[(APPROVES, APPROVAL)]],
                waits(WINDOW, true),
            ),
            (
                &[&[(DWELL, LATER)], &[(SOURCE, Outcome::Refuse)]],
                Outlook::Refused,
            ),
            (
                &[&[(APPROVES, APPROVAL), (SOURCE, Outcome::Refuse)]],
                Outlook::Refused,
            ),
        ];
        for (verdicts, expected) in rows {
            assert_eq!(of(verdicts), *expected, "{verdicts:?}");
        }
    }
}
