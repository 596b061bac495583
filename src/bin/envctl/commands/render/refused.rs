use envctl::ops::{RenderError, View};

use crate::error::Failure;
use crate::exit::Exit;

/// Returns the failure for an invalid configuration, with all its findings.
pub fn refused(error: &RenderError, view: &View) -> anyhow::Error {
    match error {
        RenderError::Missing(error) => error.clone().into(),
        RenderError::Unsound { findings, .. } => {
            let failure = Failure::new(Exit::Refused, "unsound", error.to_string());
            let hint = "fix it, or render an earlier state with --at; `envctl check` judges the whole project";
            failure.about(findings, &view.snapshot).hint(hint).into()
        }
    }
}
