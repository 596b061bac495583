//! What `envctl schema` itself answers.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize, JsonSchema)]
pub struct Body {
    pub name: Option<String>,
    /// What was asked for.
    pub json_schema: Option<Value>,
    /// The names of all schemas.
    pub names: Vec<&'static str>,
}
