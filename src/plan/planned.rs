use crate::files::Edit;
use crate::model::{EnvironmentSlug, Move, OverridableRule, Override, Reason, Trailers, VersionId};
use crate::plan::message::Message;

/// What will be written, unless the judge refuses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The changes, in order; empty if there is nothing to do.
    pub edits: Vec<Edit>,
    /// The pointers that move because of it.
    pub moves: Vec<Move>,
    /// The moves that it requests, or that are pending already just as it would request them.
    pub requested: Vec<Move>,
    /// What happens to the moves where a policy demands approval.
    pub on_approval: OnApproval,
    /// The version that is published; `None` for everything that is not a publication.
    pub published: Option<Published>,
    /// What the commit will say.
    pub message: Message,
}

/// The result of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The version that has these bytes.
    pub version: VersionId,
    /// Whether it is new. If the newest version has the same bytes, none is added.
    pub new: bool,
    /// The environment whose pointer names it now.
    pub environment: Option<EnvironmentSlug>,
}

/// What happens to a plan's moves where a policy demands approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnApproval {
    /// They are made or refused: the plan is a decision itself, or has no moves that could wait.
    Stands,
    /// They become a pending release.
    Waits(Asking),
}

/// How moves are requested that become a pending release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Where the versions come from, if from another environment.
    pub from: Option<EnvironmentSlug>,
    /// Whether the moves were named, rather than being whatever differs.
    pub named: bool,
    /// Whether they are requested even where nothing demands approval.
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

    /// Returns the same plan; its moves, which were named, become a pending release where a policy demands
    /// approval.
    pub(super) fn waiting_for_approval(self) -> Self {
        self.asking(Asking {
            from: None,
            named: true,
            always: false,
        })
    }

    /// Returns the same plan; its moves become a pending release where a policy demands approval, or as
    /// `asking` says.
    pub(super) fn asking(self, asking: Asking) -> Self {
        Self {
            on_approval: OnApproval::Waits(asking),
            ..self
        }
    }

    /// Returns the moves that are wanted, whether they are made or requested.
    pub fn wanted(&self) -> &[Move] {
        if self.requested.is_empty() {
            &self.moves
        } else {
            &self.requested
        }
    }

    /// Returns the environment in which the moves wait for approval instead of being made.
    pub fn waits_in(&self) -> Option<&EnvironmentSlug> {
        self.requested.first().map(|moved| &moved.environment)
    }

    /// Returns the same plan, whose commit gives `reason`.
    #[must_use]
    pub fn reasoned(self, reason: &Reason) -> Self {
        let message = self.message.reason(Some(reason));
        Self { message, ..self }
    }

    /// Returns the same plan, whose commit states that it overrides `rules` for the moves that it makes.
    #[must_use]
    pub fn overriding(self, rules: &[OverridableRule]) -> Self {
        if rules.is_empty() {
            return self;
        }
        let moves = self
            .moves
            .chunk_by(|one, other| one.environment == other.environment);
        let stated: Vec<Override> = moves
            .filter_map(|moves| {
                let named = moves.iter();
                Some(Override {
                    environment: moves.first()?.environment.clone(),
                    rules: rules.to_vec(),
                    moves: named
                        .map(|moved| (moved.resource.clone(), moved.after))
                        .collect(),
                })
            })
            .collect();
        let message = stated.iter().fold(self.message, |message, stated| {
            message.trailer(Trailers::OVERRIDE, stated.to_string())
        });
        Self { message, ..self }
    }

    /// Reports whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }
}
