use jiff::Timestamp;

use crate::diag::Code;
use crate::model::{
    Attestation, CheckName, CommitId, ContentId, Entry, Identity, PolicyKey, Project, VersionId,
};
use crate::policy::evaluator::Evaluator;
use crate::policy::facts::Question;
use crate::policy::lapse::is_old;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::wait::Wait;

/// What moves into an environment has passed the checks that its policy names, for exactly these bytes.
pub(super) const RULE: Rule = Rule {
    code: Code::REQUIRED_CHECKS,
    applies: Applies {
        kinds: MoveKind::ALL,
        removals: false,
        branches: false,
        exempt: Exempt::Returns,
    },
    waits_for: Wait::Dwell,
    lifted_by: &[(PolicyKey::RequiredChecks, "false")],
    evaluate,
};

/// A table that counts before the move, and who wrote it.
struct Evidence<'a> {
    attestation: &'a Attestation,
    commit: CommitId,
    author: Identity,
}

fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let Some(number) = case.moved.after else {
        return Opinion::Silent;
    };
    let checks = case.demands.checks(PolicyKey::RequiredChecks);
    let Some(checks) = checks.filter(|checks| !checks.is_empty()) else {
        return Opinion::Silent;
    };
    let id = case.moved.resource.at(number);
    let (mut passed, mut wanting, mut unattested) = (Vec::new(), Vec::new(), Vec::new());
    let mut commit = None;
    // All of them are asked about, so that a refusal names everything that is missing at once.
    for check in checks {
        match result(evaluator, case, &id, check) {
            Ok((said, proof)) => {
                passed.push(said);
                commit = commit.or(Some(proof));
            }
            Err(why) => {
                wanting.push(why);
                unattested.push(check);
            }
        }
    }
    if wanting.is_empty() {
        let sentence = format!("{id} passed {}", passed.join(", "));
        return Opinion::Final(case.pass(sentence).proven_by(commit));
    }
    let sentence = format!(
        "{id}: {}; the policy of `{}` requires it",
        wanting.join(", "),
        case.moved.environment
    );
    let check = unattested.first().map_or("CHECK", |check| check.as_str());
    let help = format!(
        "evaluate it, and let somebody with check:attest record the result: envctl attest {id} {check} --passed"
    );
    Opinion::UnlessExempt(case.refuse(sentence).help(help))
}

/// Returns that `check` passed for `id`, with who says so and the commit that proves it.
///
/// # Errors
///
/// Why it does not count as passed.
fn result(
    evaluator: &mut Evaluator<'_>,
    case: &RuleCase<'_>,
    id: &VersionId,
    check: &CheckName,
) -> Result<(String, CommitId), String> {
    let step = evaluator.step;
    let Evidence {
        attestation,
        commit,
        author,
    } = evidence(evaluator, case, id, check)?;
    let content = |project: &Project| project.version(id).map(|version| version.content);
    let bytes: Option<ContentId> = content(step.after).or_else(|| content(step.before));
    if bytes != Some(attestation.content) {
        return Err(format!("`{check}` was attested for other bytes"));
    }
    let link = attestation.link.as_ref();
    let link = link.map_or_else(String::new, |link| format!(", {link}"));
    let by = format!("{}{link}", author.name());
    if !attestation.passed {
        return Err(format!("`{check}` {} ({by})", attestation.summary()));
    }
    // What the step itself says may not help, but it may hurt.
    let after = step.after.attestations.get(id);
    let after = after.and_then(|checks| checks.get(check));
    let fails = |after: &&Attestation| bytes == Some(after.content) && !after.passed;
    if let Some(after) = after.filter(fails) {
        return Err(format!("`{check}` {}", after.summary()));
    }
    if case.demands.switch(PolicyKey::SeparationOfDuties) {
        for writer in evaluator.authors(id) {
            match writer {
                Some(writer) if !step.is_same_person(&writer, &author) => {}
                Some(_) => {
                    return Err(format!(
                        "`{check}` was attested by {}, who wrote the version, where duties are separated",
                        author.name()
                    ));
                }
                None => {
                    return Err(format!(
                        "`{check}` cannot count where duties are separated, since the author of the version is unknown"
                    ));
                }
            }
        }
    }
    let summary = attestation.summary();
    let detail = summary.strip_prefix("passed: ").unwrap_or_default();
    let detail = match detail {
        "" => by,
        detail => format!("{detail}; {by}"),
    };
    Ok((format!("`{check}` ({detail})"), commit))
}

/// Returns the table that counts: one that stood in the state before the move, or one that a merge takes from a side where it
/// was written before the move was made.
///
/// # Errors
///
/// Why none counts.
fn evidence<'a>(
    evaluator: &mut Evaluator<'a>,
    case: &RuleCase<'_>,
    id: &VersionId,
    check: &CheckName,
) -> Result<Evidence<'a>, String> {
    let step = evaluator.step;
    let of = |project: &'a Project| project.attestations.get(id)?.get(check);
    let (before, after) = (of(step.before), of(step.after));
    let taken = step
        .origins
        .get(&Entry::Attestation(id.clone(), check.clone()));
    if let (Some(attestation), Some(origin)) = (after, taken) {
        let setter = match before {
            Some(_) => known(evaluator, id, check),
            None => None,
        };
        // A merge may bring what is older than what the line had. Then the newer one counts.
        if setter.is_none_or(|(at, ..)| at <= origin.at) {
            let (slug, resource) = (&case.moved.environment, &case.moved.resource);
            let mover = match case.kind {
                MoveKind::Requested => step.origins.get(&Entry::Pending(slug.clone())),
                _ => step.origins.of_pointer(slug, resource),
            };
            let earlier = mover.is_none_or(|mover| {
                mover.commit != origin.commit && evaluator.leads_to(origin.commit, mover.commit)
            });
            if !earlier {
                return Err(format!("`{check}` was not attested before the move"));
            }
            if is_old(origin.at, step.lands) {
                return Err(old(check));
            }
            let author = origin.author.clone().ok_or_else(|| unknown(check))?;
            return Ok(Evidence {
                attestation,
                commit: origin.commit,
                author,
            });
        }
    }
    let Some(attestation) = before else {
        return Err(match after {
            Some(_) => format!("`{check}` is attested by the commit that makes the move"),
            None => format!("`{check}` is missing"),
        });
    };
    if !evaluator.knows(Question::Attested(id.clone(), check.clone())) {
        return Err(unknown(check));
    }
    let Some(setter) = step.facts.attested(id, check) else {
        return Err(unknown(check));
    };
    let merged = setter.commit != setter.landed;
    if merged && is_old(setter.at, setter.since) {
        return Err(old(check));
    }
    if setter.replaced.is_some_and(|replaced| replaced > setter.at) {
        return Err(format!(
            "`{check}` was replaced by an older result, which a merge brought"
        ));
    }
    let author = setter.author.clone().ok_or_else(|| unknown(check))?;
    Ok(Evidence {
        attestation,
        commit: setter.commit,
        author,
    })
}

/// Returns when the table of the state before was written.
fn known(
    evaluator: &mut Evaluator<'_>,
    id: &VersionId,
    check: &CheckName,
) -> Option<(Timestamp, CommitId)> {
    evaluator.knows(Question::Attested(id.clone(), check.clone()));
    let setter = evaluator.step.facts.attested(id, check)?;
    Some((setter.at, setter.commit))
}

fn old(check: &CheckName) -> String {
    format!("`{check}` was attested more than seven days before it was merged")
}

fn unknown(check: &CheckName) -> String {
    format!("`{check}` was attested by an unknown author")
}

#[cfg(test)]
mod tests;
