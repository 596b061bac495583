//! Points in time, as people and git write them.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp, ToSpan, ZonedDateTime};

/// What a moment is read from: the present, and the zone of times that name none.
#[derive(Clone, Debug)]
pub struct Present {
    /// The present.
    pub now: Timestamp,
    /// The local zone.
    pub zone: TimeZone,
}

/// On which side of the present a moment is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    /// Before it: `14:00` is the last one, and `tomorrow` is none.
    Past,
    /// After it: `14:00` is the next one, and `2 days ago` is none.
    Future,
    /// Either: `14:00` is today's.
    Either,
}

/// Why a text is not a point in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// It has none of the forms.
    #[error("invalid time {text:?}")]
    Form {
        /// What was given.
        text: String,
    },
    /// It is meant on the other side of the present.
    #[error("{text:?} is {}", match .tense { Tense::Past => "in the future; expected a time in the past", _ => "in the past; expected a time in the future" })]
    Tense {
        /// What was given.
        text: String,
        /// What would have been meant.
        tense: Tense,
    },
    /// It lies outside the years that there are, from -9999 to 9999.
    #[error("{text:?} is out of range")]
    Range {
        /// What was given.
        text: String,
    },
}

impl MomentError {
    /// The forms that there are, as a hint.
    pub const FORMS: &str = "2026-11-22T14:00:00Z, \"2026-11-22 14:00\", 14:00, noon, yesterday, \"2 days ago\", \"tomorrow 09:00\" or \"in 2h\"";
}

/// Reads a moment.
///
/// - RFC 3339, and with a zone in brackets: `2026-11-22T14:00:00Z`, `2026-11-22T14:00[Europe/Berlin]`;
/// - what git writes: `@1700000000 +0100`, `2026-11-22 14:00:00 +0100`, `Sun Nov 22 14:00:00 2026 +0100`,
///   `Sun, 22 Nov 2026 14:00:00 +0100`;
/// - without a zone, in that of `present`: `2026-11-22 14:00`, and `2026-11-22`, a day from its beginning;
/// - a clock: `14:00`, `14:00:30`, `2pm`, `noon`, `midnight`, alone or behind a day: `today`, `yesterday`, `tomorrow`,
///   `monday`, `2026-11-22`;
/// - `now`, `yesterday` (24 hours ago, as for git), `tomorrow`;
/// - a distance: `2 days ago`, `2.days.ago`, `in 2h`, `in 1h 30m`.
///
/// # Errors
///
/// When the text has none of these forms, or lies on the other side of the present than `tense` says.
pub fn moment(text: &str, present: &Present, tense: Tense) -> Result<Timestamp, MomentError> {
    let plain = text.trim();
    let found = absolute(plain, present)
        .or_else(|| relative(&plain.to_lowercase(), present, tense))
        .ok_or_else(|| MomentError::Form {
            text: text.to_owned(),
        })?;
    let at = found.ok_or_else(|| MomentError::Range {
        text: text.to_owned(),
    })?;
    let fits = match tense {
        Tense::Past => at <= present.now || names_a_date(plain),
        Tense::Future => at >= present.now,
        Tense::Either => true,
    };
    fits.then_some(at).ok_or_else(|| MomentError::Tense {
        text: text.to_owned(),
        tense,
    })
}

/// Reports whether the text is a date. A clock that is behind may take a past one for a future one, so those
/// are accepted.
fn names_a_date(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || first == '@') && text.len() > 8
}

/// Reads a time that is the same whenever it is read. The inner `None` means that it is out of range.
fn absolute(text: &str, present: &Present) -> Option<Option<Timestamp>> {
    if let Some(seconds) = seconds(text) {
        return Some(Timestamp::from_second(seconds).ok());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(Some(at));
    }
    if let Ok(zoned) = text.parse::<ZonedDateTime>() {
        return Some(Some(zoned.timestamp()));
    }
    for form in [
        "%Y-%m-%d %H:%M:%S %z",
        "%Y-%m-%d %H:%M %z",
        "%a %b %d %H:%M:%S %Y %z",
    ] {
        if let Some(at) = strtime::parse(form, text)
            .ok()
            .and_then(|read| read.to_timestamp().ok())
        {
            return Some(Some(at));
        }
    }
    if let Ok(zoned) = rfc2822::parse(text) {
        return Some(Some(zoned.timestamp()));
    }
    let civil: DateTime = strtime::parse("%a %b %d %H:%M:%S %Y", text)
        .ok()
        .and_then(|read| read.to_datetime().ok())
        .or_else(|| is_dated(text).then(|| text.parse().ok()).flatten())?;
    Some(local(civil, present))
}

/// Reports whether the text begins as `2026-11-22` does, so that a time of day alone is not taken for a date.
fn is_dated(text: &str) -> bool {
    text.len() >= 10 && text.is_char_boundary(10) && text[..10].parse::<Date>().is_ok()
}

/// Reads seconds since 1970, as git writes them: `@1700000000`, or with an offset after it.
fn seconds(text: &str) -> Option<i64> {
    let (number, offset) = text.split_once(' ').unwrap_or((text, ""));
    let is_offset = offset.len() == 5
        && offset.starts_with(['+', '-'])
        && offset[1..].bytes().all(|byte| byte.is_ascii_digit());
    match (number.strip_prefix('@'), is_offset) {
        (Some(number), true) => number.parse().ok(),
        (Some(number), false) if offset.is_empty() => number.parse().ok(),
        (None, true) => number.parse().ok(),
        _ => None,
    }
}

/// Reads a time relative to the present, in lower case.
fn relative(text: &str, present: &Present, tense: Tense) -> Option<Option<Timestamp>> {
    if text == "now" {
        return Some(Some(present.now));
    }
    let dotted = text.replace('.', " ");
    if let Some(distance) = dotted.strip_suffix("ago") {
        let span = span(distance.trim())?;
        return Some(moved(present, -span));
    }
    if let Some(distance) = text.strip_prefix("in ") {
        return Some(moved(present, span(distance.trim())?));
    }
    match text {
        "yesterday" => return Some(moved(present, (-24).hours())),
        "tomorrow" => return Some(moved(present, 24.hours())),
        _ => {}
    }
    let today = present.now.to_zoned_datetime(present.zone.clone()).date();
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| *word != "at")
        .collect();
    match words[..] {
        [word] => match (clock(word), day(word, today, tense)) {
            (Some(time), _) => Some(nearest(today, time, present, tense)),
            (None, Some(day)) => Some(local(day?.to_datetime(Time::midnight()), present)),
            (None, None) => None,
        },
        [first, second] => {
            let (named, time) = match clock(second) {
                Some(time) => (first, time),
                None => (second, clock(first)?),
            };
            Some(local(day(named, today, tense)??.to_datetime(time), present))
        }
        _ => None,
    }
}

/// Reads a time of day.
fn clock(word: &str) -> Option<Time> {
    match word {
        "noon" => return Some(Time::constant(12, 0, 0, 0)),
        "midnight" => return Some(Time::midnight()),
        _ => {}
    }
    let half = |suffix: &str, later: i8| {
        let hour: i8 = word.strip_suffix(suffix)?.parse().ok()?;
        Time::new(
            (1..=12).contains(&hour).then_some(hour % 12 + later)?,
            0,
            0,
            0,
        )
        .ok()
    };
    let written = || {
        let (hour, rest) = word.split_once(':')?;
        let digits = |part: &str| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let (minute, second) = rest.split_once(':').unwrap_or((rest, "0"));
        let fits = digits(hour) && minute.len() == 2 && digits(minute) && digits(second);
        let part = |part: &str| part.parse::<i8>().ok();
        fits.then(|| Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok())?
    };
    half("am", 0).or_else(|| half("pm", 12)).or_else(written)
}

/// Reads the name of a day. The inner `None` means that it is out of range.
fn day(word: &str, today: Date, tense: Tense) -> Option<Option<Date>> {
    let weekday = match word {
        "today" => return Some(Some(today)),
        "yesterday" => return Some(today.yesterday().ok()),
        "tomorrow" => return Some(today.tomorrow().ok()),
        "mon" | "monday" => Weekday::Monday,
        "tue" | "tuesday" => Weekday::Tuesday,
        "wed" | "wednesday" => Weekday::Wednesday,
        "thu" | "thursday" => Weekday::Thursday,
        "fri" | "friday" => Weekday::Friday,
        "sat" | "saturday" => Weekday::Saturday,
        "sun" | "sunday" => Weekday::Sunday,
        _ => return word.parse::<Date>().ok().map(Some),
    };
    let nth = if tense == Tense::Future { 1 } else { -1 };
    Some(today.nth_weekday(nth, weekday).ok())
}

/// Returns when the clock shows `time`, on the side of the present that `tense` says.
fn nearest(today: Date, time: Time, present: &Present, tense: Tense) -> Option<Timestamp> {
    let at = local(today.to_datetime(time), present)?;
    let other = match tense {
        Tense::Past if at > present.now => today.yesterday().ok()?,
        Tense::Future if at < present.now => today.tomorrow().ok()?,
        _ => return Some(at),
    };
    local(other.to_datetime(time), present)
}

/// Returns the moment of a local time; the earlier one if the clock shows it twice.
fn local(civil: DateTime, present: &Present) -> Option<Timestamp> {
    let zoned = present
        .zone
        .to_ambiguous_zoned_datetime(civil)
        .compatible()
        .ok()?;
    Some(zoned.timestamp())
}

/// Reads a duration: `2h`, `1h 30m`, `2 days`, `a week`, `3 months`.
fn span(text: &str) -> Option<Span> {
    let counted = text
        .strip_prefix("an ")
        .or_else(|| text.strip_prefix("a "))
        .map(|unit| format!("1 {unit}"));
    let span: Span = counted.as_deref().unwrap_or(text).parse().ok()?;
    (!span.is_negative()).then_some(span)
}

/// Returns the present, moved by a distance. A day is 24 hours, as in git; months and years are those of the
/// calendar.
fn moved(present: &Present, span: Span) -> Option<Timestamp> {
    if span.get_months() == 0 && span.get_years() == 0 {
        let distance = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
        return present.now.checked_add(distance).ok();
    }
    let zoned = present.now.to_zoned_datetime(present.zone.clone());
    Some(zoned.checked_add(span).ok()?.timestamp())
}

#[cfg(test)]
mod tests;
