use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;

use crate::model::reason::Reason;
use crate::model::slug::{SlugError, judge};

/// A span of time in which nothing moves in an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Freeze {
    /// When it begins; `None` with the commit that writes it.
    pub from: Option<Timestamp>,
    /// When it ends, which is not part of it; `None` until somebody thaws it.
    pub until: Option<Timestamp>,
    /// Whether it also bars the return to the previous version.
    pub rollbacks: bool,
    /// Why.
    pub reason: Option<Reason>,
    /// Whether its file cannot be read, so that what it bars is unknown.
    pub unreadable: bool,
}

impl Freeze {
    /// Reports whether it bars moves at `moment`, which is not before it was written.
    ///
    /// A freeze without a beginning holds for every state that has it. A commit that is dated before it and
    /// made on top of it is barred, too.
    pub fn bars(&self, moment: Timestamp) -> bool {
        self.unreadable || (self.from.is_none_or(|from| from <= moment) && !self.is_over(moment))
    }

    /// Reports whether it has ended at `moment`.
    pub fn is_over(&self, moment: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= moment)
    }
}

/// The name of a freeze: like a slug, or the moment at which it was made, as in `20261219T080000Z`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct FreezeId(String);

impl FreezeId {
    /// The most characters that it may have.
    pub const MAX: usize = 63;

    /// Returns the name of a freeze that is made at `moment`.
    pub fn made_at(moment: Timestamp) -> Self {
        Self(moment.strftime("%Y%m%dT%H%M%SZ").to_string())
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FreezeId {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        let digits = |text: &str, count: usize| {
            text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let is_moment = text
            .strip_suffix('Z')
            .and_then(|text| text.split_once('T'))
            .is_some_and(|(date, time)| digits(date, 8) && digits(time, 6));
        if !is_moment {
            judge(text, Self::MAX)?;
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for FreezeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freeze_is_named_like_a_slug_or_by_its_moment() {
        for text in ["holidays", "q4-2026", "20261219T080000Z"] {
            assert_eq!(text.parse::<FreezeId>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "Holidays",
            "-x",
            "a/b",
            "20261219T0800Z",
            "20261219t080000z!",
            "nul",
        ] {
            assert!(text.parse::<FreezeId>().is_err(), "{text}");
        }
        let at = Timestamp::from_second(1_797_667_200).unwrap();
        let id = FreezeId::made_at(at);
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
    }

    #[test]
    fn it_bars_from_its_beginning_to_before_its_end() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let freeze = |from: Option<i64>, until: Option<i64>| Freeze {
            from: from.map(at),
            until: until.map(at),
            ..Freeze::default()
        };
        for (from, until, barred) in [
            (Some(10), Some(20), [false, true, true, false]),
            (None, Some(20), [true, true, true, false]),
            (Some(10), None, [false, true, true, true]),
            (None, None, [true; 4]),
        ] {
            let freeze = freeze(from, until);
            assert_eq!(
                [9, 10, 19, 20].map(|second| freeze.bars(at(second))),
                barred
            );
        }
        let unreadable = Freeze {
            unreadable: true,
            ..freeze(Some(10), Some(20))
        };
        assert!(unreadable.bars(at(99)));
    }
}
