//! Points in time as people and git write them.

use envctl::ops::Moment;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

/// What `--at` means: a time if it reads as one, else a revision.
///
/// Times are RFC 3339, `2026-11-22 14:00` and `2026-11-22` (in the local time zone, a day from its beginning), and
/// distances such as `3h ago` and `2 days ago`.
pub fn parse(text: &str, now: Timestamp) -> Moment {
    match time(text, now) {
        Some(at) => Moment::Time(at),
        None => Moment::Revision(text.to_owned()),
    }
}

/// The time that `text` means, as [`parse`] tells it from a revision.
pub fn time(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Some(distance) = text.strip_suffix("ago") {
        let distance: SignedDuration = distance
            .trim()
            .parse()
            .ok()
            .or_else(|| days(distance.trim()))?;
        return now.checked_sub(distance).ok();
    }
    let local = |civil: DateTime| {
        civil
            .to_zoned_datetime(TimeZone::system())
            .ok()
            .map(|zoned| zoned.timestamp())
    };
    let absolute = || {
        text.parse()
            .ok()
            .or_else(|| Some(text.parse::<ZonedDateTime>().ok()?.timestamp()))
    };
    // A date alone reads as its beginning.
    let civil = || local(text.parse::<DateTime>().ok()?);
    absolute().or_else(civil)
}

/// A distance with days or weeks, counted as 24 hours and seven days.
pub fn days(text: &str) -> Option<SignedDuration> {
    let span: jiff::Span = text.parse().ok()?;
    span.to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_revisions() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |text: &str| match parse(text, now) {
            Moment::Time(at) => at.to_string(),
            Moment::Revision(revision) => revision,
        };
        assert_eq!(at("2026-11-20T10:00:00Z"), "2026-11-20T10:00:00Z");
        assert_eq!(at("3h ago"), "2026-11-22T09:00:00Z");
        assert_eq!(at("2 days ago"), "2026-11-20T12:00:00Z");
        assert_eq!(at("1 week ago"), "2026-11-15T12:00:00Z");
        let local = |civil: jiff::civil::DateTime| {
            civil
                .to_zoned_datetime(TimeZone::system())
                .unwrap()
                .timestamp()
                .to_string()
        };
        assert_eq!(
            at("2026-11-20"),
            local(jiff::civil::date(2026, 11, 20).at(0, 0, 0, 0))
        );
        assert_eq!(
            at("2026-11-20 14:05"),
            local(jiff::civil::date(2026, 11, 20).at(14, 5, 0, 0))
        );
        assert_eq!(
            at("2026-11-20T14:05"),
            local(jiff::civil::date(2026, 11, 20).at(14, 5, 0, 0))
        );
        for revision in ["HEAD~2", "main", "v1.0", "abc1234", "long ago"] {
            assert_eq!(at(revision), revision);
        }
    }
}
