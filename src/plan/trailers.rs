use super::message::{Action, Message};

/// The `Envctl-*` trailers of a commit's message: what envctl noted about its own commit. They are shown, and
/// help to find a commit again. No rule relies on them, since anybody can write them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trailers(Vec<(String, String)>);

impl Trailers {
    /// Returns the trailers in the last paragraph of `message`, which is where git looks for them.
    pub fn of(message: &str) -> Self {
        let paragraph = message.trim_end().rsplit("\n\n").next().unwrap_or_default();
        let trailer = |line: &str| {
            let (key, value) = line.strip_prefix(Message::PREFIX)?.split_once(": ")?;
            Some((key.to_owned(), value.trim().to_owned()))
        };
        Self(paragraph.lines().filter_map(trailer).collect())
    }

    /// Returns the value of the trailer `Envctl-<key>`.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// Returns what the commit says that it does.
    pub fn action(&self) -> Option<Action> {
        let word = self.value("Action")?;
        Action::ALL
            .into_iter()
            .find(|action| action.as_str() == word)
    }
}
