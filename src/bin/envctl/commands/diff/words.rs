//! The words for a change that all formats share.

use envctl::model::Direction;
use envctl::ops::{
    Dwell, Fate, ReleaseChange, Review, ReviewedMove, Ruling, TextChange, TextDifference,
};
use envctl::policy::Outcome;
use jiff::Timestamp;

use crate::commands::rolled_back::{self, RolledBackBody};
use crate::render::Cell;
use crate::render::when::{lasting, rfc3339, until};

/// Returns the word for a verdict, or why there is none.
pub fn verdict(ruling: &Ruling) -> &'static str {
    match ruling {
        Ruling::Judged(judged) => judged.outcome().as_str(),
        Ruling::Unknown => "unknown",
        Ruling::Unjudged => "unjudged",
    }
}

/// Returns the reasons, one sentence each: those against the move, or else every rule that it satisfies.
pub fn reasons(reviewed: &ReviewedMove) -> Vec<String> {
    let judged = match &reviewed.ruling {
        Ruling::Judged(judged) => judged,
        Ruling::Unknown => {
            return vec!["the history before is not here (shallow clone)".to_owned()];
        }
        Ruling::Unjudged => return Vec::new(),
    };
    let passes = judged.passes();
    let shown = judged
        .verdicts
        .iter()
        .filter(|verdict| passes || verdict.outcome != Outcome::Pass);
    let mut reasons: Vec<String> = shown.map(|verdict| verdict.sentence.clone()).collect();
    // Two rules can require the same thing.
    reasons.dedup();
    if judged.verdicts.is_empty() {
        reasons.push("no rule applies".to_owned());
    }
    reasons.extend(approval_within(reviewed));
    reasons
}

/// Returns the versions that a review brings back, or requests to bring back, after they were rolled back.
pub fn rolled_back(review: &Review) -> Vec<RolledBackBody> {
    let reviewed = review.environments.iter().flat_map(|environment| {
        let release = environment.release.as_ref();
        let asked = release.filter(|release| release.change != ReleaseChange::Approved);
        let asked = asked.into_iter().flat_map(|release| &release.moves);
        environment.moves.iter().chain(asked)
    });
    let judged = reviewed.filter_map(|reviewed| match &reviewed.ruling {
        Ruling::Judged(judged) => Some(judged),
        Ruling::Unknown | Ruling::Unjudged => None,
    });
    rolled_back::bodies(judged).collect()
}

/// Returns what happens to an approval that lies between the two ends.
pub fn approval_within(reviewed: &ReviewedMove) -> Option<String> {
    let account = reviewed.approved_within()?;
    let request = account.request.as_ref()?;
    let (asked, approved) = (request.commit.id.short(), account.origin.id.short());
    Some(format!(
        "requested in {asked} and approved in {approved}: keep both commits, a squash loses the approval"
    ))
}

/// Returns when a wait ends.
pub fn eligible(outcome: Outcome, at: Timestamp) -> Option<String> {
    let eligible = outcome.eligible()?;
    Some(format!(
        "eligible {}, at {}",
        until(eligible, at),
        rfc3339(eligible)
    ))
}

/// Returns how long the version has been live in the source where dwell counts.
pub fn dwell(dwell: &Dwell, at: Timestamp) -> String {
    match dwell {
        Dwell::Live { source, since, .. } => format!("{} in {source}", lasting(*since, at)),
        Dwell::Nowhere => String::new(),
        Dwell::Unknown => "unknown (shallow clone)".to_owned(),
    }
}

/// Returns the direction in which a pointer moves.
pub fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::New => "new",
        Direction::Forward => "forward",
        Direction::Back => "back",
        Direction::Removed => "removed",
    }
}

/// Returns how many lines differ, or why that cannot be determined.
pub fn lines(difference: &TextDifference) -> String {
    match difference {
        TextDifference::Lines { added, removed, .. } => format!("+{added} −{removed}"),
        TextDifference::Hidden => "only what may be a secret".to_owned(),
        TextDifference::NotText => "no text".to_owned(),
        TextDifference::TooLarge => "too large".to_owned(),
        TextDifference::Missing => "not there".to_owned(),
    }
}

/// Returns how many lines of its text a move changes.
pub fn lines_of(review: &Review, reviewed: &ReviewedMove) -> String {
    review
        .text_of(&reviewed.moved)
        .map(lines)
        .unwrap_or_default()
}

/// Returns the name of a text change: `prompts/router 1 → 2`, `prompts/router@1 (new)`.
pub fn step(text: &TextChange) -> String {
    match text.before {
        Some(before) => format!("{} {before} → {}", text.resource, text.after),
        None => format!("{} (new)", text.resource.at(text.after)),
    }
}

/// Returns what happened to a file or an environment.
pub fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Added => "created",
        Fate::Changed => "changed",
        Fate::Removed => "deleted",
    }
}

/// Returns what happens to a pending release.
pub fn release(change: ReleaseChange) -> &'static str {
    match change {
        ReleaseChange::Requested => "requested",
        ReleaseChange::Approved => "approved",
        ReleaseChange::Closed => "closed",
        ReleaseChange::Tampered => "tampered",
    }
}

/// Returns the value of a key, or nothing.
pub fn said(value: Option<&impl ToString>) -> Cell {
    value.map_or_else(Cell::nothing, |value| Cell::new(value.to_string()))
}
