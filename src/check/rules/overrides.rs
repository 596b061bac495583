use super::change::Change;
use crate::diag::{Code, Finding, Place};
use crate::files::{OwnedPath, SETTINGS};
use crate::model::{EnvironmentSlug, OverridableRule, Override};
use crate::policy::{Judged, Scope, Verdict, overridable};

/// Checks the overrides that a commit states: they can be read, and name what exists. One that was not needed
/// is reported, since whoever reads it later would take it for an exception that was made.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    let Some(statement) = change.step.statement else {
        return;
    };
    for (text, error) in &statement.invalid {
        let message = format!("invalid override {text:?}: {error}");
        let help = "amend the commit message; envctl writes the line with --override";
        findings.push(Finding::error(Code::OVERRIDE, Place::file(SETTINGS), message).help(help));
    }
    if statement.misplaced > 0 {
        let message = "an override stands outside the trailers of the last paragraph, where it does not count";
        findings.push(Finding::warning(
            Code::OVERRIDE,
            Place::file(SETTINGS),
            message,
        ));
    }
    for stated in &statement.overrides {
        let slug = &stated.environment;
        let known = [change.rules, change.before, change.after]
            .iter()
            .any(|project| project.environments.contains_key(slug));
        if !known {
            let message = format!("an override for `{slug}`, which does not exist");
            let finding = Finding::error(Code::OVERRIDE, Place::file(SETTINGS), message);
            findings.push(finding.help("amend the commit message"));
        } else if change.step.scope == Scope::Live {
            findings.extend(unused(change.judged, stated));
        }
    }
}

/// Returns a warning for each rule of `stated` that it did not have to override.
fn unused(judged: &[Judged], stated: &Override) -> Vec<Finding> {
    let slug = &stated.environment;
    let place = || Place::file(OwnedPath::Pointers(EnvironmentSlug::clone(slug)).to_string());
    let named = judged.iter().filter(|judged| {
        let moved = &judged.moved;
        stated.names(&moved.environment, &moved.resource, moved.after)
    });
    let verdicts: Vec<&Verdict> = named.flat_map(|judged| &judged.verdicts).collect();
    // What names a rule that is broken all the same does not count, and the verdict says why.
    let needed = |rule: &OverridableRule| {
        verdicts.iter().any(|verdict| {
            let code = verdict.overridden.unwrap_or(verdict.rule);
            overridable(code) == Some(*rule) && (verdict.overridden.is_some() || !verdict.passes())
        })
    };
    let unused = stated.rules.iter().filter(|rule| !needed(rule));
    unused
        .map(|rule| {
            let message = format!("the override of {rule} in `{slug}` was not needed");
            Finding::warning(Code::OVERRIDE, place(), message)
        })
        .collect()
}
