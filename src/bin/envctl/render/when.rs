//! Times and durations, for people and for programs.

use jiff::{SignedDuration, Timestamp, Unit};

use crate::ui::Medium;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A duration in its two largest units: `3 h 12 min`, `2 days 5 h`, `40 s`. A negative one loses its sign.
pub fn duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().saturating_abs();
    let parts = [
        (seconds / DAY, if seconds / DAY == 1 { "day" } else { "days" }),
        (seconds % DAY / HOUR, "h"),
        (seconds % HOUR / MINUTE, "min"),
        (seconds % MINUTE, "s"),
    ];
    let largest = parts.iter().position(|(amount, _)| *amount > 0).unwrap_or(parts.len() - 1);
    let shown = parts[largest..].iter().take(2).filter(|(amount, _)| *amount > 0);
    let words: Vec<_> = shown.map(|(amount, unit)| format!("{amount} {unit}")).collect();
    if words.is_empty() { "0 s".to_owned() } else { words.join(" ") }
}

/// How long before or after `now` something is, in its largest unit: `2 days ago`, `in 3 h`, `just now`.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let distance = at.duration_since(now);
    let seconds = distance.as_secs().saturating_abs();
    let units = [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")];
    let Some((length, unit)) = units.into_iter().find(|(length, _)| seconds >= *length) else {
        return "just now".to_owned();
    };
    let words = super::count(usize::try_from(seconds / length).unwrap_or(usize::MAX), unit);
    if distance.is_negative() { format!("{words} ago") } else { format!("in {words}") }
}

/// A point in time as RFC 3339 in UTC, to the second: `2026-11-22T14:00:00Z`.
pub fn rfc3339(at: Timestamp) -> String {
    let whole = at.round(Unit::Second).unwrap_or(at);
    whole.to_string()
}

/// A point in time as its reader wants it: [`relative`] on a terminal, [`rfc3339`] elsewhere.
pub fn at(at: Timestamp, now: Timestamp, medium: Medium) -> String {
    if medium.terminal { relative(at, now) } else { rfc3339(at) }
}
