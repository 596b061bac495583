//! Reads points in time as people and git write them.

use envctl::model::{MomentError, Present, Tense, moment};
use envctl::ops::Moment;
use jiff::{SignedDuration, Timestamp};

use crate::error::Failure;
use crate::exit::Exit;

/// Returns the value of an option that takes a revision or a time: a time if it can be read as one, otherwise a revision.
///
/// # Errors
///
/// When it is a time on the wrong side of the present, according to `tense`.
pub fn parse(text: &str, present: &Present, tense: Tense) -> anyhow::Result<Moment> {
    match moment(text, present, tense) {
        Ok(at) => Ok(Moment::Time(at)),
        Err(MomentError::Form { .. }) => Ok(Moment::Revision(text.to_owned())),
        Err(error) => Err(invalid(&error).into()),
    }
}

/// Returns the time that an option means.
///
/// # Errors
///
/// When it is invalid, or on the wrong side of the present.
pub fn time(flag: &str, text: &str, present: &Present, tense: Tense) -> anyhow::Result<Timestamp> {
    moment(text, present, tense).map_err(|error| {
        let failure = invalid(&error);
        let message = format!("{flag}: {}", failure.message);
        Failure { message, ..failure }.into()
    })
}

fn invalid(error: &MomentError) -> Failure {
    let failure = Failure::new(Exit::Usage, "invalid-time", error.to_string());
    match error {
        MomentError::Form { .. } => failure.hint(MomentError::FORMS),
        _ => failure,
    }
}

/// Returns a duration, with days of 24 hours and weeks of seven days.
pub fn days(text: &str) -> Option<SignedDuration> {
    let span: jiff::Span = text.parse().ok()?;
    span.to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .ok()
}
