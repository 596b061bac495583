use std::collections::BTreeMap;

use super::facts::Request;
use super::judge::MoveKind;
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
            let mut saying = sides
                .iter()
                .filter(|side| entry.is_same(side.project, after))
                .peekable();
            let said = saying.peek().is_some();
            match saying.find_map(|side| side.set.get(&entry)) {
                Some(origin) => drop(origins.set.insert(entry, origin.clone())),
                None if said => {}
                None => origins.explain_partly(entry, sides),
            }
        }
        origins
    }

    /// The display order is one key with a line for each environment, which merges line by line: it was set by whoever set it
    /// on a side. Nothing else can honestly be a mixture.
    fn explain_partly(&mut self, entry: Entry, sides: &[Side<'_>]) {
        let mixed = matches!(entry, Entry::Setting(crate::model::SettingKey::Order));
        match sides
            .iter()
            .find_map(|side| side.set.get(&entry))
            .filter(|_| mixed)
        {
            Some(origin) => drop(self.set.insert(entry, origin.clone())),
            None => self.unexplained.push(entry),
        }
    }

    /// Who set `entry`, if a merge took it from another side.
    pub fn get(&self, entry: &Entry) -> Option<&Origin> {
        self.set.get(entry)
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
            }],
        );
        assert!(origins.is_empty());
    }
}
