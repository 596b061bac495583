//! What `publish` answers, of one version and of a tree.

use envctl::model::EnvironmentSlug;
use envctl::ops::VariableChange;
use envctl::plan::Published;
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::{JudgedMove, VersionBody};
use super::writing::body::WriteBody;

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    pub write: WriteBody,
    /// What was published, or is there already.
    pub versions: Vec<PublishedBody>,
    /// Whose pointers move; null: none does.
    pub environment: Option<&'a EnvironmentSlug>,
    pub moves: Vec<JudgedMove>,
    /// The prompts whose callers have to change; null: that could not be told.
    pub variable_changes: Option<Vec<VariableChange>>,
}

/// A version that was published, or is there already.
#[derive(Serialize, JsonSchema)]
pub struct PublishedBody {
    #[serde(flatten)]
    version: VersionBody,
    /// Whether it was not there before.
    is_new: bool,
}

impl PublishedBody {
    pub fn of(published: &Published) -> Self {
        Self {
            version: VersionBody::of(&published.version),
            is_new: published.new,
        }
    }
}
