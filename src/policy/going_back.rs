use std::collections::BTreeSet;

use super::evaluator::Evaluator;
use super::facts::Question;
use super::judge::Judged;
use super::move_kind::MoveKind;
use super::step::Step;
use crate::files::OwnedPath;
use crate::model::{Entry, EnvironmentSlug, changed_entries};

/// Reports whether all that `step` does, of which `judged` are the moves, is to go back to what was live right before: a
/// return that no unrelated slip holds up.
///
/// A step that goes back may ask for what it undoes. One that only asks is the move that it asks for.
///
/// # Errors
///
/// The questions to history that have to be answered first.
pub fn only_goes_back(step: &Step<'_>, judged: &[Judged]) -> Result<bool, Vec<Question>> {
    let (asked, made): (Vec<&Judged>, Vec<&Judged>) = judged
        .iter()
        .partition(|judged| judged.kind == MoveKind::Requested);
    let moves = if made.is_empty() { asked } else { made };
    let places = moves.iter().map(|judged| &judged.moved.environment);
    let places: BTreeSet<&EnvironmentSlug> = places.collect();
    if places.is_empty() || step.moved || !changes_only(step, &places) {
        return Ok(false);
    }
    let mut evaluator = Evaluator::new(step);
    // All of them are asked about, so that the questions of all are answered at once.
    let back: Vec<bool> = moves
        .iter()
        .map(|judged| evaluator.back_to_previous(&judged.moved).is_some())
        .collect();
    evaluator.finish()?;
    Ok(back.into_iter().all(|back| back))
}

/// Reports whether `step` changes nothing but the pointers of `places` and what waits there.
fn changes_only(step: &Step<'_>, places: &BTreeSet<&EnvironmentSlug>) -> bool {
    let entries = changed_entries(step.before, step.after);
    entries.iter().all(|entry| match entry {
        Entry::Pointer(slug, _) | Entry::Pending(slug) => places.contains(slug),
        // A return restores the text of its file, and so the comments beside its pointers. A
        // comment in any other file is a change of its own.
        Entry::Comment(path, _) => matches!(
            OwnedPath::parse(path),
            Some(Ok(OwnedPath::Pointers(slug) | OwnedPath::Pending(slug))) if places.contains(&slug)
        ),
        _ => false,
    })
}
