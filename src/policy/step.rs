use jiff::Timestamp;

use super::calendar::Calendar;
use super::facts::{Facts, Request};
use super::lapse::Lapse;
use super::move_kind::MoveKind;
use super::origins::Origins;
use crate::model::{
    Changes, Entry, EnvironmentSlug, Identity, Move, Policy, PolicyKey, Project, Statement,
};

/// A step between two states, and what verdicts on its moves rest on.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The state whose policies and access decide: the one before the step, or the live one if the step is on
    /// a branch that is not live yet.
    pub rules: &'a Project,
    /// The state before.
    pub before: &'a Project,
    /// The state after.
    pub after: &'a Project,
    /// What differs between the two.
    pub changes: &'a Changes,
    /// Who takes the step; `None` if unknown.
    pub author: Option<&'a Identity>,
    /// Who records it; `None` if unknown.
    pub committer: Option<&'a Identity>,
    /// What the message of its commit states; `None` if it has none yet.
    pub statement: Option<&'a Statement>,
    /// Who set what the step, being a merge, takes from its other sides.
    pub origins: &'a Origins,
    /// Which rules apply.
    pub scope: Scope,
    /// Whether the step moves the project to another folder.
    pub moved: bool,
    /// The step's own time.
    pub at: Timestamp,
    /// The effective time at which the change becomes live.
    pub lands: Timestamp,
    /// When a server received it, if a server judges a push.
    pub received: Option<Timestamp>,
    /// What history says.
    pub facts: &'a Facts,
}

/// Which rules of a policy apply to a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All. What the step does becomes live with it.
    #[default]
    Live,
    /// Those about who asked and who approved. The change is not live yet: whether pointers may move is
    /// judged when it lands.
    Branch,
}

impl<'a> Step<'a> {
    /// Returns the step from `before` to `after` on the live line, which `author` takes at `at`.
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
            committer: author,
            statement: None,
            at,
            lands: at,
            received: None,
            facts,
            origins,
            scope,
            moved: false,
        }
    }

    /// Returns who answers for `entry`: who set it on the branch that a merge takes it from, else the author
    /// of the step.
    pub fn actor(&self, entry: &Entry) -> Option<&'a Identity> {
        self.origins
            .get(entry)
            .map_or(self.author, |origin| origin.author.as_ref())
    }

    /// Returns what the commit states that answers for `entry`, as [`Step::actor`] does; `None` if there is no
    /// message yet.
    pub fn statement(&self, entry: &Entry) -> Option<&'a Statement> {
        self.origins
            .get(entry)
            .map_or(self.statement, |origin| Some(&origin.statement))
    }

    /// Returns who asked for `moved`, which the step approves, as far as that is known.
    pub fn request(&self, moved: &Move) -> Option<&'a Request> {
        match self.origins.of_pointer(&moved.environment, &moved.resource) {
            Some(origin) => origin.request.as_ref(),
            None => self.facts.request(&moved.environment),
        }
    }

    /// Returns why the approval of `moved`, which the step as a merge takes from a branch, does not count.
    /// `None` if it counts, or there is none.
    pub fn lapse(&self, moved: &Move) -> Option<Lapse> {
        let origin = self
            .origins
            .of_pointer(&moved.environment, &moved.resource)?;
        if origin.kind != Some(MoveKind::Approved) {
            return None;
        }
        let waiting = self.facts.request(&moved.environment);
        // Age counts only where something becomes live: a branch that is still worked on may keep
        // an approval for as long as it likes.
        let lands = (self.scope == Scope::Live).then_some(self.lands);
        self.origins.lapse(origin, waiting, lands)
    }

    /// Reports whether a rolled back version is refused where `moved` goes, rather than warned of: in
    /// production, and where the policy has any rule for that kind.
    pub(super) fn guards(&self, moved: &Move) -> bool {
        // `before` and `after` are asked as well because a new environment is in neither the live
        // rules nor the state before.
        let production = [self.rules, self.before, self.after]
            .iter()
            .find_map(|project| project.environments.get(&moved.environment))
            .is_some_and(|environment| environment.production);
        let ruled = self
            .policy(&moved.environment)
            .is_some_and(|policy| policy.demands(moved.resource.kind).are_any());
        production || ruled
    }

    /// Reports whether the policy where `moved` goes allows versions that were rolled back.
    pub(super) fn allows_rolled_back(&self, moved: &Move) -> bool {
        self.policy(&moved.environment).is_some_and(|policy| {
            let demands = policy.demands(moved.resource.kind);
            demands.switch(PolicyKey::AllowRolledBack)
        })
    }

    /// Returns when pointers of `environment` may move, by the windows and freezes of the state whose rules
    /// apply.
    pub fn calendar(&self, environment: &EnvironmentSlug) -> Calendar<'a> {
        Calendar::of(
            self.policy(environment),
            self.rules.freezes.get(environment),
        )
    }

    /// Returns the moments that windows, freezes and the validity of keys must allow: the own and the
    /// effective time, and when a server receives the step. A date that was set back gains nothing.
    pub(super) fn moments(&self) -> impl Iterator<Item = Timestamp> + use<> {
        [Some(self.at), Some(self.lands), self.received]
            .into_iter()
            .flatten()
    }

    /// Reports whether `who` is a member that is a bot.
    pub(super) fn is_bot(&self, who: &Identity) -> bool {
        let access = self.rules.access.as_ref();
        access
            .and_then(|access| access.member(who.email()))
            .is_some_and(|(_, member)| member.bot)
    }

    /// Reports whether both are the same person: one address, or two addresses of one member.
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

    /// Returns the policy that judges moves into `environment`: that of the state whose rules apply, or for a
    /// new environment the one that it brings.
    pub(super) fn policy(&self, environment: &EnvironmentSlug) -> Option<&'a Policy> {
        let there = |project: &'a Project| project.environments.get(environment);
        // The rules that judge come first: a branch that edits a policy is judged by the one that
        // it wants to replace.
        let known = [self.rules, self.before, self.after]
            .into_iter()
            .find_map(there);
        known.map(|environment| &environment.policy)
    }
}
