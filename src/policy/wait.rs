use schemars::JsonSchema;
use serde::Serialize;

/// What moves that are not live yet wait for; exit 5 comes with one of these. Which of them is in the table of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Wait {
    /// Somebody has to approve.
    Approval,
    /// A version has to be live elsewhere for longer.
    Dwell,
    /// A span of time in which nothing may move has to pass.
    Window,
}
