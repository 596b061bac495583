use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp};
use serde::{Serialize, Serializer};

use crate::model::slug::{SlugError, judge};

/// The zones, from the database that is part of the program: that of the system differs from machine to
/// machine, and so would verdicts.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The days of the week as windows name them, in their order.
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// How many days an opening is searched for. A weekly window opens within eight, and a clock change may
/// leave out one of its openings.
const SEARCHED: i64 = 30;

/// A weekly span of time in which pointers may move: days, a span of the wall clock, and its zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// By [`DAYS`].
    days: [bool; 7],
    start: Time,
    /// On the next day if it is not after `start`.
    end: Time,
    zone: TimeZone,
    zone_name: String,
}

/// The name of a window: as a slug.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct WindowName(String);

/// Why a text is not a window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// It does not have the form.
    #[error(
        "invalid window {text:?}; expected days, a time span and a zone, such as \"mon-thu 09:00-16:00 Europe/Berlin\""
    )]
    Form {
        /// What was given.
        text: String,
    },
    /// A day does not exist.
    #[error("invalid day {day:?}; the days are mon, tue, wed, thu, fri, sat and sun")]
    Day {
        /// What was given.
        day: String,
    },
    /// A time of day is not one.
    #[error(
        "invalid time {time:?}; expected HH:MM from 00:00 to 23:59 (an end of 00:00 is midnight)"
    )]
    Time {
        /// What was given.
        time: String,
    },
    /// The zone is not in the database.
    #[error("unknown time zone {zone:?}; expected a name such as UTC or Europe/Berlin")]
    Zone {
        /// What was given.
        zone: String,
    },
}

impl Window {
    /// Reports whether `moment` is in the window, which includes its start and not its end.
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.end_around(moment).is_some()
    }

    /// Returns the end of the span around `moment`; `None` if the window is closed then.
    pub fn end_around(&self, moment: Timestamp) -> Option<Timestamp> {
        // The offset of a zone changes by up to a day, so the span may belong to a neighbouring day.
        let spans = self.spans(moment, -2..=2);
        spans
            .filter(|(start, end)| *start <= moment && moment < *end)
            .map(|(_, end)| end)
            .max()
    }

    /// Returns when the window opens next after `moment`.
    pub fn opens_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let starts = self.spans(moment, -2..=SEARCHED).map(|(start, _)| start);
        starts.filter(|start| *start > moment).min()
    }

    /// Returns the spans of the days that are so many days from that of `moment`.
    fn spans(
        &self,
        moment: Timestamp,
        days: std::ops::RangeInclusive<i64>,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let today = self.zone.to_datetime(moment).date();
        days.filter_map(move |days| self.span(today.checked_add(Span::new().days(days)).ok()?))
            .filter(|(start, end)| start < end)
    }

    /// Returns the span that begins on `day`, if the window has one then.
    fn span(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        let index = usize::try_from(day.weekday().to_monday_zero_offset()).ok()?;
        if !self.days[index] {
            return None;
        }
        let last = if self.end > self.start {
            day
        } else {
            day.tomorrow().ok()?
        };
        Some((self.moment(day, self.start)?, self.moment(last, self.end)?))
    }

    /// Returns the moment at which the clocks of the zone show `time` on `day`. A time that a clock change
    /// skips or repeats means the earlier instant.
    fn moment(&self, day: Date, time: Time) -> Option<Timestamp> {
        let shown = day.to_datetime(time);
        self.zone.to_ambiguous_timestamp(shown).earlier().ok()
    }

    /// Returns the window as a clause: `Monday to Thursday from 09:00 to 16:00 (Europe/Berlin)`.
    pub fn clause(&self) -> String {
        let end = if self.end > self.start {
            ""
        } else {
            " of the next day"
        };
        let (start, until, zone) = (clock(self.start), clock(self.end), &self.zone_name);
        let name = |at: usize| weekday_name(DAYS[at].1);
        let days: Vec<String> = self
            .runs()
            .into_iter()
            .map(|(first, last)| match last - first {
                0 => name(first).to_owned(),
                _ => format!("{} to {}", name(first), name(last)),
            })
            .collect();
        format!("{} from {start} to {until}{end} ({zone})", days.join(", "))
    }

    /// Returns the days as ranges.
    fn runs(&self) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for at in (0..DAYS.len()).filter(|at| self.days[*at]) {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == at => *last = at,
                _ => runs.push((at, at)),
            }
        }
        runs
    }
}

fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// Reads `09:00`.
fn time(text: &str) -> Result<Time, WindowError> {
    let error = || WindowError::Time {
        time: text.to_owned(),
    };
    let (hour, minute) = text.split_once(':').ok_or_else(error)?;
    let two = |digits: &str| digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !two(hour) || !two(minute) {
        return Err(error());
    }
    let (hour, minute) = (hour.parse(), minute.parse());
    let (Ok(hour), Ok(minute)) = (hour, minute) else {
        return Err(error());
    };
    Time::new(hour, minute, 0, 0).map_err(|_| error())
}

/// Reads `mon-thu`, `sun` or `mon,wed-fri`.
fn days(text: &str) -> Result<[bool; 7], WindowError> {
    let at = |day: &str| {
        let known = DAYS.iter().position(|(name, _)| *name == day);
        known.ok_or_else(|| WindowError::Day {
            day: day.to_owned(),
        })
    };
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut day, last) = (at(first)?, at(last)?);
        // `sat-mon` goes on from Sunday to Monday.
        while day != last {
            days[day] = true;
            day = (day + 1) % days.len();
        }
        days[last] = true;
    }
    Ok(days)
}

impl FromStr for Window {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let form = || WindowError::Form {
            text: text.to_owned(),
        };
        let [named, span, zone] = parts.as_slice() else {
            return Err(form());
        };
        let (start, end) = span.split_once('-').ok_or_else(form)?;
        let unknown = || WindowError::Zone {
            zone: (*zone).to_owned(),
        };
        let found = ZONES.get(zone).map_err(|_| unknown())?;
        let zone_name = found.iana_name().ok_or_else(unknown)?.to_owned();
        Ok(Self {
            days: days(&named.to_ascii_lowercase())?,
            start: time(start)?,
            end: time(end)?,
            zone: found,
            zone_name,
        })
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<String> = self
            .runs()
            .into_iter()
            .map(|(first, last)| match last - first {
                0 => DAYS[first].0.to_owned(),
                _ => format!("{}-{}", DAYS[first].0, DAYS[last].0),
            })
            .collect();
        write!(
            f,
            "{} {}-{} {}",
            days.join(","),
            clock(self.start),
            clock(self.end),
            self.zone_name
        )
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl WindowName {
    /// The most characters a name may have.
    pub const MAX: usize = 63;

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WindowName {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        judge(text, Self::MAX)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for WindowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests;
