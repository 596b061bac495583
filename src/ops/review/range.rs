use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::model::CommitId;
use crate::ops::ReadError;
use crate::store::Store;

/// Two commits to compare, as a user typed them: `main..topic`, `main...topic`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionRange {
    /// The revision on the left. Empty means what is checked out.
    pub from: String,
    /// The revision on the right. Empty means what is checked out.
    pub to: String,
    /// Where the comparison begins.
    pub begins: Beginning,
}

/// Where a comparison begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// At the left end: two dots.
    There,
    /// Where the right end forked from the line of the left one, as for a pull request: three dots.
    MergeBase,
}

impl RevisionRange {
    /// Reports whether `text` can only be a range on a command line.
    pub fn is_meant(text: &str) -> bool {
        text.contains("..")
    }

    /// Returns the commits to compare, the older first. `head` stands for an empty end.
    ///
    /// # Errors
    ///
    /// When an end does not exist, or the two have no common commit to begin at.
    pub fn ends(&self, store: &Store, head: &str) -> Result<(CommitId, CommitId), ReadError> {
        let commit = |end: &str| {
            let revision = if end.is_empty() { head } else { end };
            let missing = || ReadError::NoSuchRevision {
                revision: revision.to_owned(),
            };
            store.revision(revision)?.ok_or_else(missing)
        };
        let (from, to) = (commit(&self.from)?, commit(&self.to)?);
        match self.begins {
            Beginning::There => Ok((from, to)),
            Beginning::MergeBase => {
                let unrelated = || ReadError::Unrelated {
                    from: self.from.clone(),
                    to: self.to.clone(),
                };
                Ok((store.merge_base(from, to)?.ok_or_else(unrelated)?, to))
            }
        }
    }
}

impl FromStr for RevisionRange {
    type Err = Infallible;

    /// Reads `text`. Without dots it is a range to what is checked out.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let (from, to, begins) = match (text.split_once("..."), text.split_once("..")) {
            (Some((from, to)), _) => (from, to, Beginning::MergeBase),
            (None, Some((from, to))) => (from, to, Beginning::There),
            (None, None) => (text, "", Beginning::There),
        };
        Ok(Self {
            from: from.to_owned(),
            to: to.to_owned(),
            begins,
        })
    }
}

impl fmt::Display for RevisionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dots = if self.begins == Beginning::MergeBase {
            "..."
        } else {
            ".."
        };
        write!(f, "{}{dots}{}", self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_dots_compare_trees_and_three_what_a_pull_request_shows() {
        for (text, from, to, begins) in [
            ("main..topic", "main", "topic", Beginning::There),
            ("main...topic", "main", "topic", Beginning::MergeBase),
            ("..topic", "", "topic", Beginning::There),
            ("v1.0...", "v1.0", "", Beginning::MergeBase),
            ("..", "", "", Beginning::There),
            ("a..b..c", "a", "b..c", Beginning::There),
        ] {
            let Ok(range) = text.parse::<RevisionRange>();
            assert_eq!(
                (&*range.from, &*range.to, range.begins),
                (from, to, begins),
                "{text}"
            );
            assert_eq!(range.to_string(), text);
        }
    }
}
