/// The `Envctl-*` trailers of a commit's message: what envctl noted about its own commit.
///
/// They are shown, and help to find a commit again. Anybody can write them, so the rules rely on none of
/// them but overrides, which have [conditions](crate::model::Statement) of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trailers(Vec<(String, String)>);

impl Trailers {
    /// What the keys begin with.
    pub const PREFIX: &str = "Envctl-";
    /// Says what the commit does.
    pub const ACTION: &str = "Action";
    /// Says that the message has no lines of detail. Without it, the reason in the first paragraph of the
    /// body could be taken for them when the message is read back.
    pub const DETAILS: &str = "Details";
    /// Says which rules do not bar which moves: the one trailer that rules rely on.
    pub const OVERRIDE: &str = "Override";
    /// The only value of [`Self::DETAILS`].
    pub const NO_DETAILS: &str = "none";

    /// Returns the trailers in the last paragraph of `message`, which is where git looks for them.
    pub fn of(message: &str) -> Self {
        let paragraph = message.trim_end().rsplit("\n\n").next().unwrap_or_default();
        Self::in_paragraph(paragraph)
    }

    /// Returns the trailers in the last paragraph of `message` if that is all trailers and not the subject, as
    /// git requires. Otherwise a text that quotes one would have it.
    pub(super) fn in_last_paragraph(message: &str) -> Self {
        match message.trim().rsplit_once("\n\n") {
            Some((_, last)) if last.lines().all(is_trailer) => Self::in_paragraph(last),
            _ => Self::default(),
        }
    }

    /// Returns the trailers among the lines of `paragraph`.
    pub(super) fn in_paragraph(paragraph: &str) -> Self {
        let trailer = |line: &str| {
            let (key, value) = line.strip_prefix(Self::PREFIX)?.split_once(": ")?;
            Some((key.to_owned(), value.trim().to_owned()))
        };
        Self(paragraph.lines().filter_map(trailer).collect())
    }

    /// Returns the value of the trailer `Envctl-<key>`.
    pub fn value(&self, key: &str) -> Option<&str> {
        let mut all = self.0.iter();
        all.find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the values of all trailers `Envctl-<key>`, in their order.
    pub fn values<'t>(&'t self, key: &'t str) -> impl Iterator<Item = &'t str> {
        let named = self.0.iter().filter(move |(name, _)| name == key);
        named.map(|(_, value)| value.as_str())
    }
}

/// Reports whether git would take `line` for a trailer: a word of letters, digits and hyphens before a colon.
pub(super) fn is_trailer(line: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || c == '-';
    line.split_once(": ")
        .is_some_and(|(key, _)| !key.is_empty() && key.chars().all(token))
        || line.starts_with("(cherry picked from commit ")
}
