use std::fmt;
use std::ops::RangeInclusive;

use serde::Serialize;

/// A whole number that is only ever within its range.
pub trait Bounded: Sized {
    /// The least and the greatest number that there can be.
    const RANGE: RangeInclusive<u32>;

    /// Returns the number `value`, if it is within the range.
    fn new(value: u32) -> Option<Self>;
}

/// Declares a whole number with its range.
macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident in $range:expr;) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(u32);

        impl $name {
            /// Returns the number as an integer.
            pub fn value(self) -> u32 {
                self.0
            }
        }

        impl Bounded for $name {
            const RANGE: RangeInclusive<u32> = $range;

            fn new(value: u32) -> Option<Self> {
                Self::RANGE.contains(&value).then_some(Self(value))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

bounded! {
    /// How long the gateway waits for an answer, in milliseconds: 1 to 3,600,000, which is an hour.
    Timeout in 1..=3_600_000;
}

bounded! {
    /// The share of a target among the targets of its rule: 0, which drains it, to 1,000,000. Only the proportion counts.
    Weight in 0..=1_000_000;
}

bounded! {
    /// How often a request is sent again after it failed: 0 to 10.
    MaxRetries in 0..=10;
}

bounded! {
    /// How long the gateway waits before the first repetition, in milliseconds: 1 to 60,000, which is a minute.
    Backoff in 1..=60_000;
}

bounded! {
    /// How much of something may be used in a minute: 1 to 1,000,000,000.
    PerMinute in 1..=1_000_000_000;
}
