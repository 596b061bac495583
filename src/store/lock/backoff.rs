use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_millis(2);
/// The longest single wait.
const LONGEST: Duration = Duration::from_millis(200);
/// How long all waits together may take before `wait` returns false.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest single wait where each attempt goes to another machine.
const LONGEST_BETWEEN_MACHINES: Duration = Duration::from_secs(60);
/// How long all waits together may take there.
const PATIENCE_BETWEEN_MACHINES: Duration = Duration::from_secs(5 * 60);

/// Waits between attempts at something that others hold. Waits grow, are out of step with those of
/// other processes, and end.
///
/// They double from 2 ms to 200 ms, and each is a random part between half and all of that. Without
/// the random part, 8 threads × 40 commits collided 6,289 times. All waits of one value together
/// take at most about 5 s.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
    longest: Duration,
    left: Duration,
}

impl Backoff {
    /// Returns a back-off for one operation, of about 5 s in all.
    pub fn new() -> Self {
        Self::lasting(PATIENCE)
    }

    /// Returns a back-off of `total` in all.
    pub fn lasting(total: Duration) -> Self {
        Self {
            next: FIRST,
            longest: LONGEST,
            left: total,
        }
    }

    /// Returns a back-off for one operation that involves another machine, with waits of up to a
    /// minute and about five minutes in all.
    pub fn between_machines() -> Self {
        Self {
            next: FIRST,
            longest: LONGEST_BETWEEN_MACHINES,
            left: PATIENCE_BETWEEN_MACHINES,
        }
    }

    /// Does what [`Backoff::wait`] does, after an attempt that took `taken`. Those who lost against
    /// one attempt have to spread over several times as long, or all but one of them lose again.
    /// With four times, 16 clones need fewer than two attempts per push.
    pub fn wait_after(&mut self, taken: Duration) -> bool {
        self.next = self.next.max((taken * 4).min(self.longest));
        self.wait()
    }

    /// Waits and returns true, or returns false at once if the time is used up.
    #[expect(clippy::disallowed_methods, reason = "the one place that waits")]
    pub fn wait(&mut self) -> bool {
        if self.left.is_zero() {
            return false;
        }
        let pause = jittered(self.next).min(self.left);
        // Doubled before the wait, cut after it: the last wait takes only what is left, so that the
        // whole never exceeds its total.
        self.next = (self.next * 2).min(self.longest);
        self.left -= pause;
        thread::sleep(pause);
        true
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns a random duration between half of `pause` and all of it.
fn jittered(pause: Duration) -> Duration {
    // Two fresh random states hash differently: randomness enough for this without a crate for it.
    let random = RandomState::new().hash_one(()) % 1024;
    pause / 2 + (pause / 2).mul_f64(random as f64 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_between_half_and_whole() {
        for _ in 0..100 {
            let pause = jittered(Duration::from_millis(100));
            assert!(
                (Duration::from_millis(50)..=Duration::from_millis(100)).contains(&pause),
                "{pause:?}"
            );
        }
    }

    #[test]
    fn patience_runs_out() {
        let mut backoff = Backoff::lasting(Duration::from_millis(10));
        let waits = std::iter::from_fn(|| backoff.wait().then_some(()))
            .take(50)
            .count();
        assert!((2..20).contains(&waits), "{waits}");
    }
}
