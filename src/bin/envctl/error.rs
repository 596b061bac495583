//! Errors as the user sees them: a class (the exit code), a stable code, a sentence, and hints.
//!
//! The library says what failed; only [`classes`] says what that means for the user.

mod classes;
mod failure;

use envctl::files::without_credentials;

use self::classes::classified;
use crate::exit::Exit;

pub use self::failure::Failure;

impl Failure {
    /// Returns what `error` means to the user.
    pub fn of(error: anyhow::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(failure) => return failure,
            Err(error) => error,
        };
        // The output of git and hooks is foreign, and addresses may contain a password.
        let message = without_credentials(&chain(&error)).into_owned();
        for cause in error.chain() {
            if let Some(failure) = classified(cause, &message) {
                return failure;
            }
        }
        Self::new(Exit::Error, "error", message)
    }
}

/// Returns the message of an error with those of its causes, each once.
fn chain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}
