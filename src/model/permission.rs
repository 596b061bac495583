use crate::model::resource::Kind;
use crate::model::word::words;

words! {
    /// Something that a role lets its members do.
    Permission {
        /// Publish the first version of a prompt.
        PromptCreate = "prompt:create",
        /// Publish a further version of a prompt.
        PromptUpdate = "prompt:update",
        /// Move a pointer to a prompt, or request it.
        PromptPublish = "prompt:publish",
        /// Decide on a release with prompts in it.
        PromptReview = "prompt:review",
        /// Publish a release of a routing rule.
        RoutingWrite = "routing:write",
        /// Move a pointer to a routing rule, or request it.
        RoutingPublish = "routing:publish",
        /// Move a pointer to a routing rule to a lower number.
        RoutingRollback = "routing:rollback",
        /// Decide on a release with routing rules in it.
        RoutingReview = "routing:review",
        /// Publish an activation of a provider.
        ProviderEdit = "provider:edit",
        /// Move a pointer to a provider, or request it.
        ProviderActivate = "provider:activate",
        /// Decide on a release with providers in it.
        ProviderReview = "provider:review",
        /// Say what an evaluation found about a version.
        CheckAttest = "check:attest",
        /// Create, edit and delete environments, order them, name the default publish target.
        ManageEnvironments = "project:manage_environments",
        /// Reassign the gateway fallback.
        ManageDefaultEnvironment = "project:manage_default_environment",
        /// Change a policy.
        ManagePolicies = "env:policies:manage",
        /// Freeze an environment, or thaw it.
        Freeze = "env:freeze",
        /// Override rules of a policy, or lift a veto.
        Override = "env:override",
        /// Change who may do what.
        ManageMembers = "project:manage_members",
        /// Rename the project, name its live branch, move or remove it.
        ManageProject = "project:manage",
    }
}

impl Permission {
    /// Every permission, in the order in which they are listed.
    pub const ALL: [Self; 19] = [
        Self::PromptCreate,
        Self::PromptUpdate,
        Self::PromptPublish,
        Self::PromptReview,
        Self::RoutingWrite,
        Self::RoutingPublish,
        Self::RoutingRollback,
        Self::RoutingReview,
        Self::ProviderEdit,
        Self::ProviderActivate,
        Self::ProviderReview,
        Self::CheckAttest,
        Self::ManageEnvironments,
        Self::ManageDefaultEnvironment,
        Self::ManagePolicies,
        Self::Freeze,
        Self::Override,
        Self::ManageMembers,
        Self::ManageProject,
    ];

    /// Reports whether it is about resources. Those are the permissions of a developer.
    pub fn is_of_resources(self) -> bool {
        ["prompt:", "routing:", "provider:"]
            .iter()
            .any(|prefix| self.as_str().starts_with(prefix))
    }

    /// Returns the permission to publish a version of `kind`; `first` if the resource is new.
    pub fn to_add(kind: Kind, first: bool) -> Self {
        match (kind, first) {
            (Kind::Prompts, true) => Self::PromptCreate,
            (Kind::Prompts, false) => Self::PromptUpdate,
            (Kind::Routing, _) => Self::RoutingWrite,
            (Kind::Providers, _) => Self::ProviderEdit,
        }
    }

    /// Returns the permission to move a pointer of `kind`; `back` if it goes to a lower number.
    pub fn to_move(kind: Kind, back: bool) -> Self {
        match kind {
            Kind::Prompts => Self::PromptPublish,
            Kind::Routing if back => Self::RoutingRollback,
            Kind::Routing => Self::RoutingPublish,
            Kind::Providers => Self::ProviderActivate,
        }
    }

    /// Returns the permission to decide on a release that moves a pointer of `kind`.
    pub fn to_review(kind: Kind) -> Self {
        match kind {
            Kind::Prompts => Self::PromptReview,
            Kind::Routing => Self::RoutingReview,
            Kind::Providers => Self::ProviderReview,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_listed_once() {
        let all: Vec<&str> = Permission::ALL
            .iter()
            .map(|permission| permission.as_str())
            .collect();
        assert_eq!(all, Permission::WORDS);
    }
}
