use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// Something that an import did otherwise than word for word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Remark {
    /// The key that it is about, dotted.
    pub key: String,
    /// What was done with it.
    pub remarked: Remarked,
    /// Why, in a sentence without a full stop.
    pub message: String,
}

/// What an import did with a key that has no place of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Remarked {
    /// It says the same in another form.
    Adapted,
    /// It is not in what was imported.
    LeftOut,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.remarked {
            Remarked::Adapted => "adapted",
            Remarked::LeftOut => "left out",
        };
        write!(f, "{word}: {}: {}", self.key, self.message)
    }
}
