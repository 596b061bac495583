//! A review in one sentence.

use envctl::ops::{
    EnvironmentReview, Fate, ReleaseChange, Review, ReviewedMove, Ruling, SettingChange,
};
use envctl::policy::Outcome;

use crate::render::{count, joined};

/// The most environments that a part of the sentence names.
const NAMED: usize = 5;

/// Returns a review in one sentence: `Moves 3 pointers in prod (1 refused), publishes 2 versions.` Names in it are
/// slugs.
pub fn sentence(review: &Review) -> String {
    of(review, verdicts)
}

/// Returns the same sentence without how many moves are refused.
pub fn unjudged(review: &Review) -> String {
    of(review, |_| String::new())
}

fn of(review: &Review, verdicts: fn(&[ReviewedMove]) -> String) -> String {
    let parts: Vec<String> = [
        whole(review),
        moves(review, verdicts),
        releases(review),
        versions(review),
        environments(review),
        review
            .settings
            .iter()
            .filter_map(|change| setting(review, change))
            .collect(),
        access(review),
    ]
    .concat();
    let text = parts.join(", ");
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), characters.as_str()),
        None => "Changes nothing that envctl keeps.".to_owned(),
    }
}

/// Returns the sentence for a project that is created or removed as a whole.
fn whole(review: &Review) -> Vec<String> {
    match (is_there(review).0, is_there(review).1) {
        (false, true) => vec!["makes the project".to_owned()],
        (true, false) => vec!["removes the project".to_owned()],
        _ => Vec::new(),
    }
}

fn is_there(review: &Review) -> (bool, bool) {
    (
        review.from.state.project.exists,
        review.to.state.project.exists,
    )
}

fn moves(review: &Review, verdicts: fn(&[ReviewedMove]) -> String) -> Vec<String> {
    let moving: Vec<&EnvironmentReview> = review
        .environments
        .iter()
        .filter(|one| !one.moves.is_empty())
        .collect();
    let Some((first, others)) = moving.split_first() else {
        return Vec::new();
    };
    let place = |one: &EnvironmentReview| format!("in {}{}", one.slug, verdicts(&one.moves));
    let mut named = vec![format!(
        "moves {} {}",
        count(first.moves.len(), "pointer"),
        place(first)
    )];
    named.extend(
        others
            .iter()
            .take(NAMED - 1)
            .map(|one| format!("{} {}", one.moves.len(), place(one))),
    );
    let rest: usize = others
        .iter()
        .skip(NAMED - 1)
        .map(|one| one.moves.len())
        .sum();
    named.extend((rest > 0).then(|| format!("{rest} elsewhere")));
    vec![listed(named)]
}

/// Returns ` (1 refused, 2 wait)`; nothing if all pass.
fn verdicts(moves: &[ReviewedMove]) -> String {
    let outcomes =
        |wanted: fn(&Ruling) -> bool| moves.iter().filter(|one| wanted(&one.ruling)).count();
    let refused = outcomes(|ruling| ruling.outcome() == Some(Outcome::Refuse));
    let waiting = outcomes(|ruling| matches!(ruling.outcome(), Some(Outcome::Wait(_))));
    let unknown = outcomes(|ruling| *ruling == Ruling::Unknown);
    let wait = if waiting == 1 { "waits" } else { "wait" };
    let words = [(refused, "refused"), (waiting, wait), (unknown, "unknown")];
    let words: Vec<String> = words
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    if words.is_empty() {
        String::new()
    } else {
        format!(" ({})", words.join(", "))
    }
}

fn releases(review: &Review) -> Vec<String> {
    let verbs = [
        (ReleaseChange::Requested, "requests a release in"),
        (ReleaseChange::Approved, "approves the release in"),
        (ReleaseChange::Closed, "closes the release in"),
        (ReleaseChange::Tampered, "tampers with the release in"),
    ];
    let of = |change| {
        move |one: &EnvironmentReview| {
            one.release
                .as_ref()
                .is_some_and(|release| release.change == change)
        }
    };
    verbs
        .into_iter()
        .filter_map(|(change, verb)| places(review, verb, of(change)))
        .collect()
}

fn versions(review: &Review) -> Vec<String> {
    let parts = [
        (review.published.len(), "publishes", "version"),
        (review.altered.len(), "alters", "published version"),
        (review.vanished.len(), "removes", "published version"),
    ];
    // All versions disappear with the project.
    let parts = parts
        .into_iter()
        .filter(|(number, verb, _)| *number > 0 && (*verb != "removes" || is_there(review).1));
    parts
        .map(|(number, verb, noun)| format!("{verb} {}", count(number, noun)))
        .collect()
}

fn environments(review: &Review) -> Vec<String> {
    let kept = is_there(review) == (true, true);
    let made = places(review, "creates", |one| one.fate == Fate::Added);
    let edited = places(review, "edits", |one| {
        one.fate == Fate::Changed && !one.settings.is_empty()
    });
    let policy = places(review, "changes the policy of", |one| {
        one.fate == Fate::Changed && !one.policy.is_empty()
    });
    let deleted = places(review, "deletes", |one| one.fate == Fate::Removed);
    [
        made.filter(|_| kept),
        edited,
        policy,
        deleted.filter(|_| kept),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn setting(review: &Review, change: &SettingChange) -> Option<String> {
    if is_there(review) != (true, true) {
        return None;
    }
    let holder = change.after.as_deref().unwrap_or("none");
    Some(match change.key.as_str() {
        "default_publish" => format!("makes {holder} the default publish target"),
        "gateway_fallback" => format!("makes {holder} the gateway fallback"),
        "order" => "changes the display order".to_owned(),
        key => format!("changes the project's {key}"),
    })
}

fn access(review: &Review) -> Vec<String> {
    let verb = |fate| match fate {
        Fate::Added => "adds",
        Fate::Changed => "changes",
        Fate::Removed => "removes",
    };
    review
        .access
        .map(|fate| format!("{} access.toml", verb(fate)))
        .into_iter()
        .collect()
}

/// Returns `verb` and the environments for which `wanted` is true; `None` if there are none.
fn places(
    review: &Review,
    verb: &str,
    wanted: impl Fn(&EnvironmentReview) -> bool,
) -> Option<String> {
    let slugs: Vec<String> = review
        .environments
        .iter()
        .filter(|one| wanted(one))
        .map(|one| one.slug.to_string())
        .collect();
    let more = slugs.len().saturating_sub(NAMED);
    let mut named: Vec<String> = slugs.into_iter().take(NAMED).collect();
    named.extend((more > 0).then(|| format!("{more} more")));
    (!named.is_empty()).then(|| format!("{verb} {}", listed(named)))
}

/// Returns `a`, `a and b`, or `a, b and c`.
fn listed(mut names: Vec<String>) -> String {
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} and {last}", joined(names, ", ")),
        last => last.unwrap_or_default(),
    }
}
