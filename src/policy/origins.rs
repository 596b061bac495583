use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::facts::Request;
use super::move_kind::MoveKind;
use super::taken::{Claim, Taken};
use crate::model::{
    CommitId, Entry, EnvironmentSlug, Identity, Project, Resource, SettingKey, Statement,
    VersionNumber, changed_entries,
};

/// Who set the entries that a merge takes from its other parents; empty for every other step.
///
/// A merge decides nothing by itself. An entry that it takes from another parent was set by a commit there:
/// that commit's author answers for it, and if that commit was an approval, the entry is approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    pub(super) set: BTreeMap<Entry, Origin>,
    /// Entries whose value in the merge occurs on none of its sides.
    pub unexplained: Vec<Entry>,
    /// The commits of requests that the first parent contains; all others were made on a branch after it
    /// forked.
    known: BTreeSet<CommitId>,
    /// Whether the merge is hypothetical, as for a pull request that has not landed. Then no author can
    /// answer for it.
    pub by_nobody: bool,
}

/// The commit that set an entry on another side of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The commit.
    pub commit: CommitId,
    /// Its author; `None` if unknown.
    pub author: Option<Identity>,
    /// Its committer; `None` if unknown.
    pub committer: Option<Identity>,
    /// What its message states.
    pub statement: Statement,
    /// Its own date.
    pub at: Timestamp,
    /// How the pointer moved there; `None` if the entry is not a pointer.
    pub kind: Option<MoveKind>,
    /// What the pointer named before that; `None` if nothing.
    pub before: Option<VersionNumber>,
    /// Who had asked for it there, if that commit approved it.
    pub request: Option<Request>,
}

/// Another side of a merge: its state, and which entries were set there since it forked.
#[derive(Clone, Debug)]
pub struct Side<'a> {
    /// Its state.
    pub project: &'a Project,
    /// Who set what there.
    pub set: &'a BTreeMap<Entry, Origin>,
    /// The states of its merge bases with the first parent.
    pub bases: Vec<&'a Project>,
}

impl Origin {
    /// Reports whether the commit states an override where `entry` is, so that whoever merges it needs the
    /// right to override, too.
    fn overrides_in(&self, entry: &Entry) -> bool {
        let (Entry::Pointer(environment, _) | Entry::Pending(environment)) = entry else {
            return false;
        };
        let mut stated = self.statement.overrides.iter();
        stated.any(|stated| stated.environment == *environment)
    }
}

impl Side<'_> {
    /// Reports whether the side [changed `entry` alone](changed_alone), of which `before` is the state of the
    /// first parent.
    fn changed(&self, entry: &Entry, before: &Project) -> bool {
        let says = |one: &Project, other| entry.is_same(one, other);
        // Without any base the second half is false, and nothing is the side's. Histories that have
        // nothing in common are given one empty state as their base; a list that is empty by
        // mistake must not hand every entry of the merge to a branch.
        self.bases.iter().all(|base| !says(base, self.project))
            && self.bases.iter().any(|base| says(base, before))
    }
}

/// Decides which side a merge takes the elements from that it adds to or removes from an array; `None` if
/// `entry` is not an array.
///
/// Two branches add to one array in different lines, and git merges that into an array that neither side has
/// as a whole. Taken by its elements, it is explained after all.
fn by_elements<'a>(
    entry: &Entry,
    (before, after): (&Project, &Project),
    sides: &'a [Side<'_>],
) -> Option<Taken<'a, Origin>> {
    let (mine, merged) = (entry.elements(before)?, entry.elements(after)?);
    let has = |project: &Project, element: &String| {
        let elements = entry.elements(project);
        elements.is_some_and(|elements| elements.contains(element))
    };
    let mut elements = mine.symmetric_difference(&merged).peekable();
    // Only the order differs, and an order belongs to a branch as a whole.
    if elements.peek().is_none() && matches!(entry, Entry::Setting(SettingKey::Order)) {
        let set = sides.iter().find_map(|side| side.set.get(entry));
        return set.map(Taken::From);
    }
    let mut taken = None;
    // One element that no side explains makes the whole array the merge's own: otherwise a role
    // could be slipped in beside one that a branch did grant. One author answers for the rest,
    // since an entry has one origin.
    for element in elements {
        let claims = sides.iter().map(|side| {
            let says = has(side.project, element);
            Claim {
                agrees: says == merged.contains(element),
                // The first parent has the opposite, since the element differs; for the side to
                // have changed it alone, every base must have it, too.
                alone: side.bases.iter().all(|base| has(base, element) != says),
                set: side.set.get(entry),
            }
        });
        match Taken::by(claims) {
            Taken::From(origin) => drop(taken.get_or_insert(origin)),
            other => return Some(other),
        }
    }
    taken.map(Taken::From)
}

/// Reports whether an entry says who may do what, or which rules apply.
fn is_guarded(entry: &Entry) -> bool {
    match entry {
        Entry::Access
        | Entry::Signatures
        | Entry::Member(..)
        | Entry::Role(_)
        | Entry::Veto(_)
        | Entry::Policy(..)
        | Entry::Window(..)
        | Entry::Freeze(..) => true,
        // Comments in access.toml count, too: they say why somebody has a role, and an editor of
        // roles reads them.
        Entry::Comment(path, _) => matches!(path.as_str(), "access.toml" | "vetoes.toml"),
        // All other entries take effect through rules that are asked at the merge anyway, or grant
        // nothing. Demanding a second permission for them would keep those from merging who may
        // only merge.
        _ => false,
    }
}

/// The origins of a step that is not a merge.
static NONE: Origins = Origins {
    set: BTreeMap::new(),
    unexplained: Vec::new(),
    known: BTreeSet::new(),
    by_nobody: false,
};

impl Origins {
    /// Returns the origins of a step that is not a merge: none.
    pub fn none() -> &'static Self {
        &NONE
    }

    /// Returns the origins of what differs in `after`, a merge, from `before`, its first parent.
    ///
    /// An entry that another side also has, but did not change alone since it forked, is the
    /// merge's own doing: it undoes what the first parent did, or decides between the two.
    pub fn of(before: &Project, after: &Project, sides: &[Side<'_>]) -> Self {
        let mut origins = Self::default();
        for entry in changed_entries(before, after) {
            let claims = sides.iter().map(|side| Claim {
                agrees: entry.is_same(side.project, after),
                alone: side.changed(&entry, before),
                set: side.set.get(&entry),
            });
            // The whole entry is asked first: where a side has exactly this array, it need not be
            // taken apart, and its order is explained as well.
            let taken = match Taken::by(claims) {
                Taken::From(origin) => Taken::From(origin),
                whole => by_elements(&entry, (before, after), sides).unwrap_or(whole),
            };
            match taken {
                Taken::From(origin) => drop(origins.set.insert(entry, origin.clone())),
                // Not recorded, so that whoever made the merge answers for the entry, as for one of
                // an ordinary commit.
                Taken::Own => {}
                Taken::Unexplained => origins.explain_comment(entry, (before, after), sides),
            }
        }
        origins
    }

    /// Returns the requests whose approvals the merge takes.
    pub fn approved(&self) -> impl Iterator<Item = (&EnvironmentSlug, &Request)> {
        self.set.iter().filter_map(|(entry, origin)| match entry {
            Entry::Pointer(slug, _) if origin.kind == Some(MoveKind::Approved) => {
                Some((slug, origin.request.as_ref()?))
            }
            _ => None,
        })
    }

    /// Notes that the first parent contains the request that `commit` made.
    pub fn know(&mut self, commit: CommitId) {
        self.known.insert(commit);
    }

    /// Reports whether the first parent contains `request`; if not, it was made on a branch after that
    /// forked.
    pub fn knows(&self, request: &Request) -> bool {
        self.known.contains(&request.commit)
    }

    /// Reports whether whoever makes the merge answers for `entry`, which it takes from a branch, as well as
    /// whoever set it there.
    ///
    /// A grant or a rule may have been drafted by somebody who was allowed to, and then abandoned. Only the
    /// merge puts it into effect.
    pub fn merger_answers(&self, entry: &Entry) -> bool {
        !self.by_nobody && is_guarded(entry) && self.set.contains_key(entry)
    }

    /// Reports whether a branch contributes anything that says who may do what, or which rules apply.
    pub fn take_guarded(&self) -> bool {
        self.set.keys().any(is_guarded)
    }

    /// Reports whether whoever makes the merge answers for the policy of an `environment` that it adds or
    /// removes.
    pub fn set_policy_of(&self, environment: &EnvironmentSlug) -> bool {
        let of_it = |entry: &Entry| {
            matches!(entry, Entry::Policy(slug, ..) | Entry::Window(slug, _) | Entry::Freeze(slug, _)
                if slug == environment)
        };
        self.set
            .keys()
            .any(|entry| of_it(entry) && self.merger_answers(entry))
    }

    /// Reports whether a merge of `before` into `after` adds nothing that its maker answers for.
    pub fn add_nothing(&self, before: &Project, after: &Project) -> bool {
        // A veto that is only added takes nothing from anybody.
        let adds =
            |entry: &Entry| matches!(entry, Entry::Veto(id) if !before.vetoes.contains_key(id));
        let overrides = |entry: &Entry| {
            let origin = self.set.get(entry).filter(|_| !self.by_nobody);
            origin.is_some_and(|origin| origin.overrides_in(entry))
        };
        let answers =
            |entry: &Entry| (self.merger_answers(entry) && !adds(entry)) || overrides(entry);
        changed_entries(before, after)
            .iter()
            .all(|entry| self.set.contains_key(entry) && !answers(entry))
    }

    /// Explains a comment that both sides added, or notes `entry` as unexplained.
    ///
    /// After such a merge the comment may occur more often than on either side: between the larger count and
    /// the sum of both. No other kind of entry can be a mixture of two sides, so nothing else is explained
    /// this way.
    fn explain_comment(
        &mut self,
        entry: Entry,
        (before, after): (&Project, &Project),
        sides: &[Side<'_>],
    ) {
        // Two branches that add the same comment each have it once, and their merge has it twice,
        // as git writes it. Nobody chose that, so nobody has to be found who did.
        let mixed = |side: &&Side<'_>| match &entry {
            Entry::Comment(path, text) => {
                let count = |project: &Project| project.comments_like(path, text).count();
                let (ours, theirs) = (count(before), count(side.project));
                (ours.max(theirs)..=ours + theirs).contains(&count(after))
            }
            _ => false,
        };
        let set = sides
            .iter()
            .filter(mixed)
            .find_map(|side| side.set.get(&entry));
        match set {
            Some(origin) => drop(self.set.insert(entry, origin.clone())),
            None => self.unexplained.push(entry),
        }
    }

    /// Returns who set `entry`, if a merge took it from another side.
    pub fn get(&self, entry: &Entry) -> Option<&Origin> {
        self.set.get(entry)
    }

    /// Notes who moved the project to the folder in which a merge has it.
    pub fn explain_move(&mut self, origin: Origin) {
        self.set.insert(Entry::Project, origin);
    }

    /// Reports whether a branch contributes a move whose commit states an override.
    pub fn take_overrides(&self) -> bool {
        let mut set = self.set.iter();
        set.any(|(entry, origin)| origin.overrides_in(entry))
    }

    /// Reports whether everything that differs between `before` and `after` was set on another side.
    pub fn explain_all(&self, before: &Project, after: &Project) -> bool {
        changed_entries(before, after)
            .iter()
            .all(|entry| self.set.contains_key(entry))
    }

    /// Returns who moved a pointer, if a merge took that from another side.
    pub fn of_pointer(
        &self,
        environment: &EnvironmentSlug,
        resource: &Resource,
    ) -> Option<&Origin> {
        // Cloning the key of the map costs two allocations, for every pointer of every ordinary
        // commit.
        if self.set.is_empty() {
            return None;
        }
        self.get(&Entry::Pointer(environment.clone(), resource.clone()))
    }

    /// Reports whether there are none.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unexplained.is_empty()
    }
}

#[cfg(test)]
mod tests;
