//! From a verdict of the policy to a finding.

use super::Change;
use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{Kind, Move};
use crate::policy::{Judged, MoveKind, PolicyRule, Verdict};

/// A finding with `code` for every verdict of `rule` that does not pass; `help` says what can be done.
pub(super) fn findings<'c>(
    change: &'c Change<'_>,
    rule: PolicyRule,
    code: Code,
    help: impl Fn(&Move, &Verdict) -> String + 'c,
) -> impl Iterator<Item = Finding> + 'c {
    let broken = move |judged: &'c Judged| {
        judged
            .verdicts
            .iter()
            .filter(move |verdict| verdict.rule == rule && !verdict.passes())
            .map(move |verdict| (judged, verdict))
    };
    change
        .judged
        .iter()
        .flat_map(broken)
        .map(move |(judged, verdict)| {
            let finding = Finding::error(code, place(judged), verdict.sentence(&judged.moved));
            finding
                .help(help(&judged.moved, verdict))
                .eligible(verdict.outcome.eligible())
        })
}

/// The pointer that moves, or where it is asked to.
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

/// The command that lifts a rule for what moves, as an audited commit of its own: for its kind, since an override for the
/// kind would outlast a change of `[policy]`.
pub(super) fn lift(moved: &Move, settings: &[&str]) -> String {
    let (slug, kind) = (&moved.environment, moved.resource.kind);
    let settings: String = settings
        .iter()
        .map(|setting| format!(" {kind}.{setting}"))
        .collect();
    format!("or lift the rule with a commit of its own: envctl policy set {slug}{settings}")
}
