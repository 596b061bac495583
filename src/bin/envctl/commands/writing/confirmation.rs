//! The confirmation before a change is made, and who gave it.

use envctl::model::{EnvironmentSlug, Project};
use envctl::ops::Rehearsal;

use crate::app::App;
use crate::error::Failure;
use crate::render::count;

/// What the user has to confirm before a change.
#[derive(Clone, Debug)]
pub enum Confirmation {
    /// Nothing.
    None,
    /// A yes-or-no question.
    Question(String),
    /// A question that is answered by typing the slug of a production environment.
    Slug(String, EnvironmentSlug),
}

impl Confirmation {
    /// Returns what to ask before the moves of `rehearsal`: `question`, or whether to request approval if they need it.
    pub fn of_moves(question: String, rehearsal: &Rehearsal) -> Self {
        let plan = &rehearsal.plan;
        match (plan.waits_in(), plan.moves.first()) {
            (Some(environment), _) => {
                let pointers = count(plan.requested.len(), "pointer");
                Self::Question(format!(
                    "Moves into {environment} require approval. Request approval for {pointers}?"
                ))
            }
            (None, Some(moved)) => {
                Self::of_environment(question, &moved.environment, &rehearsal.before.project)
            }
            (None, None) => Self::None,
        }
    }

    /// Returns what to ask before a change of `environment`: its slug has to be typed if it serves production.
    pub fn of_environment(
        question: String,
        environment: &EnvironmentSlug,
        project: &Project,
    ) -> Self {
        if project.serves_production(environment) {
            // Typed and not answered with a key: the hand that confirms ten questions a day would
            // confirm this one, too.
            Self::Slug(question, environment.clone())
        } else {
            Self::Question(question)
        }
    }
}

/// Who confirmed a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmedBy {
    /// Nobody: there was no question, or --yes answered it.
    Nobody,
    /// A person who saw the plan.
    Person,
}

impl Confirmation {
    /// Asks for the confirmation, unless `yes` gives it.
    ///
    /// # Errors
    ///
    /// When the answer is no, or there is no terminal to ask on.
    pub fn ask(&self, app: &mut App, yes: bool) -> anyhow::Result<ConfirmedBy> {
        if yes {
            return Ok(ConfirmedBy::Nobody);
        }
        let agreed = match self {
            Self::None => return Ok(ConfirmedBy::Nobody),
            Self::Question(question) => app.prompting.confirm(&mut app.output, question)?,
            Self::Slug(question, slug) => {
                let question = format!("{question} It serves production; type {slug} to continue:");
                app.prompting
                    .type_slug(&mut app.output, &question, slug.as_str())?
            }
        };
        if agreed {
            Ok(ConfirmedBy::Person)
        } else {
            Err(Failure::declined().into())
        }
    }
}
