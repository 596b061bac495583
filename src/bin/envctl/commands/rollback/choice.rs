//! Lets the user choose what to go back to if undoing would be a guess.

use envctl::model::Resource;
use envctl::ops::{Moment, Session, View, WriteError};

use crate::app::App;
use crate::error::Failure;
use crate::render::going_back;
use crate::ui::Prompting;

/// The choice of the user.
pub(super) struct Chosen {
    /// The state to go back to.
    pub then: View,
    /// The pointers that go back.
    pub resources: Vec<Resource>,
}

/// Lets the user choose one of the states that a rollback offers if it would have to guess.
///
/// # Errors
///
/// `error` itself, unless it is such a guess, the user can be asked, and --yes was not given. Also
/// when nothing was chosen, and when the state cannot be read.
pub(super) fn offered(
    error: anyhow::Error,
    yes: bool,
    app: &mut App,
    session: &Session,
) -> anyhow::Result<Chosen> {
    let asks = app.prompting == Prompting::Allowed && !yes;
    let guess = match error.downcast_ref::<WriteError>() {
        Some(WriteError::Guess(guess)) if asks && !guess.states.is_empty() => guess,
        _ => return Err(error),
    };
    app.output.say(format!("{guess}"));
    let (now, width) = (app.process.now(), app.output.talk_medium().width);
    // Each item begins with a mark.
    let width = usize::from(width).saturating_sub(3);
    let states = guess.states.iter();
    let items: Vec<String> = states
        .map(|state| going_back::offered(state, now, width))
        .collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let question = format!("Go back in {} to", guess.environment);
    let chosen = app.prompting.choose(&mut app.output, &question, &items)?;
    let state = chosen.and_then(|index| guess.states.get(index));
    let state = state.ok_or_else(Failure::declined)?;
    Ok(Chosen {
        then: session.view(Some(&Moment::Revision(state.commit.to_string())))?,
        resources: going_back::named(guess, state),
    })
}
