//! Turns a panic into an ordinary error, with an exit code for scripts.
//!
//! No panic is intended. A panic is a bug in this program, or a fault that the standard library
//! does not survive, such as a folder that cannot be closed.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex};

use envctl::store::panic_becomes_an_error;

use crate::error::Failure;
use crate::exit::Exit;

/// What the panic hook recorded, because the caught value does not know where it came from.
static SAID: Mutex<Option<String>> = Mutex::new(None);

/// Returns the result of `work`; a panic in it becomes an error.
pub fn caught<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let usual = Arc::new(take_hook());
    let last_words = Arc::clone(&usual);
    // A second panic during unwinding ends the process: then only the hook can print anything.
    set_hook(Box::new(move |panic| {
        if !panic_becomes_an_error() && !note(panic) {
            last_words(panic);
        }
    }));
    // Half-done work is in the repository, where every run expects it, or ends with the process.
    let done = catch_unwind(AssertUnwindSafe(work));
    set_hook(Box::new(move |panic| usual(panic)));
    done.unwrap_or_else(|_| Err(failure().into()))
}

fn failure() -> Failure {
    let said = SAID.lock().ok().and_then(|mut said| said.take());
    let message = said.unwrap_or_else(|| "panicked at an unknown place".to_owned());
    Failure::new(Exit::Unknown, "panic", format!("envctl {message}"))
        .hint("if it was about to change something, run the command again to learn whether that landed")
        .hint("this is a bug in envctl, or a fault of the system; set RUST_BACKTRACE=1 for a backtrace to report")
}

/// Records the message of the first panic; returns whether it was the first.
fn note(panic: &PanicHookInfo<'_>) -> bool {
    let mut text = "panicked".to_owned();
    // Writing to a String cannot fail.
    if let Some(location) = panic.location() {
        let _ = write!(text, " at {location}");
    }
    let why = panic.payload();
    if let Some(why) = why
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| why.downcast_ref::<String>().map(String::as_str))
    {
        let _ = write!(text, ": {why}");
    }
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        let _ = write!(text, "\n{trace}");
    }
    let Ok(mut said) = SAID.lock() else {
        return false;
    };
    let first = said.is_none();
    said.get_or_insert(text);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_says_where_and_with_which_exit() {
        assert_eq!(caught(|| Ok(1)).unwrap(), 1);
        let error = caught::<()>(|| panic!("of {}", "a test")).unwrap_err();
        let failure: &Failure = error.downcast_ref().unwrap();
        assert_eq!((failure.exit, failure.code), (Exit::Unknown, "panic"));
        assert!(
            failure
                .message
                .starts_with("envctl panicked at src/bin/envctl/panics.rs:"),
            "{failure}"
        );
        assert!(failure.message.contains(": of a test"), "{failure}");
    }
}
