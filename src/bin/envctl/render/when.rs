//! Formats times, for people and for programs.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::ui::Medium;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Returns how long before or after `now` something is, in its largest unit: `2 days ago`, `in 3 h`, `just now`.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let distance = at.duration_since(now);
    match largest_unit(distance) {
        None => "just now".to_owned(),
        Some(words) if distance.is_negative() => format!("{words} ago"),
        Some(words) => format!("in {words}"),
    }
}

/// Returns how long something has lasted at `now` that began at `since`, in its largest unit: `2 days`, `less than a
/// minute`.
pub fn lasting(since: Timestamp, now: Timestamp) -> String {
    let lasted = now.duration_since(since);
    largest_unit(lasted)
        .filter(|_| lasted.is_positive())
        .unwrap_or_else(|| "less than a minute".to_owned())
}

/// Returns a duration in its largest unit; `None` if it is shorter than any.
fn largest_unit(distance: SignedDuration) -> Option<String> {
    let seconds = distance.as_secs().saturating_abs();
    let units = [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")];
    let (length, unit) = units.into_iter().find(|(length, _)| seconds >= *length)?;
    Some(super::count(
        usize::try_from(seconds / length).unwrap_or(usize::MAX),
        unit,
    ))
}

/// Returns how long it takes from `now` until `at`, rounded up to minutes: `in 3 h 12 min`, `in 2 days 1 min`; `now` if
/// it is over.
pub fn until(at: Timestamp, now: Timestamp) -> String {
    let distance = at.duration_since(now);
    if distance.is_zero() || distance.is_negative() {
        return "now".to_owned();
    }
    // A wait that ends within this minute must not be announced a minute too early.
    let minutes = (distance.as_secs() + MINUTE - i64::from(distance.subsec_nanos() == 0)) / MINUTE;
    let days = minutes * MINUTE / DAY;
    let (hours, minutes) = (minutes / 60 % 24, minutes % 60);
    let days = (days > 0).then(|| super::count(usize::try_from(days).unwrap_or(usize::MAX), "day"));
    let hours = (hours > 0).then(|| format!("{hours} h"));
    let minutes = (minutes > 0).then(|| format!("{minutes} min"));
    format!(
        "in {}",
        [days, hours, minutes]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    )
}

/// Returns a time as RFC 3339 in UTC, in whole seconds: `2026-11-22T14:00:00Z`.
pub fn rfc3339(at: Timestamp) -> String {
    // git has no fractions of a second either; only a time beyond the year 9999 cannot be rounded.
    Timestamp::from_second(at.as_second())
        .unwrap_or(at)
        .to_string()
}

/// A point in time in an answer for programs, as [`rfc3339`] writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When(pub Timestamp);

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(self.0))
    }
}

impl JsonSchema for When {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A point in time: RFC 3339, in UTC, to the second.",
            "type": "string",
            "format": "date-time",
        })
    }
}

/// Returns a time as its reader wants it: [`relative`] on a terminal, [`rfc3339`] elsewhere.
pub fn at(at: Timestamp, now: Timestamp, medium: Medium) -> String {
    if medium.terminal {
        relative(at, now)
    } else {
        rfc3339(at)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{at, lasting, relative, rfc3339, until};
    use crate::ui::Medium;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_is_told_from_now() {
        let now = time("2026-11-22T14:00:00Z");
        for (at, text) in [
            ("2026-11-22T14:00:00Z", "just now"),
            ("2026-11-22T13:59:01Z", "just now"),
            ("2026-11-22T13:59:00Z", "1 minute ago"),
            ("2026-11-22T11:01:00Z", "2 hours ago"),
            ("2026-11-20T13:00:00Z", "2 days ago"),
            ("2026-11-22T17:30:00Z", "in 3 hours"),
        ] {
            assert_eq!(relative(time(at), now), text, "{at}");
        }
        assert_eq!(lasting(time("2026-11-20T13:00:00Z"), now), "2 days");
        assert_eq!(
            lasting(time("2026-11-22T14:00:00Z"), now),
            "less than a minute"
        );
        assert_eq!(
            lasting(time("2026-11-22T17:00:00Z"), now),
            "less than a minute"
        );
        relative(Timestamp::MIN, Timestamp::MAX);
    }

    #[test]
    fn what_is_to_come_is_told_to_the_minute_and_never_too_early() {
        let now = time("2026-11-22T14:00:00Z");
        for (at, text) in [
            ("2026-11-22T13:00:00Z", "now"),
            ("2026-11-22T14:00:00Z", "now"),
            ("2026-11-22T14:00:00.5Z", "in 1 min"),
            ("2026-11-22T14:01:00Z", "in 1 min"),
            ("2026-11-22T14:01:01Z", "in 2 min"),
            ("2026-11-22T14:59:30Z", "in 1 h"),
            ("2026-11-22T17:12:00Z", "in 3 h 12 min"),
            ("2026-11-23T14:00:00Z", "in 1 day"),
            ("2026-11-24T14:01:00Z", "in 2 days 1 min"),
            ("2026-11-24T17:12:00Z", "in 2 days 3 h 12 min"),
        ] {
            assert_eq!(until(time(at), now), text, "{at}");
        }
        until(Timestamp::MAX, Timestamp::MIN);
    }

    #[test]
    fn a_pipe_gets_utc_to_the_second() {
        let then = time("2026-11-22T15:00:00.7+01:00");
        assert_eq!(at(then, then, Medium::PIPE), "2026-11-22T14:00:00Z");
        assert_eq!(rfc3339(Timestamp::MAX), "9999-12-30T22:00:00Z");
    }
}
