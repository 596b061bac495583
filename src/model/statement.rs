use crate::model::stated::{reason_of, states_reason};

/// What the message of a commit states that rules rely on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Why the commit was made, as it is shown.
    pub reason: Option<String>,
    /// Whether it states a reason: anything beside the lines that envctl and git write by themselves.
    pub is_reasoned: bool,
}

impl Statement {
    /// Returns what `message` states.
    pub fn of(message: &str) -> Self {
        Self {
            reason: reason_of(message),
            is_reasoned: states_reason(message),
        }
    }
}
