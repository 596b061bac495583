use crate::model::overriding::{Override, OverrideError};
use crate::model::stated::{reason_of, states_reason};
use crate::model::trailers::Trailers;

/// What the message of a commit states that rules rely on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Why the commit was made, as it is shown.
    pub reason: Option<String>,
    /// Whether it states a reason: anything beside the lines that envctl and git write by themselves.
    pub is_reasoned: bool,
    /// The overrides in the trailers of its last paragraph.
    pub overrides: Vec<Override>,
    /// The overrides there that cannot be read, and why.
    pub invalid: Vec<(String, OverrideError)>,
    /// How many overrides stand elsewhere in the message, where they do not count.
    pub misplaced: usize,
}

impl Statement {
    /// Returns what `message` states.
    pub fn of(message: &str) -> Self {
        let message = message.replace("\r\n", "\n");
        let trailers = Trailers::in_last_paragraph(&message);
        let (mut overrides, mut invalid) = (Vec::new(), Vec::new());
        for value in trailers.values(Trailers::OVERRIDE) {
            match value.parse() {
                Ok(read) => overrides.push(read),
                Err(error) => invalid.push((value.to_owned(), error)),
            }
        }
        let start = format!("{}{}:", Trailers::PREFIX, Trailers::OVERRIDE);
        let all = message.lines().filter(|line| line.starts_with(&start));
        Self {
            reason: reason_of(&message),
            is_reasoned: states_reason(&message),
            misplaced: all.count().saturating_sub(overrides.len() + invalid.len()),
            overrides,
            invalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Statement;

    #[test]
    fn only_the_trailers_of_the_last_paragraph_override() {
        let line = "Envctl-Override: prod windows prompts/router@8";
        for (message, counted, misplaced) in [
            (format!("promote\n\n{line}\n"), 1, 0),
            (format!("promote\r\n\r\n{line}\r\n"), 1, 0),
            (
                format!("promote\n\nEnvctl-Action: promote\n{line}\nSigned-off-by: A <a@b>\n"),
                1,
                0,
            ),
            (format!("promote\n\n{line}\n{line}\n"), 2, 0),
            // Not in the last paragraph.
            (
                format!("promote\n\n{line}\n\nSigned-off-by: A <a@b>\n"),
                0,
                1,
            ),
            // In a paragraph of text.
            (format!("promote\n\nI write\n{line}\n"), 0, 1),
            // The subject is not a trailer, whatever it looks like.
            (line.to_owned(), 0, 1),
            (format!("{line}\n"), 0, 1),
            (format!("promote\n\n  {line}\n"), 0, 0),
        ] {
            let statement = Statement::of(&message);
            let found = (statement.overrides.len(), statement.misplaced);
            assert_eq!(found, (counted, misplaced), "{message:?}");
        }
        let invalid = Statement::of("promote\n\nEnvctl-Override: prod windows\n");
        assert_eq!((invalid.overrides.len(), invalid.invalid.len()), (0, 1));
    }
}
