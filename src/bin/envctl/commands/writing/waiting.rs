//! Waiting until a change is eligible: for a dwell, a window, or the end of a freeze.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use signal_hook::SigId;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::low_level::unregister;

use crate::process::Process;

/// How long a sleep lasts before signals and the clock are looked at again. A clock that is set, or a machine
/// that was suspended, makes a wait end late by this much at most.
const SLICE: SignedDuration = SignedDuration::from_millis(200);

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitEnd {
    /// The moment has come.
    Reached,
    /// A signal asked the program to end.
    Interrupted,
}

/// The clock that a wait follows.
pub trait WaitClock {
    /// Returns the present moment.
    fn now(&self) -> Timestamp;
    /// Lets `span` pass.
    fn sleep(&mut self, span: SignedDuration);
    /// Reports whether a signal asked the program to end.
    fn is_interrupted(&self) -> bool;
}

/// Waits until `moment` by `clock`.
pub fn wait_until(moment: Timestamp, clock: &mut impl WaitClock) -> WaitEnd {
    loop {
        if clock.is_interrupted() {
            return WaitEnd::Interrupted;
        }
        let left = moment.duration_since(clock.now());
        if !left.is_positive() {
            return WaitEnd::Reached;
        }
        clock.sleep(left.min(SLICE));
    }
}

/// The clock of the machine. While it exists, Ctrl-C and SIGTERM end the wait instead of the program.
pub struct MachineClock {
    interrupted: Arc<AtomicBool>,
    registered: Vec<SigId>,
}

impl MachineClock {
    /// Returns the clock.
    ///
    /// # Errors
    ///
    /// When signals cannot be watched.
    pub fn watch() -> std::io::Result<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let mut clock = Self {
            interrupted: interrupted.clone(),
            registered: Vec::new(),
        };
        for signal in [SIGINT, SIGTERM] {
            clock
                .registered
                .push(flag::register(signal, interrupted.clone())?);
        }
        Ok(clock)
    }
}

impl Drop for MachineClock {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            unregister(id);
        }
    }
}

impl WaitClock for MachineClock {
    fn now(&self) -> Timestamp {
        Process::look().now()
    }

    #[expect(clippy::disallowed_methods, reason = "a wait that a person asked for")]
    fn sleep(&mut self, span: SignedDuration) {
        thread::sleep(Duration::try_from(span).unwrap_or_default());
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock that only sleeping moves on, unless it is set.
    struct Told {
        now: Timestamp,
        slept: Vec<SignedDuration>,
        interrupted_after: usize,
        jumps: SignedDuration,
    }

    impl WaitClock for Told {
        fn now(&self) -> Timestamp {
            self.now
        }

        fn sleep(&mut self, span: SignedDuration) {
            self.slept.push(span);
            self.now += span + self.jumps;
        }

        fn is_interrupted(&self) -> bool {
            self.slept.len() >= self.interrupted_after
        }
    }

    fn told() -> Told {
        Told {
            now: Timestamp::UNIX_EPOCH,
            slept: Vec::new(),
            interrupted_after: usize::MAX,
            jumps: SignedDuration::ZERO,
        }
    }

    #[test]
    fn a_wait_ends_at_its_moment() {
        for millis in [0, 1, 200, 201, 3_600_000] {
            let span = SignedDuration::from_millis(millis);
            let moment = Timestamp::UNIX_EPOCH + span;
            let mut clock = told();
            assert_eq!(wait_until(moment, &mut clock), WaitEnd::Reached);
            assert_eq!(clock.now, moment);
        }
        // A machine that was suspended is behind no longer than a slice.
        let mut clock = Told {
            jumps: SignedDuration::from_hours(1),
            ..told()
        };
        let moment = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(30);
        assert_eq!(wait_until(moment, &mut clock), WaitEnd::Reached);
        assert_eq!(clock.slept.len(), 1);
    }

    #[test]
    fn a_signal_ends_it() {
        let mut clock = Told {
            interrupted_after: 2,
            ..told()
        };
        let moment = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(9);
        assert_eq!(wait_until(moment, &mut clock), WaitEnd::Interrupted);
        assert_eq!(clock.slept.len(), 2);
    }
}
