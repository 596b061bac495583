use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::model::slug::EnvironmentSlug;
use crate::model::text::DisplayName;

/// The newest layout of a project's files that this program knows; `schema` in `envctl.toml`.
pub const SCHEMA: u32 = 1;

/// `envctl.toml`: what holds for the whole project. A key that is missing or unreadable is absent here and a finding
/// beside it, so that one bad line does not hide the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The name of the project.
    pub name: Option<DisplayName>,
    /// The live branch: what its tip says is live.
    pub branch: Option<BranchName>,
    /// Where `publish` moves the pointer unless told otherwise; exactly one environment.
    pub default_publish: Option<EnvironmentSlug>,
    /// Which environment answers for a request that names none; exactly one environment.
    pub gateway_fallback: Option<EnvironmentSlug>,
    /// The order in which environments are shown; the others follow by slug.
    pub order: Vec<EnvironmentSlug>,
}

/// The name of a branch without `refs/heads/`, by the rules of `git check-ref-format`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct BranchName(String);

impl BranchName {
    /// Returns the name as people write it: `main`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the full name of the reference: `refs/heads/main`.
    pub fn reference(&self) -> String {
        format!("refs/heads/{}", self.0)
    }
}

impl fmt::Display for BranchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text is not a name that git accepts for a branch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid branch name {0:?} (see git check-ref-format)")]
pub struct BranchNameError(String);

impl FromStr for BranchName {
    type Err = BranchNameError;

    fn from_str(text: &str) -> Result<Self, BranchNameError> {
        let component_is_fine = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && !part.ends_with(".lock")
                && !part.ends_with('.')
        };
        let character_is_fine = |c: char| !c.is_control() && !" ~^:?*[\\".contains(c);
        let fine = text.split('/').all(component_is_fine)
            && text.chars().all(character_is_fine)
            && !text.starts_with('-')
            && !text.contains("..")
            && !text.contains("@{")
            && text != "@"
            && text != "HEAD"
            && text.len() <= 244;
        fine.then(|| Self(text.to_owned()))
            .ok_or_else(|| BranchNameError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branch_names_follow_check_ref_format() {
        for text in ["main", "feature/x", "ünï", "a.b", "@x"] {
            assert!(text.parse::<BranchName>().is_ok(), "{text}");
        }
        for text in [
            "", "-x", "a b", "a..b", "a/", "/a", ".a", "a/.b", "x.lock", "x.", "a@{0}", "@",
            "HEAD", "a\nb", "a~1",
        ] {
            assert!(text.parse::<BranchName>().is_err(), "{text:?}");
        }
    }
}
