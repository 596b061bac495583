//! Findings from the verdicts of policies, whatever the rule is.

use super::change::Change;
use crate::diag::{Finding, Place};
use crate::files::OwnedPath;
use crate::model::{Kind, Move};
use crate::policy::{Judged, MoveKind, Outcome, Verdict, rule};

/// Checks that every rule of the policies lets every move pass.
pub(in crate::check) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    for judged in change.judged {
        let is_broken = |verdict: &&Verdict| verdict.outcome != Outcome::Pass;
        let broken = judged.verdicts.iter().filter(is_broken);
        findings.extend(broken.map(|verdict| finding(judged, verdict)));
    }
}

/// Returns the finding that says what `verdict` says.
fn finding(judged: &Judged, verdict: &Verdict) -> Finding {
    let (place, sentence) = (place(judged), verdict.sentence.clone());
    let finding = match verdict.outcome {
        // All others are errors, a wait as well: what is not eligible yet must not be live now,
        // however soon it will be.
        Outcome::Warn => Finding::warning(verdict.rule, place, sentence),
        _ => Finding::error(verdict.rule, place, sentence),
    };
    Finding {
        help: help(&judged.moved, verdict),
        ..finding
    }
    .eligible(verdict.outcome.eligible())
}

/// Returns what would make the move possible, and after it how the rule could be lifted. Lifting is never the
/// first advice.
fn help(moved: &Move, verdict: &Verdict) -> Option<String> {
    let help = verdict.help.clone()?;
    let lift = rule(verdict.rule).and_then(|rule| rule.lift(moved));
    Some(
        std::iter::once(help)
            .chain(lift)
            .collect::<Vec<_>>()
            .join("\n"),
    )
}

/// Returns the place of the pointer that moves, or of the request for it.
fn place(judged: &Judged) -> Place {
    let moved = &judged.moved;
    let kind: Kind = moved.resource.kind;
    let slug = moved.environment.clone();
    let file = if judged.kind == MoveKind::Requested {
        OwnedPath::Pending(slug)
    } else {
        OwnedPath::Pointers(slug)
    };
    match moved.after {
        Some(_) => Place::value(
            file.to_string(),
            [
                kind.folder(),
                moved.resource.name.as_str(),
                kind.number_word(),
            ],
        ),
        None => Place::key(
            file.to_string(),
            [kind.folder(), moved.resource.name.as_str()],
        ),
    }
}
