use std::collections::BTreeSet;

use super::facts::Question;
use super::release::{Release, releases};
use super::step::{Scope, Step};
use crate::model::{
    Access, Entry, EnvironmentKey, EnvironmentSlug, GrantScope, Identity, Kind, Member, MemberKey,
    MemberName, Move, Permission, Project, Role, RoleName, SettingKey, changed_entries,
};

/// Something that a step does and whoever did it may not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What was done.
    pub entry: Entry,
    /// Who did it, or asked for it; none: unknown.
    pub who: Option<Identity>,
    /// What it would have taken.
    pub missing: Missing,
    /// Where it would have had to be granted; none: for the whole project.
    pub environment: Option<EnvironmentSlug>,
    /// Whether they merged what somebody else did, for which they would need the same.
    pub merged: bool,
}

/// What somebody would have needed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// One of these permissions.
    Permission(Vec<Permission>),
    /// To be an owner.
    Owner,
    /// To be an owner in the first `access.toml` of the project.
    OwnerOfNew,
    /// To be a person: a bot neither decides on the requests of others nor changes who may do what, or what policies demand.
    Person,
    /// To have these permissions, which are granted, or to be an owner.
    Granted(Vec<Permission>),
    /// The right to ask, which whoever asked for a release that is approved no longer has.
    RequestersRight(Permission),
}

/// What `step` does that those who did it may not do, by the access of the state that judges.
///
/// # Errors
///
/// The questions to history that have to be answered first.
pub fn denials(step: &Step<'_>) -> Result<Vec<Denial>, Vec<Question>> {
    let Some(access) = &step.rules.access else {
        return Ok(creation(step));
    };
    let mut check = AccessCheck {
        step,
        access,
        denials: Vec::new(),
        open: Vec::new(),
    };
    for entry in changed_entries(step.before, step.after) {
        check.entry(&entry);
    }
    if step.moved {
        check.entry(&Entry::Project);
    }
    for (slug, release) in releases(step) {
        check.release(&slug, &release);
    }
    match check.open.is_empty() {
        true => Ok(check.denials),
        false => Err(check.open),
    }
}

/// Without an `access.toml` everyone may do everything; who writes the first one must be an owner in it.
fn creation(step: &Step<'_>) -> Vec<Denial> {
    let Some(access) = step
        .after
        .access
        .as_ref()
        .filter(|_| step.before.access.is_none())
    else {
        return Vec::new();
    };
    let who = step.actor(&Entry::Access);
    let owns = who
        .and_then(|who| access.member(who.email()))
        .is_some_and(|(_, member)| member.is_owner());
    let denial = Denial {
        entry: Entry::Access,
        who: who.cloned(),
        missing: Missing::OwnerOfNew,
        environment: None,
        merged: false,
    };
    if owns { Vec::new() } else { vec![denial] }
}

struct AccessCheck<'a> {
    step: &'a Step<'a>,
    access: &'a Access,
    denials: Vec<Denial>,
    open: Vec<Question>,
}

impl<'a> AccessCheck<'a> {
    fn entry(&mut self, entry: &Entry) {
        match entry {
            Entry::Comment(path, text) => {
                for on in self.commented(path, text) {
                    self.needs(entry, &on);
                }
            }
            _ => self.needs(entry, entry),
        }
    }

    /// The entries on which fewer or more comments of that `text` stand than before.
    fn commented(&self, path: &str, text: &str) -> BTreeSet<Entry> {
        let count = |project: &Project, on: &Entry| {
            let comments = project.comments_like(path, text);
            comments.filter(|comment| comment.on == *on).count()
        };
        let (before, after) = (self.step.before, self.step.after);
        let both = [before, after];
        let on = both
            .iter()
            .flat_map(|project| project.comments_like(path, text));
        on.map(|comment| &comment.on)
            .filter(|on| count(before, on) != count(after, on))
            .cloned()
            .collect()
    }

    /// Notes what it takes to change `on`, where that is what whoever changed `entry` has done.
    fn needs(&mut self, entry: &Entry, on: &Entry) {
        use Permission::{
            ManageDefaultEnvironment, ManageEnvironments, ManageMembers, ManagePolicies,
            ManageProject,
        };
        let everywhere = None;
        match on {
            Entry::Project => self.need(entry, ManageProject, everywhere),
            Entry::Setting(SettingKey::Name | SettingKey::Branch) => {
                self.need(entry, ManageProject, everywhere);
            }
            Entry::Setting(key) => {
                self.need(entry, ManageEnvironments, everywhere);
                if *key == SettingKey::GatewayFallback {
                    self.need(entry, ManageDefaultEnvironment, everywhere);
                }
            }
            Entry::Environment(slug) => {
                self.need(entry, ManageEnvironments, everywhere);
                if self.is_ruled_or_serves_production(slug) {
                    self.need(entry, ManagePolicies, everywhere);
                }
                if self.is_ruled(slug) {
                    self.need_person(entry, everywhere);
                }
            }
            // What an environment brings or takes along is part of its coming and going.
            Entry::EnvironmentKey(slug, _) | Entry::Policy(slug, ..) if !self.stays(slug) => {}
            // Grants for all production environments begin or end to hold there.
            Entry::EnvironmentKey(_, EnvironmentKey::Production) => {
                self.need(entry, ManageEnvironments, everywhere);
            }
            Entry::EnvironmentKey(slug, _) => self.need(entry, ManageEnvironments, Some(slug)),
            Entry::Policy(slug, ..) => {
                self.need(entry, ManagePolicies, Some(slug));
                self.need_person(entry, Some(slug));
            }
            Entry::Version(id) => {
                let first = !self.step.before.versions.contains_key(&id.resource);
                self.need(
                    entry,
                    Permission::to_add(id.resource.kind, first),
                    everywhere,
                );
            }
            Entry::Access | Entry::Signatures => {
                self.need(entry, ManageMembers, everywhere);
                self.need_person(entry, everywhere);
                self.need_owner(entry);
            }
            Entry::Member(name, key) => {
                self.need(entry, ManageMembers, everywhere);
                self.need_person(entry, everywhere);
                if self.is_owners(name) || (*key == MemberKey::Bot && self.becomes_a_person(name)) {
                    self.need_owner(entry);
                } else {
                    self.need_what_is_granted(entry, granted_to(name, *key, self.step));
                }
            }
            Entry::Role(name) => {
                self.need(entry, ManageMembers, everywhere);
                self.need_person(entry, everywhere);
                self.need_what_is_granted(entry, granted_by(name, self.step));
            }
            Entry::Companion(path) if path.ends_with(".gitattributes") => {
                self.need(entry, ManageProject, everywhere);
            }
            Entry::Companion(_) => self.need(entry, ManageEnvironments, everywhere),
            // Nothing stands on a comment.
            Entry::Comment(..) => {}
            Entry::Pending(slug) if entry != on => self.need_of_waiting(entry, slug),
            Entry::Pointer(slug, resource)
                if entry != on || !self.step.after.environments.contains_key(slug) =>
            {
                self.need(entry, Permission::to_move(resource.kind, false), Some(slug));
            }
            // Judged together with the release that they belong to.
            Entry::Pointer(..) | Entry::Pending(_) => {}
        }
    }

    fn release(&mut self, slug: &EnvironmentSlug, release: &Release) {
        match release {
            Release::Direct(moves) | Release::Past(moves) | Release::Tampered(moves) => {
                self.moves(moves);
            }
            Release::Requested { moves, beside } => {
                let entry = Entry::Pending(slug.clone());
                for moved in moves {
                    self.need(&entry, to_make(moved), Some(slug));
                }
                self.moves(beside);
            }
            Release::Approved(moves) => moves.iter().for_each(|moved| self.approval(moved)),
            Release::Closed(moves) => {
                let entry = Entry::Pending(slug.clone());
                let own = self.takes_back_its_own(&entry, slug);
                for moved in moves {
                    let mut any = vec![Permission::to_review(moved.resource.kind)];
                    any.extend(own.then(|| to_make(moved)));
                    self.need_one(&entry, any, Some(slug));
                }
                self.need_person_to_reject(&entry, slug);
            }
        }
    }

    /// Reports whether whoever takes the release in `slug` away had asked for it: then it takes no right to review.
    fn takes_back_its_own(&mut self, entry: &Entry, slug: &EnvironmentSlug) -> bool {
        let question = Question::Request(slug.clone());
        if !self.step.facts.answer(&question) {
            self.open.push(question);
        }
        let request = self.step.facts.request(slug);
        request
            .zip(self.step.actor(entry))
            .is_some_and(|(request, actor)| self.step.is_same_person(&request.author, actor))
    }

    fn moves(&mut self, moves: &[Move]) {
        for moved in moves {
            self.need(&entry_of(moved), to_make(moved), Some(&moved.environment));
        }
    }

    fn approval(&mut self, moved: &Move) {
        let (entry, slug) = (entry_of(moved), &moved.environment);
        self.need(
            &entry,
            Permission::to_review(moved.resource.kind),
            Some(slug),
        );
        self.need_person(&entry, Some(slug));
        let question = Question::Request(slug.clone());
        if self
            .step
            .origins
            .of_pointer(slug, &moved.resource)
            .is_none()
            && !self.step.facts.answer(&question)
        {
            self.open.push(question);
            return;
        }
        let requester = self
            .step
            .request(moved)
            .map(|request| request.author.clone());
        let needed = to_make(moved);
        if !self.may(requester.as_ref(), needed, Some(slug)) {
            self.note(
                &entry,
                requester,
                Missing::RequestersRight(needed),
                Some(slug),
            );
        }
    }

    fn need(
        &mut self,
        entry: &Entry,
        permission: Permission,
        environment: Option<&EnvironmentSlug>,
    ) {
        self.need_one(entry, vec![permission], environment);
    }

    fn need_one(
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

    /// Those who answer for `entry`: who set it, and where a merge takes it that lets somebody do more, who merged (true).
    fn answering(&self, entry: &Entry) -> Vec<(Option<&'a Identity>, bool)> {
        let (step, who) = (self.step, self.step.actor(entry));
        let both = step.scope == Scope::Live && self.merger_answers(entry) && step.author != who;
        std::iter::once((who, false))
            .chain(both.then_some((step.author, true)))
            .collect()
    }

    /// An environment with a policy brings or takes along that policy.
    fn merger_answers(&self, entry: &Entry) -> bool {
        let origins = self.step.origins;
        match entry {
            Entry::Environment(slug) => origins.set_policy_of(slug),
            entry => origins.merger_answers(entry),
        }
    }

    fn need_owner(&mut self, entry: &Entry) {
        for (who, merged) in self.answering(entry) {
            if !who
                .and_then(|who| self.access.member(who.email()))
                .is_some_and(|(_, member)| member.is_owner())
            {
                self.note_of(entry, (who.cloned(), merged), Missing::Owner, None);
            }
        }
    }

    /// A bot decides nothing that only a person may, whatever its roles give it.
    fn need_person(&mut self, entry: &Entry, environment: Option<&EnvironmentSlug>) {
        for (who, merged) in self.answering(entry) {
            if self.is_bot(who) {
                self.note_of(entry, (who.cloned(), merged), Missing::Person, environment);
            }
        }
    }

    /// A bot may take back what it asked for itself.
    fn need_person_to_reject(&mut self, entry: &Entry, slug: &EnvironmentSlug) {
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
        let named = |who: &Identity| self.access.member(who.email()).map(|(name, _)| name);
        if who.and_then(named) != asked.and_then(|asked| named(&asked.author)) {
            self.note(entry, who.cloned(), Missing::Person, Some(slug));
        }
    }

    fn is_bot(&self, who: Option<&Identity>) -> bool {
        who.and_then(|who| self.access.member(who.email()))
            .is_some_and(|(_, member)| member.bot)
    }

    /// Whoever grants something has it, or is an owner.
    fn need_what_is_granted(&mut self, entry: &Entry, granted: BTreeSet<GrantChange>) {
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

    /// Whether `member` has `permission` wherever a grant of that `scope` holds; none: in the whole project.
    fn holds(&self, member: &Member, scope: Option<&GrantScope>, permission: Permission) -> bool {
        let environment = match scope {
            Some(GrantScope::Environment(slug)) => Some(slug),
            _ => None,
        };
        let of_scope = scope.and_then(|scope| member.environments.get(scope));
        let by_scope = of_scope.is_some_and(|roles| {
            let mut roles = roles.iter();
            roles.any(|role| self.access.role_allows(role, permission))
        });
        by_scope
            || self
                .access
                .allows(member, permission, environment, self.step.rules)
    }

    fn becomes_a_person(&self, name: &MemberName) -> bool {
        let bot = |project: &Project| {
            let access = project.access.as_ref();
            access.and_then(|access| Some(access.members.get(name)?.bot))
        };
        bot(self.step.before) == Some(true) && bot(self.step.after) == Some(false)
    }

    /// Words beside a release that waits are changed by those who may ask for it or decide on it.
    fn need_of_waiting(&mut self, entry: &Entry, slug: &EnvironmentSlug) {
        let both = [self.step.before, self.step.after];
        let kinds: BTreeSet<Kind> = both
            .iter()
            .filter_map(|project| project.pending.get(slug))
            .flat_map(|pending| pending.moves.keys().map(|resource| resource.kind))
            .collect();
        for kind in kinds {
            let either = vec![
                Permission::to_move(kind, false),
                Permission::to_review(kind),
            ];
            self.need_one(entry, either, Some(slug));
        }
    }

    fn note(
        &mut self,
        entry: &Entry,
        who: Option<Identity>,
        missing: Missing,
        environment: Option<&EnvironmentSlug>,
    ) {
        self.note_of(entry, (who, false), missing, environment);
    }

    fn note_of(
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

    fn may(
        &self,
        who: Option<&Identity>,
        permission: Permission,
        environment: Option<&EnvironmentSlug>,
    ) -> bool {
        let member = who.and_then(|who| self.access.member(who.email()));
        member.is_some_and(|(_, member)| {
            self.access
                .allows(member, permission, environment, self.step.rules)
        })
    }

    fn stays(&self, slug: &EnvironmentSlug) -> bool {
        [self.step.before, self.step.after]
            .iter()
            .all(|project| project.environments.contains_key(slug))
    }

    /// Of an environment that comes or goes.
    fn is_ruled_or_serves_production(&self, slug: &EnvironmentSlug) -> bool {
        [self.step.before, self.step.after]
            .iter()
            .filter_map(|project| project.environments.get(slug))
            .any(|environment| environment.production)
            || self.is_ruled(slug)
    }

    fn is_ruled(&self, slug: &EnvironmentSlug) -> bool {
        [self.step.before, self.step.after]
            .iter()
            .filter_map(|project| project.environments.get(slug))
            .flat_map(|environment| environment.policy.tables())
            .any(|(_, rules)| rules.iter().next().is_some())
    }

    /// Whether it is about somebody who is an owner before or after: what proves who that is counts as much as the role.
    fn is_owners(&self, name: &MemberName) -> bool {
        let states = [self.step.rules, self.step.before, self.step.after];
        let members = states
            .iter()
            .filter_map(|project| project.access.as_ref()?.members.get(name));
        members.into_iter().any(Member::owns_something)
    }
}

fn to_make(moved: &Move) -> Permission {
    let back = moved
        .before
        .zip(moved.after)
        .is_some_and(|(before, after)| after < before);
    Permission::to_move(moved.resource.kind, back)
}

fn entry_of(moved: &Move) -> Entry {
    Entry::Pointer(moved.environment.clone(), moved.resource.clone())
}

/// A permission, and where it is granted; none: in the whole project.
type GrantChange = (Option<GrantScope>, Permission);

/// What the member `name` gets by a change of `key`. Addresses and keys give whoever has them all that the member has.
fn granted_to(name: &MemberName, key: MemberKey, step: &Step<'_>) -> BTreeSet<GrantChange> {
    let of = |project: &'_ Project| {
        let access = project.access.as_ref();
        access.and_then(|access| access.members.get(name).cloned())
    };
    let (Some(after), before) = (of(step.after), of(step.before)) else {
        return BTreeSet::new();
    };
    let is_new = before.is_none();
    let before = before.unwrap_or_default();
    let nothing = BTreeSet::new();
    let had = |scope: Option<&GrantScope>| match scope {
        None => &before.roles,
        Some(scope) => before.environments.get(scope).unwrap_or(&nothing),
    };
    let scopes = after.environments.iter();
    let all = std::iter::once((None, &after.roles))
        .chain(scopes.map(|(scope, roles)| (Some(scope), roles)));
    let everything = match key {
        MemberKey::Emails => !is_new && !after.emails.is_subset(&before.emails),
        MemberKey::Keys => !is_new && !after.keys.iter().all(|key| before.keys.contains(key)),
        MemberKey::Roles | MemberKey::Environments | MemberKey::Bot => false,
    };
    let mut granted = BTreeSet::new();
    for (scope, roles) in all {
        let by_key = match key {
            MemberKey::Roles => scope.is_none(),
            MemberKey::Environments => scope.is_some(),
            MemberKey::Emails | MemberKey::Keys | MemberKey::Bot => false,
        };
        let new = |role: &&Role| everything || (by_key && !had(scope).contains(*role));
        for role in roles.iter().filter(new) {
            let permissions = permissions_of(role, step).into_iter();
            granted.extend(permissions.map(|permission| (scope.cloned(), permission)));
        }
    }
    granted
}

/// What a change of the project's own role `name` lets its members do that they could not. A role may be anybody's.
fn granted_by(name: &RoleName, step: &Step<'_>) -> BTreeSet<GrantChange> {
    let of = |project: &'_ Project| {
        let access = project.access.as_ref();
        access
            .and_then(|access| access.roles.get(name).cloned())
            .unwrap_or_default()
    };
    let before = of(step.before);
    let new = of(step.after).into_iter();
    new.filter(|permission| !before.contains(permission))
        .map(|permission| (None, permission))
        .collect()
}

/// What `role` allows, in the state before, after, or that judges.
fn permissions_of(role: &Role, step: &Step<'_>) -> BTreeSet<Permission> {
    let states = [step.rules, step.before, step.after];
    let allowed = |permission: &Permission| {
        let mut access = states.iter().filter_map(|project| project.access.as_ref());
        access.any(|access| access.role_allows(role, *permission))
    };
    Permission::ALL.into_iter().filter(allowed).collect()
}
