use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::model::slug::{self, SlugError};

/// The name of a check, such as `evals` or `safety`. It follows the rules of slugs, up to 63 characters, so that it can be a
/// TOML key without quotes and an element of a list that is separated by commas.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct CheckName(String);

impl CheckName {
    /// The most characters a name may have.
    pub const MAX: usize = 63;

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CheckName {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        slug::judge(text, Self::MAX)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
