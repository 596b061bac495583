//! Times and durations, for people and for programs.

use jiff::{SignedDuration, Timestamp};

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

/// A point in time as RFC 3339 in UTC, to the second it fell in: `2026-11-22T14:00:00Z`.
pub fn rfc3339(at: Timestamp) -> String {
    // Git knows no parts of a second either, and only a time beyond the year 9999 has no whole second.
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// A point in time as its reader wants it: [`relative`] on a terminal, [`rfc3339`] elsewhere.
pub fn at(at: Timestamp, now: Timestamp, medium: Medium) -> String {
    if medium.terminal { relative(at, now) } else { rfc3339(at) }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{at, duration, relative, rfc3339};
    use crate::ui::Medium;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_duration_has_its_two_largest_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (40, "40 s"),
            (60, "1 min"),
            (61, "1 min 1 s"),
            (3 * 3600 + 12 * 60 + 59, "3 h 12 min"),
            (24 * 3600, "1 day"),
            (24 * 3600 + 59, "1 day"),
            (49 * 3600, "2 days 1 h"),
            (-90, "1 min 30 s"),
        ] {
            assert_eq!(duration(SignedDuration::from_secs(seconds)), text, "{seconds}");
        }
        duration(SignedDuration::MIN);
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
        relative(Timestamp::MIN, Timestamp::MAX);
    }

    #[test]
    fn a_pipe_gets_utc_to_the_second() {
        let then = time("2026-11-22T15:00:00.7+01:00");
        assert_eq!(at(then, then, Medium::PIPE), "2026-11-22T14:00:00Z");
        assert_eq!(rfc3339(Timestamp::MAX), "9999-12-30T22:00:00Z");
    }
}
