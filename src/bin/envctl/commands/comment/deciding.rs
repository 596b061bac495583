//! What decides: the findings that stand in the way, and the verdicts that nothing settles.

use envctl::diag::{Code, Finding, Severity};
use envctl::ops::{Account, LandingWay, ReviewedMove, Ruling};
use envctl::policy::{Judged, Outcome, Verdict};

use crate::render::report::CheckReport;

/// Returns the errors of the way that comes closest: those of other ways do not stand in its way.
pub fn decisive(report: &CheckReport) -> Vec<&Finding> {
    let errors: Vec<&Finding> = report
        .all()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    let judged = report.landings.iter().map(|landing| landing.way);
    let of = |way: LandingWay| {
        let barring = errors
            .iter()
            .filter(move |error| error.landing.is_empty() || error.landing.contains(&way.as_str()));
        barring.copied().collect::<Vec<_>>()
    };
    judged
        .map(of)
        .min_by_key(Vec::len)
        .unwrap_or_else(|| errors.clone())
}

/// Reports whether whoever approved a request had made it.
pub fn is_own_approval(account: &Account) -> bool {
    let requester = account
        .request
        .as_ref()
        .map(|asked| &asked.commit.author.email);
    requester.is_some_and(|email| email.eq_ignore_ascii_case(&account.origin.author.email))
}

/// Returns the verdicts on a move that an approval in between does not settle.
pub fn open<'j>(
    reviewed: &'j ReviewedMove,
    judged: &'j Judged,
) -> impl Iterator<Item = &'j Verdict> {
    let settled = match reviewed.approved_within() {
        Some(_) => [Code::APPROVAL, Code::ROLLED_BACK].as_slice(),
        None => &[],
    };
    let verdicts = judged.verdicts.iter();
    verdicts.filter(move |verdict| !settled.contains(&verdict.rule))
}

/// Returns what the policies say about a move, if they judged it, without what an approval in between settles.
pub fn outcome(reviewed: &ReviewedMove) -> Option<Outcome> {
    let Ruling::Judged(judged) = &reviewed.ruling else {
        return None;
    };
    let outcomes = open(reviewed, judged).map(|verdict| verdict.outcome);
    Some(outcomes.fold(Outcome::Pass, Outcome::outranking))
}
