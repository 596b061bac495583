use super::facts::Question;
use super::release::{Release, releases};
use super::step::Step;
use crate::model::{
    Access, Entry, EnvironmentSlug, Identity, Member, MemberName, Move, Permission, SettingKey,
    changed_entries,
};

/// Something that a step does and whoever did it may not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What was done.
    pub entry: Entry,
    /// Who did it, or asked for it; none: it cannot be told.
    pub who: Option<Identity>,
    /// What it would have taken.
    pub missing: Missing,
    /// Where it would have had to be granted; none: for the whole project.
    pub environment: Option<EnvironmentSlug>,
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
    /// To be a person: a bot never approves.
    Person,
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
        check.entry(entry);
    }
    if step.moved {
        check.entry(Entry::Project);
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
    };
    if owns { Vec::new() } else { vec![denial] }
}

struct AccessCheck<'a> {
    step: &'a Step<'a>,
    access: &'a Access,
    denials: Vec<Denial>,
    open: Vec<Question>,
}

impl AccessCheck<'_> {
    fn entry(&mut self, entry: Entry) {
        use Permission::{
            ManageDefaultEnvironment, ManageEnvironments, ManageMembers, ManagePolicies,
            ManageProject,
        };
        let everywhere = None;
        match &entry {
            Entry::Project => self.need(&entry, ManageProject, everywhere),
            Entry::Setting(SettingKey::Name | SettingKey::Branch) => {
                self.need(&entry, ManageProject, everywhere);
            }
            Entry::Setting(key) => {
                self.need(&entry, ManageEnvironments, everywhere);
                if *key == SettingKey::GatewayFallback {
                    self.need(&entry, ManageDefaultEnvironment, everywhere);
                }
            }
            Entry::Environment(slug) => {
                self.need(&entry, ManageEnvironments, everywhere);
                if self.is_ruled_or_serves_production(slug) {
                    self.need(&entry, ManagePolicies, everywhere);
                }
            }
            // What an environment brings or takes along is part of its coming and going.
            Entry::EnvironmentKey(slug, _) | Entry::Policy(slug, ..) if !self.stays(slug) => {}
            Entry::EnvironmentKey(slug, _) => self.need(&entry, ManageEnvironments, Some(slug)),
            Entry::Policy(slug, ..) => self.need(&entry, ManagePolicies, Some(slug)),
            Entry::Version(id) => {
                let first = !self.step.before.versions.contains_key(&id.resource);
                self.need(
                    &entry,
                    Permission::to_add(id.resource.kind, first),
                    everywhere,
                );
            }
            Entry::Access | Entry::Signatures => {
                self.need(&entry, ManageMembers, everywhere);
                self.need_owner(&entry);
            }
            Entry::Member(name, _) => {
                self.need(&entry, ManageMembers, everywhere);
                if self.is_owners(name) {
                    self.need_owner(&entry);
                }
            }
            Entry::Role(_) => self.need(&entry, ManageMembers, everywhere),
            Entry::Pointer(slug, resource) if !self.step.after.environments.contains_key(slug) => {
                self.need(
                    &entry,
                    Permission::to_move(resource.kind, false),
                    Some(slug),
                );
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
                for moved in moves {
                    let either = vec![to_make(moved), Permission::to_review(moved.resource.kind)];
                    self.need_one(&entry, either, Some(slug));
                }
            }
        }
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
        let who = self.step.actor(&entry);
        if who
            .and_then(|who| self.access.member(who.email()))
            .is_some_and(|(_, member)| member.bot)
        {
            self.note(&entry, who.cloned(), Missing::Person, Some(slug));
        }
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
        let who = self.step.actor(entry);
        if !any
            .iter()
            .any(|permission| self.may(who, *permission, environment))
        {
            self.note(entry, who.cloned(), Missing::Permission(any), environment);
        }
    }

    fn need_owner(&mut self, entry: &Entry) {
        let who = self.step.actor(entry);
        if !who
            .and_then(|who| self.access.member(who.email()))
            .is_some_and(|(_, member)| member.is_owner())
        {
            self.note(entry, who.cloned(), Missing::Owner, None);
        }
    }

    fn note(
        &mut self,
        entry: &Entry,
        who: Option<Identity>,
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
            .any(|environment| {
                environment.production
                    || environment
                        .policy
                        .tables()
                        .any(|(_, rules)| rules.iter().next().is_some())
            })
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
