use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// Names that Windows reserves for devices; a file called `con.toml` cannot be checked out there.
const DEVICE_NAMES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The word that means every production environment where access is granted, so that no environment can have it.
pub(super) const PRODUCTION: &str = "production";

/// The slug of an environment: `a-z`, `0-9` and inner hyphens, 1 to 63 characters, fixed for ever.
///
/// The limit is that of a DNS label, so that a slug can be part of a host name; Windows device names (`con`, `nul`,
/// `com1`, …) are refused because the slug is a file name, and `production` because grants in `access.toml` use that word
/// for all production environments.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct EnvironmentSlug(String);

impl EnvironmentSlug {
    /// The most characters a slug may have.
    pub const MAX: usize = 63;
    /// The slug of the first production environment that every project has.
    pub const PROD: &str = "prod";
    /// The slug of the first environment to try things in that every project has.
    pub const STAGING: &str = "staging";

    /// Returns the environments that every project has and that cannot be deleted: `prod` and `staging`.
    pub fn system() -> [Self; 2] {
        [Self(Self::PROD.into()), Self(Self::STAGING.into())]
    }

    /// Reports whether this is one of the environments that every project has.
    pub fn is_system(&self) -> bool {
        matches!(self.as_str(), Self::PROD | Self::STAGING)
    }

    /// Returns the slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EnvironmentSlug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        judge(text, Self::MAX)?;
        if text == PRODUCTION {
            return Err(SlugError::Reserved);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for EnvironmentSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Borrow<str> for EnvironmentSlug {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Why a text is not a valid slug.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// It is empty.
    #[error("it is empty; a slug has 1 to {max} characters")]
    Empty {
        /// The limit that applies.
        max: usize,
    },
    /// More characters than the limit.
    #[error("it has {length} characters; at most {max} are allowed")]
    TooLong {
        /// How many there are.
        length: usize,
        /// The limit that applies.
        max: usize,
    },
    /// A character outside `a-z`, `0-9` and `-`.
    #[error("{character:?} is not allowed; only a-z, 0-9 and inner hyphens are")]
    Character {
        /// The first such character.
        character: char,
    },
    /// A hyphen at either end.
    #[error("a hyphen must be between other characters")]
    OuterHyphen,
    /// A name that Windows keeps for a device.
    #[error("Windows reserves this name for a device, so the file could not be checked out there")]
    DeviceName,
    /// The word for all production environments.
    #[error("grants in access.toml use this word for all production environments")]
    Reserved,
}

/// Checks `text` against the rules that slugs and resource names share.
pub(super) fn judge(text: &str, max: usize) -> Result<(), SlugError> {
    if text.is_empty() {
        return Err(SlugError::Empty { max });
    }
    if let Some(character) = text
        .chars()
        .find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-'))
    {
        return Err(SlugError::Character { character });
    }
    if text.len() > max {
        return Err(SlugError::TooLong {
            length: text.len(),
            max,
        });
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Err(SlugError::OuterHyphen);
    }
    if is_device_name(text) {
        return Err(SlugError::DeviceName);
    }
    Ok(())
}

fn is_device_name(text: &str) -> bool {
    let numbered = |prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|rest: &str| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    DEVICE_NAMES.contains(&text) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> Option<SlugError> {
        text.parse::<EnvironmentSlug>().err()
    }

    #[test]
    fn everyday_slugs_are_accepted() {
        let longest = "a".repeat(63);
        for text in [
            "prod",
            "qa",
            "0",
            "eu-west-1",
            "a--b",
            "con1",
            "com",
            "com10",
            longest.as_str(),
        ] {
            assert_eq!(error(text), None, "{text}");
        }
    }

    #[test]
    fn hostile_slugs_are_refused() {
        let long = "a".repeat(64);
        for (text, expected) in [
            ("", SlugError::Empty { max: 63 }),
            (
                long.as_str(),
                SlugError::TooLong {
                    length: 64,
                    max: 63,
                },
            ),
            ("Prod", SlugError::Character { character: 'P' }),
            ("рrod", SlugError::Character { character: 'р' }),
            (
                "pr\u{200b}od",
                SlugError::Character {
                    character: '\u{200b}',
                },
            ),
            ("--upload-pack=x", SlugError::Character { character: '=' }),
            ("../prod", SlugError::Character { character: '.' }),
            ("a/b", SlugError::Character { character: '/' }),
            ("a\n", SlugError::Character { character: '\n' }),
            ("-a", SlugError::OuterHyphen),
            ("a-", SlugError::OuterHyphen),
            ("con", SlugError::DeviceName),
            ("lpt9", SlugError::DeviceName),
            ("production", SlugError::Reserved),
        ] {
            assert_eq!(error(text), Some(expected), "{text:?}");
        }
    }
}
