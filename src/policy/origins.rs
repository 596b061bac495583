use std::collections::{BTreeMap, BTreeSet};

use super::facts::Request;
use super::move_kind::MoveKind;
use crate::model::{
    CommitId, Entry, EnvironmentSlug, Identity, Project, Resource, VersionNumber, changed_entries,
};

/// Who set what a merge takes from its other sides; empty for every other step.
///
/// A merge decides nothing by itself, so an entry that it takes from another parent was set by the commit that did so there:
/// that commit's author answers for it, and if that commit was an approval, it is approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    set: BTreeMap<Entry, Origin>,
    /// What the merge says and no side of it does.
    pub unexplained: Vec<Entry>,
}

/// The commit that set an entry on another side of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The commit.
    pub commit: CommitId,
    /// Its author; none: it cannot be told.
    pub author: Option<Identity>,
    /// How the pointer moved there; none: the entry is no pointer.
    pub kind: Option<MoveKind>,
    /// What the pointer named before that; none: nothing.
    pub before: Option<VersionNumber>,
    /// Who had asked for it there, if that commit approved it.
    pub request: Option<Request>,
}

/// Another side of a merge: what it says, and which of it was set there and not before the sides parted.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// What it says.
    pub project: &'a Project,
    /// Who set what.
    pub set: &'a BTreeMap<Entry, Origin>,
    /// What it did not change [alone](changed_alone) since the sides parted, as far as that matters: requests, since who asks
    /// may not approve.
    pub contested: &'a BTreeSet<Entry>,
}

/// What another side of a merge says of one entry that the merge changes.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a, O> {
    /// Whether it says what the merge says.
    pub agrees: bool,
    /// Whether that side [changed it alone](changed_alone).
    pub alone: bool,
    /// Who set it there since the sides parted.
    pub set: Option<&'a O>,
}

/// Where a merge has an entry from that it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken<'a, O> {
    /// From a side: whoever set it there answers for it.
    From(&'a O),
    /// A side says it, too, but did not set it, or the first parent had changed it as well: whoever merged decided for it, or
    /// took back what the first parent did.
    Own,
    /// No side says it.
    Unexplained,
}

impl<'a, O> Taken<'a, O> {
    /// Decides where a merge has an entry from, by what its sides claim, in their order.
    ///
    /// This is the one rule of who answers for what a merge changes, and so of who asked for a release that it brings. Whoever
    /// walks a branch asks it of every merge there, so that the answer is the same wherever the walk began.
    pub fn by(claims: impl IntoIterator<Item = Claim<'a, O>>) -> Self {
        let mut said = false;
        for claim in claims.into_iter().filter(|claim| claim.agrees) {
            said = true;
            if let Some(set) = claim.set.filter(|_| claim.alone) {
                return Self::From(set);
            }
        }
        if said { Self::Own } else { Self::Unexplained }
    }
}

/// Reports whether `side` changed a value since it parted from the `first` parent, and that did not: it differs from what every
/// one of their merge `bases` says, and one of these says what the first parent does.
pub fn changed_alone<V: PartialEq>(first: &V, side: &V, bases: &[V]) -> bool {
    bases.iter().all(|base| base != side) && bases.contains(first)
}

/// Returns the place of the parent that a commit of a branch is compared with, by whether each parent is live already.
///
/// What is live is what a merge is compared with: whatever it takes from there is no change. Otherwise it is the first.
pub fn compared_parent(live: impl IntoIterator<Item = bool>) -> usize {
    live.into_iter().position(|live| live).unwrap_or(0)
}

/// Those of a step that is no merge.
static NONE: Origins = Origins {
    set: BTreeMap::new(),
    unexplained: Vec::new(),
};

impl Origins {
    /// Those of a step that is no merge.
    pub fn none() -> &'static Self {
        &NONE
    }

    /// The origins of what `after`, a merge, says otherwise than `before`, its first parent.
    ///
    /// An entry that another side says, too, but did not set since the sides parted, is the merge's own doing: it takes back
    /// what the first parent did.
    pub fn of(before: &Project, after: &Project, sides: &[Side<'_>]) -> Self {
        let mut origins = Self::default();
        for entry in changed_entries(before, after) {
            let claims = sides.iter().map(|side| Claim {
                agrees: entry.is_same(side.project, after),
                alone: !side.contested.contains(&entry),
                set: side.set.get(&entry),
            });
            match Taken::by(claims) {
                Taken::From(origin) => drop(origins.set.insert(entry, origin.clone())),
                Taken::Own => {}
                Taken::Unexplained => origins.explain_partly(entry, (before, after), sides),
            }
        }
        origins
    }

    /// The display order is one key with a line for each environment, which merges line by line: it was set by whoever set it
    /// on a side. So does a comment that both sides added. Nothing else can honestly be a mixture.
    fn explain_partly(
        &mut self,
        entry: Entry,
        (before, after): (&Project, &Project),
        sides: &[Side<'_>],
    ) {
        let mixed = |side: &&Side<'_>| match &entry {
            Entry::Setting(crate::model::SettingKey::Order) => true,
            Entry::Comment(path, text) => {
                let count = |project: &Project| project.comments_like(path, text).count();
                let (ours, theirs) = (count(before), count(side.project));
                (ours.max(theirs)..=ours + theirs).contains(&count(after))
            }
            _ => false,
        };
        match sides
            .iter()
            .filter(mixed)
            .find_map(|side| side.set.get(&entry))
        {
            Some(origin) => drop(self.set.insert(entry, origin.clone())),
            None => self.unexplained.push(entry),
        }
    }

    /// Who set `entry`, if a merge took it from another side.
    pub fn get(&self, entry: &Entry) -> Option<&Origin> {
        self.set.get(entry)
    }

    /// Notes who moved the project into the folder in which a merge has it.
    pub fn explain_move(&mut self, origin: Origin) {
        self.set.insert(Entry::Project, origin);
    }

    /// Whether everything that differs between `before` and `after` was set on another side.
    pub fn explain_all(&self, before: &Project, after: &Project) -> bool {
        changed_entries(before, after)
            .iter()
            .all(|entry| self.set.contains_key(entry))
    }

    /// Who moved a pointer, if a merge took that from another side.
    pub fn of_pointer(
        &self,
        environment: &EnvironmentSlug,
        resource: &Resource,
    ) -> Option<&Origin> {
        if self.set.is_empty() {
            return None;
        }
        self.get(&Entry::Pointer(environment.clone(), resource.clone()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unexplained.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Pointers, VersionNumber};

    fn project(live: u32) -> Project {
        let pointers: Pointers = VersionNumber::new(live)
            .map(|live| ("prompts/a".parse().unwrap(), live))
            .into_iter()
            .collect();
        Project {
            exists: true,
            pointers: [("prod".parse().unwrap(), pointers)].into(),
            ..Project::default()
        }
    }

    fn entry() -> Entry {
        Entry::Pointer("prod".parse().unwrap(), "prompts/a".parse().unwrap())
    }

    fn set() -> BTreeMap<Entry, Origin> {
        let commit = CommitId::from_bytes([1; 20]);
        [(
            entry(),
            Origin {
                commit,
                author: None,
                kind: Some(MoveKind::Direct),
                before: None,
                request: None,
            },
        )]
        .into()
    }

    #[test]
    fn what_a_side_set_is_that_sides() {
        let (side, set) = (project(2), set());
        let origins = Origins::of(
            &project(1),
            &project(2),
            &[Side {
                project: &side,
                set: &set,
                contested: &BTreeSet::new(),
            }],
        );
        assert!(origins.get(&entry()).is_some() && origins.unexplained.is_empty());
    }

    #[test]
    fn what_no_side_says_is_nobodys() {
        let (side, set) = (project(2), set());
        let origins = Origins::of(
            &project(1),
            &project(3),
            &[Side {
                project: &side,
                set: &set,
                contested: &BTreeSet::new(),
            }],
        );
        assert_eq!(
            (origins.get(&entry()), &origins.unexplained),
            (None, &vec![entry()])
        );
    }

    /// The side is as old as it was when it parted: to take its value is to undo what the first parent did.
    #[test]
    fn what_a_side_only_kept_is_the_merges_own() {
        let side = project(1);
        let none = BTreeMap::new();
        let origins = Origins::of(
            &project(2),
            &project(1),
            &[Side {
                project: &side,
                set: &none,
                contested: &BTreeSet::new(),
            }],
        );
        assert!(origins.is_empty());
    }

    /// Both sides changed it, and the merge decided for one of them.
    #[test]
    fn what_both_sides_changed_is_the_merges_own() {
        let (side, set) = (project(2), set());
        let origins = Origins::of(
            &project(1),
            &project(2),
            &[Side {
                project: &side,
                set: &set,
                contested: &[entry()].into(),
            }],
        );
        assert!(origins.is_empty());
    }

    #[test]
    fn a_side_changed_alone_what_no_base_says_and_the_first_parent_kept() {
        for (first, side, bases, alone) in [
            (0, 1, &[0][..], true),
            (0, 1, &[1], false),
            (2, 1, &[0], false),
            (0, 1, &[0, 2], true),
            (0, 1, &[0, 1], false),
            (0, 1, &[], false),
        ] {
            assert_eq!(changed_alone(&first, &side, bases), alone, "{bases:?}");
        }
    }
}
