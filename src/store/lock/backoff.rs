use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_millis(2);
/// The longest single wait.
const LONGEST: Duration = Duration::from_millis(200);
/// How long all waits together may take before the caller is told to give up.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same two where each attempt goes to another machine.
const LONGEST_BETWEEN_MACHINES: Duration = Duration::from_secs(60);
const PATIENCE_BETWEEN_MACHINES: Duration = Duration::from_secs(5 * 60);

/// Waits between attempts at something that others hold: longer each time, never in step with them, not for ever.
///
/// Waits double from 2 ms to 200 ms, each between half and the whole of that at random: without jitter, 8 threads × 40
/// commits collided 6,289 times. All waits of one value together take at most about 5 s.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
    longest: Duration,
    left: Duration,
}

impl Backoff {
    /// Patience for one operation: about 5 s.
    pub fn new() -> Self {
        Self::lasting(PATIENCE)
    }

    /// Patience for `total`.
    pub fn lasting(total: Duration) -> Self {
        Self {
            next: FIRST,
            longest: LONGEST,
            left: total,
        }
    }

    /// Patience for one operation that involves another machine: waits of up to a minute, about five minutes in all.
    pub fn between_machines() -> Self {
        Self {
            next: FIRST,
            longest: LONGEST_BETWEEN_MACHINES,
            left: PATIENCE_BETWEEN_MACHINES,
        }
    }

    /// As [`Backoff::wait`] after an attempt that took `taken`: those who lost against one have to spread over several times
    /// as long, or all but one of them lose again. With four times, 16 clones need fewer than two attempts a push.
    pub fn wait_after(&mut self, taken: Duration) -> bool {
        self.next = self.next.max((taken * 4).min(self.longest));
        self.wait()
    }

    /// Waits and answers true, or answers false at once when patience has run out.
    #[expect(clippy::disallowed_methods, reason = "the one place that waits")]
    pub fn wait(&mut self) -> bool {
        if self.left.is_zero() {
            return false;
        }
        let pause = jittered(self.next).min(self.left);
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

/// Between half of `pause` and all of it.
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
