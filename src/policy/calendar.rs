use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::{Freeze, FreezeId, Policy, Window, WindowName};

/// How many changes of the calendar are looked at before the search for a moment ends. The windows of a week
/// change at most a few dozen times, so this is a year and more.
const SEARCHED: usize = 2000;

/// When pointers of an environment may move, by its windows and freezes.
#[derive(Clone, Copy, Debug)]
pub struct Calendar<'a> {
    windows: Option<&'a BTreeMap<WindowName, Window>>,
    freezes: Option<&'a BTreeMap<FreezeId, Freeze>>,
}

/// A freeze with its name.
pub type NamedFreeze<'a> = (&'a FreezeId, &'a Freeze);

impl<'a> Calendar<'a> {
    /// Returns the calendar of an environment with that `policy` and those `freezes`.
    pub fn of(policy: Option<&'a Policy>, freezes: Option<&'a BTreeMap<FreezeId, Freeze>>) -> Self {
        let windows = policy.map(|policy| &policy.windows);
        Self {
            windows: windows.filter(|windows| !windows.is_empty()),
            freezes: freezes.filter(|freezes| !freezes.is_empty()),
        }
    }

    /// Returns the same calendar without its freezes.
    #[must_use]
    pub fn without_freezes(self) -> Self {
        Self {
            freezes: None,
            ..self
        }
    }

    /// Reports whether there are windows.
    pub fn has_windows(self) -> bool {
        self.windows.is_some()
    }

    /// Returns the windows by name.
    pub fn windows(self) -> impl Iterator<Item = (&'a WindowName, &'a Window)> {
        self.windows.into_iter().flatten()
    }

    /// Returns the freezes by name.
    pub fn freezes(self) -> impl Iterator<Item = NamedFreeze<'a>> {
        self.freezes.into_iter().flatten()
    }

    /// Returns a window that contains `moment`, and when it ends.
    pub fn window_around(self, moment: Timestamp) -> Option<(&'a WindowName, Timestamp)> {
        let around =
            |(name, window): (&'a WindowName, &'a Window)| Some((name, window.end_around(moment)?));
        self.windows()
            .filter_map(around)
            .max_by_key(|(_, end)| *end)
    }

    /// Returns the window that opens next after `moment`, and when.
    pub fn next_window(self, moment: Timestamp) -> Option<(&'a WindowName, Timestamp)> {
        let next = |(name, window): (&'a WindowName, &'a Window)| {
            Some((name, window.opens_after(moment)?))
        };
        self.windows().filter_map(next).min_by_key(|(_, at)| *at)
    }

    /// Returns the freeze that bars moves at `moment` for the longest: one without an end before all others.
    pub fn frozen_at(self, moment: Timestamp) -> Option<NamedFreeze<'a>> {
        let holding = self.freezes().filter(|(_, freeze)| freeze.bars(moment));
        holding.max_by_key(|(_, freeze)| (freeze.unreadable, freeze.until.is_none(), freeze.until))
    }

    /// Reports whether pointers may move at `moment`.
    pub fn allows(self, moment: Timestamp) -> bool {
        let in_window = !self.has_windows() || self.window_around(moment).is_some();
        in_window && self.frozen_at(moment).is_none()
    }

    /// Returns the first moment, `moment` or later, at which pointers may move; `None` if time alone does not
    /// bring one.
    pub fn opens(self, moment: Timestamp) -> Option<Timestamp> {
        let mut at = moment;
        for _ in 0..SEARCHED {
            at = match self.frozen_at(at) {
                Some((_, freeze)) => freeze.until.filter(|_| !freeze.unreadable)?,
                None if !self.has_windows() || self.window_around(at).is_some() => {
                    return Some(at);
                }
                None => self.next_window(at)?.1,
            };
        }
        None
    }

    /// Returns the next moment after `moment` at which pointers may move if they may not at `moment`, or may
    /// not if they may.
    pub fn changes_after(self, moment: Timestamp) -> Option<Timestamp> {
        let (allowed, mut at) = (self.allows(moment), moment);
        for _ in 0..SEARCHED {
            let ends = self
                .windows()
                .filter_map(|(_, window)| window.end_around(at));
            let starts = self
                .windows()
                .filter_map(|(_, window)| window.opens_after(at));
            let freezes = self
                .freezes()
                .flat_map(|(_, freeze)| [freeze.from, freeze.until]);
            let later = ends.chain(starts).chain(freezes.flatten());
            at = later.filter(|next| *next > at).min()?;
            if self.allows(at) != allowed {
                return Some(at);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn policy(windows: &[&str]) -> Policy {
        let mut policy = Policy::default();
        for (index, window) in windows.iter().enumerate() {
            let name = format!("w{index}").parse().unwrap();
            policy.windows.insert(name, window.parse().unwrap());
        }
        policy
    }

    fn freezes(spans: &[(Option<&str>, Option<&str>)]) -> BTreeMap<FreezeId, Freeze> {
        let freeze = |(index, (from, until)): (usize, &(Option<&str>, Option<&str>))| {
            let freeze = Freeze {
                from: from.map(at),
                until: until.map(at),
                ..Freeze::default()
            };
            (format!("f{index}").parse().unwrap(), freeze)
        };
        spans.iter().enumerate().map(freeze).collect()
    }

    #[test]
    fn a_freeze_outranks_windows_and_the_next_opening_counts_both() {
        let policy = policy(&["mon-fri 09:00-17:00 UTC"]);
        // A Friday, and a freeze that ends on a Saturday.
        let frozen = freezes(&[(Some("2026-12-04T12:00:00Z"), Some("2026-12-05T12:00:00Z"))]);
        let calendar = Calendar::of(Some(&policy), Some(&frozen));
        for (moment, allowed, opens, changes) in [
            (
                "2026-12-04T10:00:00Z",
                true,
                "2026-12-04T10:00:00Z",
                "2026-12-04T12:00:00Z",
            ),
            (
                "2026-12-04T12:00:00Z",
                false,
                "2026-12-07T09:00:00Z",
                "2026-12-07T09:00:00Z",
            ),
            (
                "2026-12-05T12:00:00Z",
                false,
                "2026-12-07T09:00:00Z",
                "2026-12-07T09:00:00Z",
            ),
            (
                "2026-12-07T16:59:59Z",
                true,
                "2026-12-07T16:59:59Z",
                "2026-12-07T17:00:00Z",
            ),
            (
                "2026-12-07T17:00:00Z",
                false,
                "2026-12-08T09:00:00Z",
                "2026-12-08T09:00:00Z",
            ),
        ] {
            let moment = at(moment);
            assert_eq!(calendar.allows(moment), allowed, "{moment}");
            assert_eq!(calendar.opens(moment), Some(at(opens)), "{moment}");
            assert_eq!(
                calendar.changes_after(moment),
                Some(at(changes)),
                "{moment}"
            );
        }
    }

    #[test]
    fn what_does_not_end_by_itself_never_opens() {
        let endless = freezes(&[(None, None), (None, Some("2026-12-05T12:00:00Z"))]);
        let calendar = Calendar::of(None, Some(&endless));
        assert_eq!(calendar.opens(at("2026-12-04T12:00:00Z")), None);
        assert_eq!(calendar.changes_after(at("2026-12-04T12:00:00Z")), None);
        let always = policy(&["mon-sun 00:00-00:00 UTC"]);
        let calendar = Calendar::of(Some(&always), None);
        assert_eq!(calendar.changes_after(at("2026-12-04T12:00:00Z")), None);
        assert!(calendar.allows(at("2026-12-04T00:00:00Z")));
    }

    proptest! {
        /// The moment at which it opens is allowed, and none before it in steps of ten minutes.
        #[test]
        fn it_opens_at_the_first_moment_that_is_allowed(
            start in 0i64..400, from in 0i64..400, length in 1i64..300, hour in 0u8..24, day in 0usize..7,
        ) {
            let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
            let window = format!("{} {hour:02}:00-{:02}:30 Europe/Berlin", days[day], (hour + 3) % 24);
            let policy = policy(&[&window]);
            let moment = |tens: i64| Timestamp::from_second(1_790_000_000 / 600 * 600 + tens * 600).unwrap();
            let freeze = Freeze {
                from: Some(moment(from)),
                until: Some(moment(from + length)),
                ..Freeze::default()
            };
            let freezes = BTreeMap::from([("x".parse().unwrap(), freeze)]);
            let calendar = Calendar::of(Some(&policy), Some(&freezes));
            let opens = calendar.opens(moment(start)).unwrap();
            prop_assert!(calendar.allows(opens));
            let mut before = start;
            while moment(before) < opens {
                prop_assert!(!calendar.allows(moment(before)), "{}", moment(before));
                before += 1;
            }
        }
    }
}
