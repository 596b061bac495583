use std::collections::BTreeSet;

use super::access_check::AccessCheck;
use super::denial::{Denial, Missing};
use super::evaluator::Evaluator;
use super::facts::Question;
use super::granted::{granted_by, granted_to};
use super::release::releases;
use super::step::Step;
use crate::model::{
    Entry, EnvironmentKey, EnvironmentSlug, Kind, Member, MemberKey, MemberName, Permission,
    Project, SettingKey, VersionId, Vetoes, changed_entries,
};

/// Returns everything in `step` that its author was not allowed to do, by the access of the state whose
/// rules apply.
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
    // Entries are judged one by one, but pointers and requests only together: whether moving a
    // pointer takes the right to move or the right to review depends on the release that it belongs
    // to.
    for entry in changed(step, &mut check.open) {
        check.entry(&entry);
    }
    // The folder is not part of either state, so no entry differs.
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

/// Returns every entry that `step` changes.
fn changed(step: &Step<'_>, open: &mut Vec<Question>) -> Vec<Entry> {
    let mut entries = changed_entries(step.before, step.after);
    // What an invalid file says is unknown, which is a finding of its own. It lifts nothing; and whoever repairs the file is
    // judged by what it said before it was damaged.
    if step.after.unsound_vetoes {
        entries.retain(|entry| !matches!(entry, Entry::Veto(_)));
    } else if step.before.unsound_vetoes {
        entries.retain(|entry| !matches!(entry, Entry::Veto(_)));
        let mut evaluator = Evaluator::new(step);
        let nothing = Vetoes::new();
        let before = evaluator.vetoes_before().unwrap_or(&nothing);
        let both: BTreeSet<&VersionId> = before.keys().chain(step.after.vetoes.keys()).collect();
        let differs = |id: &&VersionId| before.get(*id) != step.after.vetoes.get(*id);
        entries.extend(both.into_iter().filter(differs).cloned().map(Entry::Veto));
        open.extend(evaluator.open());
    }
    entries
}

/// Returns the denial of a step that adds the first `access.toml` without its author being an owner in it.
///
/// Without that file everybody may do everything. The first author must be an owner, because otherwise nobody
/// could change the file afterwards.
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

impl AccessCheck<'_> {
    /// Notes the denials of a change of `entry`.
    fn entry(&mut self, entry: &Entry) {
        match entry {
            // Who may change a comment is who may change what it explains, since a reader takes
            // both together.
            Entry::Comment(path, text) => {
                for on in self.commented(path, text) {
                    self.needs(entry, &on);
                }
            }
            _ => self.needs(entry, entry),
        }
    }

    /// Returns the entries that have fewer or more comments with that `text` than before.
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

    /// Notes who lacks what is needed to change `on`. `entry` says who changed it: the entry itself, or the
    /// comment on it.
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
            // Order, fallback and default publish target. The fallback decides what every unknown
            // caller gets, so it takes a permission of its own.
            Entry::Setting(key) => {
                self.need(entry, ManageEnvironments, everywhere);
                if *key == SettingKey::GatewayFallback {
                    self.need(entry, ManageDefaultEnvironment, everywhere);
                }
            }
            Entry::Environment(slug) => {
                self.need(entry, ManageEnvironments, everywhere);
                // Otherwise whoever manages environments could get rid of a policy by deleting the
                // environment and creating it again.
                if self.is_ruled_or_serves_production(slug) {
                    self.need(entry, ManagePolicies, everywhere);
                }
                if self.is_ruled(slug) {
                    self.need_person(entry, everywhere);
                }
            }
            // What an environment brings or takes along is judged as part of creating or deleting
            // it.
            Entry::EnvironmentKey(slug, _)
            | Entry::Policy(slug, ..)
            | Entry::Window(slug, _)
            | Entry::Freeze(slug, _)
                if !self.stays(slug) => {}
            // Grants for all production environments begin or end to apply here, so a grant for
            // this one environment is not enough.
            Entry::EnvironmentKey(_, EnvironmentKey::Production) => {
                self.need(entry, ManageEnvironments, everywhere);
            }
            Entry::EnvironmentKey(slug, _) => self.need(entry, ManageEnvironments, Some(slug)),
            Entry::Freeze(slug, id) => {
                let any = vec![Permission::Freeze, ManagePolicies];
                self.need_one(entry, any, Some(slug));
                // A bot may stop the line, but not let it go on.
                if self.step.before.freeze(slug, id).is_some() {
                    self.need_person(entry, Some(slug));
                }
            }
            Entry::Policy(slug, ..) | Entry::Window(slug, _) => {
                self.need(entry, ManagePolicies, Some(slug));
                self.need_person(entry, Some(slug));
            }
            Entry::Version(id) => {
                // The first version creates the resource, which takes another permission than
                // adding to it.
                let first = !self.step.before.versions.contains_key(&id.resource);
                self.need(
                    entry,
                    Permission::to_add(id.resource.kind, first),
                    everywhere,
                );
            }
            Entry::Veto(id) => self.veto(entry, id),
            Entry::Attestation(..) => self.need(entry, Permission::CheckAttest, everywhere),
            Entry::Access | Entry::Signatures => {
                self.need(entry, ManageMembers, everywhere);
                self.need_person(entry, everywhere);
                self.need_owner(entry);
            }
            Entry::Member(name, key) => {
                self.need(entry, ManageMembers, everywhere);
                self.need_person(entry, everywhere);
                // Whoever manages members must not be able to take over an owner's account by
                // adding an address or a key to it, nor to turn a bot into a person, for whom rules
                // about persons then hold.
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
            // `.gitattributes` decides which bytes a checkout contains, for the whole project.
            Entry::Companion(path) if path.ends_with(".gitattributes") => {
                self.need(entry, ManageProject, everywhere);
            }
            Entry::Companion(_) => self.need(entry, ManageEnvironments, everywhere),
            // A comment is never on a comment.
            Entry::Comment(..) => {}
            // `entry != on`: a comment beside a request or a pointer. The entries themselves are
            // judged with their release.
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

    /// Notes those who change comments beside a pending release, and may neither ask for it nor decide on it.
    fn need_of_waiting(&mut self, entry: &Entry, slug: &EnvironmentSlug) {
        // Of the release before and of the one after: a comment may come or go together with what
        // it explains.
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

    /// Reports whether an environment that is created or deleted has a policy or is a production environment.
    fn is_ruled_or_serves_production(&self, slug: &EnvironmentSlug) -> bool {
        [self.step.before, self.step.after]
            .iter()
            .filter_map(|project| project.environments.get(slug))
            .any(|environment| environment.production)
            || self.is_ruled(slug)
    }

    /// Reports whether an environment has a policy before or after the step.
    fn is_ruled(&self, slug: &EnvironmentSlug) -> bool {
        [self.step.before, self.step.after].iter().any(|project| {
            let environment = project.environments.get(slug);
            environment.is_some_and(|environment| !environment.policy.is_empty())
                || project.freezes.contains_key(slug)
        })
    }

    /// Reports whether the environment exists before and after the step.
    fn stays(&self, slug: &EnvironmentSlug) -> bool {
        [self.step.before, self.step.after]
            .iter()
            .all(|project| project.environments.contains_key(slug))
    }

    /// Reports whether `name` is an owner before or after the step. What identifies an owner counts as much
    /// as the role.
    fn is_owners(&self, name: &MemberName) -> bool {
        // Whoever is an owner afterwards is made one by this step, and whoever was one before may
        // be losing it. Either takes an owner, so all states count.
        let states = [self.step.rules, self.step.before, self.step.after];
        let members = states
            .iter()
            .filter_map(|project| project.access.as_ref()?.members.get(name));
        members.into_iter().any(Member::owns_something)
    }

    /// Reports whether the step turns the bot `name` into a person.
    fn becomes_a_person(&self, name: &MemberName) -> bool {
        let bot = |project: &Project| {
            let access = project.access.as_ref();
            access.and_then(|access| Some(access.members.get(name)?.bot))
        };
        bot(self.step.before) == Some(true) && bot(self.step.after) == Some(false)
    }
}
