use jiff::Timestamp;

use super::facts::{Facts, Request};
use super::move_kind::MoveKind;
use super::origins::{Lapse, Origins};
use crate::model::{Changes, Entry, EnvironmentSlug, Identity, Move, Policy, PolicyKey, Project};

/// A step between two states, and what verdicts on its moves rest on.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The state whose policies and access judge: that before, unless the step is one of a branch that is not live yet.
    pub rules: &'a Project,
    /// The state before.
    pub before: &'a Project,
    /// The state after.
    pub after: &'a Project,
    /// What differs between the two.
    pub changes: &'a Changes,
    /// Who takes the step; none: nobody knows.
    pub author: Option<&'a Identity>,
    /// Who set what the step, being a merge, takes from its other sides.
    pub origins: &'a Origins,
    /// Which rules are judged.
    pub scope: Scope,
    /// Whether the project stands in another folder afterwards.
    pub moved: bool,
    /// The step's own time.
    pub at: Timestamp,
    /// The effective time at which what the step does becomes live.
    pub lands: Timestamp,
    /// What history says.
    pub facts: &'a Facts,
}

/// Which rules of a policy a step is judged by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of them: what the step does becomes live with it.
    #[default]
    Live,
    /// Those about who asked and who approved. What the step does is not live yet: whether it may move is judged once it is.
    Branch,
}

impl<'a> Step<'a> {
    /// The step from `before` to `after` on the live line, which `author` takes at `at`.
    pub fn live(
        (before, after): (&'a Project, &'a Project),
        changes: &'a Changes,
        author: Option<&'a Identity>,
        at: Timestamp,
        facts: &'a Facts,
    ) -> Self {
        let (rules, origins, scope) = (before, Origins::none(), Scope::Live);
        Self {
            rules,
            before,
            after,
            changes,
            author,
            at,
            lands: at,
            facts,
            origins,
            scope,
            moved: false,
        }
    }

    /// Who answers for `entry`.
    pub fn actor(&self, entry: &Entry) -> Option<&'a Identity> {
        self.origins
            .get(entry)
            .map_or(self.author, |origin| origin.author.as_ref())
    }

    /// Who asked for `moved`, which the step approves, as far as that is known.
    pub fn request(&self, moved: &Move) -> Option<&'a Request> {
        match self.origins.of_pointer(&moved.environment, &moved.resource) {
            Some(origin) => origin.request.as_ref(),
            None => self.facts.request(&moved.environment),
        }
    }

    /// Returns why the approval of `moved` does not count, which the step, being a merge, takes from a side; `None` if it does,
    /// or there is none.
    pub fn lapse(&self, moved: &Move) -> Option<Lapse> {
        let origin = self
            .origins
            .of_pointer(&moved.environment, &moved.resource)?;
        if origin.kind != Some(MoveKind::Approved) {
            return None;
        }
        let waiting = self.facts.request(&moved.environment);
        let lands = (self.scope == Scope::Live).then_some(self.lands);
        self.origins.lapse(origin, waiting, lands)
    }

    /// Reports whether what was rolled back is kept out of where `moved` goes, and not only warned of: in production, and where
    /// the policy has any rule for that kind.
    pub(super) fn guards(&self, moved: &Move) -> bool {
        let production = [self.rules, self.before, self.after]
            .iter()
            .find_map(|project| project.environments.get(&moved.environment))
            .is_some_and(|environment| environment.production);
        let ruled = self
            .policy(&moved.environment)
            .is_some_and(|policy| policy.demands(moved.resource.kind).are_any());
        production || ruled
    }

    /// Reports whether the policy where `moved` goes lets in what was rolled back.
    pub(super) fn allows_rolled_back(&self, moved: &Move) -> bool {
        self.policy(&moved.environment).is_some_and(|policy| {
            let demands = policy.demands(moved.resource.kind);
            demands.switch(PolicyKey::AllowRolledBack)
        })
    }

    /// Reports whether `who` is a member that is a bot.
    pub(super) fn is_bot(&self, who: &Identity) -> bool {
        let access = self.rules.access.as_ref();
        access
            .and_then(|access| access.member(who.email()))
            .is_some_and(|(_, member)| member.bot)
    }

    /// Whether both are the same person: one address, or two of one member.
    pub(super) fn is_same_person(&self, one: &Identity, other: &Identity) -> bool {
        let member = |who: &Identity| {
            self.rules
                .access
                .as_ref()?
                .member(who.email())
                .map(|(name, _)| name)
        };
        one.is_same_person(other) || member(one).is_some_and(|name| member(other) == Some(name))
    }

    /// Returns the policy that judges moves into `environment`: that of the state whose rules hold, or the one that a new
    /// environment brings.
    pub(super) fn policy(&self, environment: &EnvironmentSlug) -> Option<&'a Policy> {
        let there = |project: &'a Project| project.environments.get(environment);
        let known = [self.rules, self.before, self.after]
            .into_iter()
            .find_map(there);
        known.map(|environment| &environment.policy)
    }
}
