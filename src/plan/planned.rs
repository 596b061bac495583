use crate::files::Edit;
use crate::model::{EnvironmentSlug, Move, VersionId};
use crate::plan::message::Message;

/// What will be written, unless the judge refuses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What changes, one after the other; empty: there is nothing to do.
    pub edits: Vec<Edit>,
    /// The pointers that move because of it.
    pub moves: Vec<Move>,
    /// The moves that it asks for, or that wait already as they would be asked for.
    pub requested: Vec<Move>,
    /// What becomes of the moves where a policy demands approval.
    pub on_approval: OnApproval,
    /// The version that a publication comes to; none for everything else.
    pub published: Option<Published>,
    /// What the commit will say.
    pub message: Message,
}

/// What a publication comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The version that has these bytes.
    pub version: VersionId,
    /// Whether it is new; the same bytes as the newest version are no new one.
    pub new: bool,
    /// The environment whose pointer names it now.
    pub environment: Option<EnvironmentSlug>,
}

/// What becomes of a plan's moves where a policy demands approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnApproval {
    /// They are made, or refused: the plan *is* a decision, or moves nothing that could wait.
    Stands,
    /// They wait as a release.
    Waits(Asking),
}

/// How moves are asked for that wait as a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Where the versions come from, if from another environment.
    pub from: Option<EnvironmentSlug>,
    /// Whether somebody named what moves, and did not take whatever differs.
    pub named: bool,
    /// Whether they are asked for even where nothing demands approval.
    pub always: bool,
}

impl Plan {
    pub(super) fn new(edits: Vec<Edit>, moves: Vec<Move>, message: Message) -> Self {
        Self {
            edits,
            moves,
            requested: Vec::new(),
            on_approval: OnApproval::Stands,
            published: None,
            message,
        }
    }

    /// The same plan, whose moves, which somebody named, wait as a release where a policy demands approval.
    pub(super) fn waiting_for_approval(self) -> Self {
        self.asking(Asking {
            from: None,
            named: true,
            always: false,
        })
    }

    /// The same plan, whose moves wait as a release where a policy demands approval, or where they are asked for.
    pub(super) fn asking(self, asking: Asking) -> Self {
        Self {
            on_approval: OnApproval::Waits(asking),
            ..self
        }
    }

    /// The moves that somebody wants, whether they are made or asked for.
    pub fn wanted(&self) -> &[Move] {
        if self.requested.is_empty() {
            &self.moves
        } else {
            &self.requested
        }
    }

    /// The environment in which the moves wait for approval instead of being made.
    pub fn waits_in(&self) -> Option<&EnvironmentSlug> {
        self.requested.first().map(|moved| &moved.environment)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }
}
