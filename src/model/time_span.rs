use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::{Serialize, Serializer};

/// A duration in a policy: whole seconds, from zero to [`TimeSpan::MAX`]. Zero switches a rule off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeSpan {
    seconds: u32,
}

/// Why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeSpanError {
    /// Not a number with a unit, or a unit of no fixed length.
    #[error("invalid duration {text:?}; expected for example 90m, 24h or 2 days")]
    Syntax {
        /// What was given.
        text: String,
    },
    /// A part of a unit, as in `1.5h`.
    #[error("{text:?} has a fraction; use a smaller unit, such as 90m for one and a half hours")]
    Fraction {
        /// What was given.
        text: String,
    },
    /// A negative duration.
    #[error("{text:?} is negative")]
    Negative {
        /// What was given.
        text: String,
    },
    /// Longer than the limit.
    #[error("{text:?} is longer than {}", TimeSpan::MAX)]
    TooLong {
        /// What was given.
        text: String,
    },
}

impl TimeSpan {
    /// Zero.
    pub const ZERO: Self = Self { seconds: 0 };
    /// The longest: 366 days. A rule that waits longer than a year is a typing error, or should be `no`.
    pub const MAX: Self = Self { seconds: 366 * DAY };

    /// Returns a number of hours.
    pub const fn hours(hours: u16) -> Self {
        Self {
            seconds: hours as u32 * HOUR,
        }
    }

    /// Reports whether it is zero.
    pub fn is_zero(self) -> bool {
        self.seconds == 0
    }

    /// Returns how many seconds it is.
    pub fn seconds(self) -> u32 {
        self.seconds
    }

    /// Returns the time that is this long after `moment`.
    pub fn after(self, moment: Timestamp) -> Timestamp {
        moment
            .checked_add(self.duration())
            .unwrap_or(Timestamp::MAX)
    }

    /// Returns the time that is this long before `moment`.
    pub fn before(self, moment: Timestamp) -> Timestamp {
        moment
            .checked_sub(self.duration())
            .unwrap_or(Timestamp::MIN)
    }

    fn duration(self) -> SignedDuration {
        SignedDuration::from_secs(self.seconds.into())
    }
}

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

impl FromStr for TimeSpan {
    type Err = TimeSpanError;

    /// Reads `90m`, `24h`, `2 days`, `1h 30m`; a day has 24 hours, a week seven days. Months and
    /// years have no fixed length.
    fn from_str(text: &str) -> Result<Self, TimeSpanError> {
        let given = || text.to_owned();
        if text.contains(['.', ',']) {
            return Err(TimeSpanError::Fraction { text: given() });
        }
        let span: Span = text
            .trim()
            .parse()
            .map_err(|_| TimeSpanError::Syntax { text: given() })?;
        let length = span.to_duration(SpanRelativeTo::days_are_24_hours());
        let length = length.map_err(|_| TimeSpanError::Syntax { text: given() })?;
        if length.is_negative() {
            return Err(TimeSpanError::Negative { text: given() });
        }
        if length.subsec_nanos() != 0 {
            return Err(TimeSpanError::Fraction { text: given() });
        }
        let seconds = u32::try_from(length.as_secs())
            .ok()
            .filter(|seconds| *seconds <= Self::MAX.seconds);
        seconds
            .map(|seconds| Self { seconds })
            .ok_or_else(|| TimeSpanError::TooLong { text: given() })
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.seconds >= 2 * DAY && self.seconds.is_multiple_of(DAY) {
            return write!(f, "{} days", self.seconds / DAY);
        }
        let parts = [
            (self.seconds / HOUR, "h"),
            (self.seconds % HOUR / MINUTE, "m"),
            (self.seconds % MINUTE, "s"),
        ];
        let mut written: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, unit)| format!("{count}{unit}"))
            .collect();
        if written.is_empty() {
            written.push("0s".to_owned());
        }
        f.write_str(&written.join(" "))
    }
}

impl Serialize for TimeSpan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written() {
        for (text, seconds, written) in [
            ("90m", 5400, "1h 30m"),
            ("24h", 86_400, "24h"),
            ("1 day", 86_400, "24h"),
            ("2 days", 172_800, "2 days"),
            ("36h", 129_600, "36h"),
            ("1 week", 604_800, "7 days"),
            ("1h 30m 5s", 5405, "1h 30m 5s"),
            ("0s", 0, "0s"),
            ("366 days", TimeSpan::MAX.seconds, "366 days"),
        ] {
            let span: TimeSpan = text.parse().unwrap();
            assert_eq!(
                (span.seconds, span.to_string()),
                (seconds, written.to_owned()),
                "{text}"
            );
            assert_eq!(written.parse(), Ok(span), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for (text, error) in [
            ("", "invalid duration"),
            ("24", "invalid duration"),
            ("soon", "invalid duration"),
            ("1 month", "invalid duration"),
            ("1 year", "invalid duration"),
            ("1.5h", "fraction"),
            ("1,5h", "fraction"),
            ("5ms", "fraction"),
            ("-1h", "negative"),
            ("1h ago", "negative"),
            ("367 days", "longer than 366 days"),
            ("99999999999999999999h", "invalid duration"),
            ("4294967296s", "longer"),
        ] {
            let refused = text.parse::<TimeSpan>().unwrap_err().to_string();
            assert!(refused.contains(error), "{text}: {refused}");
        }
    }
}
