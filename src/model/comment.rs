use crate::model::entry::Entry;

/// A comment in a file, which says something to people only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// What it says, without `#` and the white space around it.
    pub text: String,
    /// The entry that it belongs to: the one on its line, else the next one, else the last.
    pub on: Entry,
}
