use std::collections::BTreeSet;

use super::denial::{Denial, Missing};
use super::facts::Question;
use super::granted::GrantChange;
use super::step::{Scope, Step};
use crate::model::{Access, Entry, EnvironmentSlug, GrantScope, Identity, Member, Permission};

/// Compares what a step does with what its people may do, and collects the differences.
pub(super) struct AccessCheck<'a> {
    pub(super) step: &'a Step<'a>,
    pub(super) access: &'a Access,
    pub(super) denials: Vec<Denial>,
    pub(super) open: Vec<Question>,
}

impl<'a> AccessCheck<'a> {
    pub(super) fn need(
        &mut self,
        entry: &Entry,
        permission: Permission,
        environment: Option<&EnvironmentSlug>,
    ) {
        self.need_one(entry, vec![permission], environment);
    }

    pub(super) fn need_one(
        &mut self,
        entry: &Entry,
        any: Vec<Permission>,
        environment: Option<&EnvironmentSlug>,
    ) {
        for (who, merged) in self.answering(entry) {
            if !any
                .iter()
                .any(|permission| self.may(who, *permission, environment))
            {
                let missing = Missing::Permission(any.clone());
                self.note_of(entry, (who.cloned(), merged), missing, environment);
            }
        }
    }

    /// Returns those who answer for `entry`: who set it, and if a merge takes it that lets somebody do more,
    /// whoever merged (`true`).
    pub(super) fn answering(&self, entry: &Entry) -> Vec<(Option<&'a Identity>, bool)> {
        let (step, who) = (self.step, self.step.actor(entry));
        // Each person is asked once, and on a branch the merge is not live yet.
        let both = step.scope == Scope::Live && self.merger_answers(entry) && step.author != who;
        std::iter::once((who, false))
            .chain(both.then_some((step.author, true)))
            .collect()
    }

    /// Reports whether the author of the merge is responsible for `entry`. An environment with a policy brings or removes
    /// that policy.
    pub(super) fn merger_answers(&self, entry: &Entry) -> bool {
        let origins = self.step.origins;
        match entry {
            Entry::Environment(slug) => origins.set_policy_of(slug),
            // A veto takes nothing from anybody; to lift one does.
            Entry::Veto(id) if !self.step.before.vetoes.contains_key(id) => false,
            entry => origins.merger_answers(entry),
        }
    }

    /// Notes those who answer for `entry` and are not owners.
    pub(super) fn need_owner(&mut self, entry: &Entry) {
        for (who, merged) in self.answering(entry) {
            if !who
                .and_then(|who| self.access.member(who.email()))
                .is_some_and(|(_, member)| member.is_owner())
            {
                self.note_of(entry, (who.cloned(), merged), Missing::Owner, None);
            }
        }
    }

    /// Notes those who answer for `entry` and are bots, whatever permissions their roles give them.
    pub(super) fn need_person(&mut self, entry: &Entry, environment: Option<&EnvironmentSlug>) {
        for (who, merged) in self.answering(entry) {
            if self.is_bot(who) {
                self.note_of(entry, (who.cloned(), merged), Missing::Person, environment);
            }
        }
    }

    /// Notes a bot that rejects a request of somebody else. It may take back its own.
    pub(super) fn need_person_to_reject(&mut self, entry: &Entry, slug: &EnvironmentSlug) {
        let who = self.step.actor(entry);
        if !self.is_bot(who) {
            return;
        }
        let question = Question::Request(slug.clone());
        if !self.step.facts.answer(&question) {
            self.open.push(question);
            return;
        }
        let asked = self.step.facts.request(slug);
        // By member and not by address: a bot may have several.
        let named = |who: &Identity| self.access.member(who.email()).map(|(name, _)| name);
        if who.and_then(named) != asked.and_then(|asked| named(&asked.author)) {
            self.note(entry, who.cloned(), Missing::Person, Some(slug));
        }
    }

    /// Reports whether `who` is a member that is a bot.
    pub(super) fn is_bot(&self, who: Option<&Identity>) -> bool {
        who.and_then(|who| self.access.member(who.email()))
            .is_some_and(|(_, member)| member.bot)
    }

    /// Notes those who answer for `entry` and grant what they do not have themselves.
    pub(super) fn need_what_is_granted(&mut self, entry: &Entry, granted: BTreeSet<GrantChange>) {
        for (who, merged) in self.answering(entry) {
            let member = who.and_then(|who| self.access.member(who.email()));
            let holds = |(scope, permission): &GrantChange| {
                member.is_some_and(|(_, member)| self.holds(member, scope.as_ref(), *permission))
            };
            let beyond: BTreeSet<Permission> = granted
                .iter()
                .filter(|grant| !holds(grant))
                .map(|(_, permission)| *permission)
                .collect();
            if !beyond.is_empty() {
                let missing = Missing::Granted(beyond.into_iter().collect());
                self.note_of(entry, (who.cloned(), merged), missing, None);
            }
        }
    }

    /// Reports whether `member` has `permission` wherever a grant of that `scope` applies; `None` is the
    /// whole project.
    pub(super) fn holds(
        &self,
        member: &Member,
        scope: Option<&GrantScope>,
        permission: Permission,
    ) -> bool {
        let environment = match scope {
            Some(GrantScope::Environment(slug)) => Some(slug),
            _ => None,
        };
        let of_scope = scope.and_then(|scope| member.environments.get(scope));
        // By scope as well as by environment: a grant for `production` covers environments that do
        // not exist yet, which no comparison of those that exist could show.
        let by_scope = of_scope.is_some_and(|roles| {
            let mut roles = roles.iter();
            roles.any(|role| self.access.role_allows(role, permission))
        });
        by_scope
            || self
                .access
                .allows(member, permission, environment, self.step.rules)
    }

    /// Notes that `who` lacks something for what they did themselves.
    pub(super) fn note(
        &mut self,
        entry: &Entry,
        who: Option<Identity>,
        missing: Missing,
        environment: Option<&EnvironmentSlug>,
    ) {
        self.note_of(entry, (who, false), missing, environment);
    }

    /// Notes a denial. An environment that the deciding state does not have can have no grants of its own, so
    /// it is left out.
    pub(super) fn note_of(
        &mut self,
        entry: &Entry,
        (who, merged): (Option<Identity>, bool),
        missing: Missing,
        environment: Option<&EnvironmentSlug>,
    ) {
        let environment = environment
            .filter(|slug| self.step.rules.environments.contains_key(*slug))
            .cloned();
        self.denials.push(Denial {
            entry: entry.clone(),
            who,
            missing,
            environment,
            merged,
        });
    }

    /// Reports whether `who` has `permission` in `environment`, or in the whole project if that is `None`.
    pub(super) fn may(
        &self,
        who: Option<&Identity>,
        permission: Permission,
        environment: Option<&EnvironmentSlug>,
    ) -> bool {
        // An author that cannot be read, or whom the file does not list, may do nothing at all.
        let member = who.and_then(|who| self.access.member(who.email()));
        member.is_some_and(|(_, member)| {
            self.access
                .allows(member, permission, environment, self.step.rules)
        })
    }
}
