use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGINT;
use signal_hook::flag::register_conditional_default;

/// Whether Ctrl-C ends the program at once: always, except during a question.
static DEADLY: AtomicBool = AtomicBool::new(true);
static REGISTERED: AtomicBool = AtomicBool::new(false);

/// While this lives, Ctrl-C makes the read of a key fail instead of ending the program.
///
/// dialoguer hides the cursor while it asks, and answers Ctrl-C by sending the program the signal, which would end it
/// with the cursor hidden.
pub(super) struct Survivable;

impl Survivable {
    pub(super) fn begin() -> io::Result<Self> {
        DEADLY.store(false, Ordering::SeqCst);
        let begun = Self;
        if !REGISTERED.swap(true, Ordering::SeqCst) {
            register_conditional_default(SIGINT, &DEADLY)?;
        }
        Ok(begun)
    }
}

impl Drop for Survivable {
    fn drop(&mut self) {
        DEADLY.store(true, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::SIGINT;
    use signal_hook::low_level::raise;

    use super::Survivable;

    #[test]
    fn ctrl_c_during_a_question_does_not_kill() {
        for _ in 0..2 {
            let _survivable = Survivable::begin().unwrap();
            raise(SIGINT).unwrap();
        }
    }
}
