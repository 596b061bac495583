use std::time::Duration;

use jiff::Timestamp;

use crate::store::program;

/// How long git may take to read a date.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest distance from UTC of any zone, in minutes.
const FARTHEST: i16 = 14 * 60;
/// git takes a number from here on for seconds; a smaller one may be a year or a day.
const FIRST_OF_SECONDS: i64 = 100_000_000;

/// A moment as a commit has it, to the second and with a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GitTime {
    /// The moment.
    pub at: Timestamp,
    /// How many minutes local time was ahead of UTC where it was recorded.
    pub offset: i16,
}

impl From<Timestamp> for GitTime {
    /// Returns the moment in UTC.
    fn from(at: Timestamp) -> Self {
        Self { at, offset: 0 }
    }
}

impl GitTime {
    /// Reads a date as `GIT_AUTHOR_DATE` holds it, in every form that git accepts. All forms but
    /// `SECONDS ZONE` are read by git itself.
    ///
    /// # Errors
    ///
    /// When it is not a date; the text is git's message.
    pub fn read(text: &str) -> Result<Self, String> {
        raw(text).map_or_else(|| ask(text), Ok)
    }
}

/// Reads `@SECONDS ZONE`, and without `@` if git could not take the number for anything else.
fn raw(text: &str) -> Option<GitTime> {
    let digits = text.strip_prefix('@');
    let (seconds, zone) = digits.unwrap_or(text).split_once(' ')?;
    if !seconds.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds: i64 = seconds.parse().ok()?;
    if digits.is_none() && seconds < FIRST_OF_SECONDS {
        return None;
    }
    stamped(seconds, zone)
}

/// Asks git, since no library reads dates exactly as git does.
fn ask(text: &str) -> Result<GitTime, String> {
    let mut git = program::command("git");
    // The identity does not matter here, and must not be missing.
    git.env("GIT_AUTHOR_NAME", "x")
        .env("GIT_AUTHOR_EMAIL", "x")
        .env("GIT_AUTHOR_DATE", text)
        .env("LC_ALL", "C")
        .args(["var", "GIT_AUTHOR_IDENT"]);
    let ran = program::run_within(git, PATIENCE)
        .map_err(|error| format!("the git program cannot be run: {error}"))?;
    if !ran.succeeded() {
        return Err(ran.said().trim_start_matches("fatal: ").to_owned());
    }
    let mut words = ran.stdout.trim_end().rsplitn(3, ' ');
    let (zone, seconds) = (words.next(), words.next());
    zone.zip(seconds)
        .and_then(|(zone, seconds)| stamped(seconds.parse().ok()?, zone))
        .ok_or_else(|| format!("git reads it as {:?}", ran.stdout.trim_end()))
}

/// Returns the moment `seconds` after 1970 in a zone such as `+0130`.
fn stamped(seconds: i64, zone: &str) -> Option<GitTime> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i16 = digits.parse().ok()?;
    let minutes = number / 100 * 60 + number % 100;
    let known = number % 100 < 60 && minutes <= FARTHEST;
    let at = Timestamp::from_second(seconds).ok().filter(|_| known)?;
    Some(GitTime {
        at,
        offset: sign * minutes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_git_reads_them() {
        for (text, seconds, offset) in [
            ("@1700000000 +0100", 1_700_000_000, 60),
            ("@17 -0330", 17, -210),
            ("1700000000 +0000", 1_700_000_000, 0),
            ("1700000000", 1_700_000_000, 0),
            ("2023-11-14T22:13:20Z", 1_700_000_000, 0),
            ("2023-11-14T23:13:20+01:00", 1_700_000_000, 60),
            ("2023-11-14 23:13:20 +0100", 1_700_000_000, 60),
            ("2023.11.14T23:13:20 +0100", 1_700_000_000, 60),
            ("11/14/2023 23:13:20 +0100", 1_700_000_000, 60),
            ("14.11.2023 17:13:20 -0500", 1_700_000_000, -300),
            ("Tue, 14 Nov 2023 23:13:20 +0100", 1_700_000_000, 60),
            ("Tue Nov 14 23:13:20 2023 +0100", 1_700_000_000, 60),
        ] {
            let read = GitTime::read(text).unwrap();
            assert_eq!(
                (read.at.as_second(), read.offset),
                (seconds, offset),
                "{text}"
            );
        }
        let refused = GitTime::read("yesterday").unwrap_err();
        assert!(refused.contains("invalid date format"), "{refused}");
    }
}
