//! The answer of `envctl schema` itself.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize, JsonSchema)]
pub struct Body {
    pub name: Option<String>,
    /// The schema that was requested.
    pub json_schema: Option<Value>,
    /// The names of all schemas.
    pub names: Vec<&'static str>,
}
