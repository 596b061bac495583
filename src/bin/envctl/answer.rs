//! The result of a command: its JSON data, its exit code, and its failure.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Failure;
use crate::exit::Exit;

/// The result of a command: its JSON data, its exit code, and its failure.
pub struct Answer {
    pub(crate) exit: Exit,
    pub(crate) body: Map<String, Value>,
    pub(crate) failure: Option<Failure>,
}

impl Answer {
    /// Returns the answer with another exit code, although nothing failed.
    #[must_use]
    pub fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// Returns the answer with a failure and the data of that failure.
    #[must_use]
    pub fn failed(mut self, failure: Failure) -> Self {
        self.body.extend(failure.data.clone());
        Self {
            exit: failure.exit,
            failure: Some(failure),
            ..self
        }
    }
}

/// Returns the fields of a body, or no fields if the body is not an object.
pub fn fields(body: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(body) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}
