use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{EnvironmentSlug, Move, Reason, Trailers};

/// What a commit of envctl does: the `Envctl-Action` in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Creates a project.
    Init,
    /// Adds versions from a gateway's configuration.
    Import,
    /// Adds a version, and usually moves a pointer to it.
    Publish,
    /// Moves pointers from one environment to another.
    Promote,
    /// Makes an environment serve the versions that were named.
    Point,
    /// Requests a promotion, or another move, that has to be approved.
    Request,
    /// Makes the moves that were requested.
    Approve,
    /// Rejects a request of somebody else.
    Reject,
    /// Withdraws an own request.
    Withdraw,
    /// Moves pointers back.
    Rollback,
    /// Removes pointers.
    Retire,
    /// Takes back what a commit did.
    Undo,
    /// Says what an evaluation found about a version.
    Attest,
    /// Vetoes a version, or lifts a veto.
    Veto,
    /// Changes what a policy demands.
    PolicySet,
    /// Changes who may do what.
    AccessEdit,
    /// Adds an environment.
    EnvCreate,
    /// Changes how an environment describes itself, or gives it a role.
    EnvEdit,
    /// Sets the display order.
    EnvReorder,
    /// Deletes an environment.
    EnvDelete,
    /// Freezes environments.
    Freeze,
    /// Removes freezes.
    Thaw,
    /// Overrides rules of a policy, beside what else it does.
    Override,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 23] = [
        Self::Init,
        Self::Import,
        Self::Publish,
        Self::Promote,
        Self::Point,
        Self::Request,
        Self::Approve,
        Self::Reject,
        Self::Withdraw,
        Self::Rollback,
        Self::Retire,
        Self::Undo,
        Self::Attest,
        Self::Veto,
        Self::PolicySet,
        Self::AccessEdit,
        Self::EnvCreate,
        Self::EnvEdit,
        Self::EnvReorder,
        Self::EnvDelete,
        Self::Freeze,
        Self::Thaw,
        Self::Override,
    ];

    /// Returns the word for it in messages and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Import => "import",
            Self::Publish => "publish",
            Self::Promote => "promote",
            Self::Point => "point",
            Self::Request => "request",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Withdraw => "withdraw",
            Self::Rollback => "rollback",
            Self::Retire => "retire",
            Self::Undo => "undo",
            Self::Attest => "attest",
            Self::Veto => "veto",
            Self::PolicySet => "policy-set",
            Self::AccessEdit => "access-edit",
            Self::EnvCreate => "env-create",
            Self::EnvEdit => "env-edit",
            Self::EnvReorder => "env-reorder",
            Self::EnvDelete => "env-delete",
            Self::Freeze => "freeze",
            Self::Thaw => "thaw",
            Self::Override => "override",
        }
    }

    /// Returns what the commit with these trailers says that it does.
    pub fn noted_in(trailers: &Trailers) -> Option<Self> {
        let word = trailers.value(Trailers::ACTION)?;
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }
}

/// What a commit says: a subject, a line for each detail, a reason, and trailers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    action: Action,
    subject: String,
    details: Vec<String>,
    reason: Option<Reason>,
    trailers: Vec<(&'static str, String)>,
}

impl Message {
    /// Returns a message with that subject.
    pub fn new(action: Action, subject: impl Into<String>) -> Self {
        let (details, trailers) = (Vec::new(), Vec::new());
        Self {
            action,
            subject: subject.into(),
            details,
            reason: None,
            trailers,
        }
    }

    /// Returns the same message with a line for each of `moves`.
    #[must_use]
    pub fn moves(mut self, moves: &[Move]) -> Self {
        self.details.extend(moves.iter().map(ToString::to_string));
        self
    }

    /// Returns the same message with a line for a move that was requested and is not made.
    #[must_use]
    pub(super) fn not_made(self, moved: &Move) -> Self {
        self.detail(format!("not made: {moved}"))
    }

    /// Returns the same message with one more line of detail.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    /// Returns the same message with the reason.
    #[must_use]
    pub fn reason(self, reason: Option<&Reason>) -> Self {
        Self {
            reason: reason.cloned(),
            ..self
        }
    }

    /// Returns the same message with the trailer `Envctl-<key>: <value>`.
    #[must_use]
    pub fn trailer(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.trailers.push((key, value.into()));
        self
    }

    /// Returns the same message for a commit that only requests the moves in `environment`.
    #[must_use]
    pub(super) fn into_request(self, environment: &EnvironmentSlug) -> Self {
        let subject = format!("request {}", self.subject);
        Self {
            action: Action::Request,
            subject,
            ..self
        }
        .trailer("Environment", environment.as_str())
    }

    /// Returns the first line.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns what the commit does.
    pub fn action(&self) -> Action {
        self.action
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.subject)?;
        for detail in &self.details {
            writeln!(f, "{detail}")?;
        }
        if !self.details.is_empty() {
            writeln!(f)?;
        }
        if let Some(reason) = &self.reason {
            writeln!(f, "{}\n", reason.as_str())?;
        }
        let mut trailer =
            |key: &str, value: &str| writeln!(f, "{}{key}: {value}", Trailers::PREFIX);
        trailer(Trailers::ACTION, self.action.as_str())?;
        if self.details.is_empty() && self.reason.is_some() {
            trailer(Trailers::DETAILS, Trailers::NO_DETAILS)?;
        }
        self.trailers
            .iter()
            .try_for_each(|(key, value)| trailer(key, value))
    }
}

#[cfg(test)]
mod tests;
