use std::collections::BTreeSet;

use crate::model::{
    CommitId, EnvironmentSlug, Incoherence, Move, Pointers, Resource, incoherences,
};
use crate::ops::{ReadError, Session, View};

/// The parts of what one commit moved, each as a project of its own.
pub(super) struct Trials<'s> {
    environment: &'s EnvironmentSlug,
    after: View,
    moves: &'s [Move],
    /// What did not fit together before: no part of the moves is to blame for it.
    standing: BTreeSet<Incoherence>,
}

impl<'s> Trials<'s> {
    /// Returns the parts of `moves`, which the second commit made on the state in the first.
    pub(super) fn of(
        session: &Session,
        environment: &'s EnvironmentSlug,
        (before, commit): (CommitId, CommitId),
        moves: &'s [Move],
    ) -> Result<Self, ReadError> {
        let before = session.view_of(before)?;
        let mut after = session.view_of(commit)?;
        let standing = incoherent(&before, environment);
        // A part may serve what was live before beside what is live after.
        after.state.configuration.extend(before.state.configuration);
        Ok(Self {
            environment,
            after,
            moves,
            standing,
        })
    }

    /// Returns the project in which only those of the moves were made whose places are in `set`.
    pub(super) fn part(&self, set: &BTreeSet<usize>) -> View {
        let mut view = self.after.clone();
        let pointers = view.state.project.pointers.entry(self.environment.clone());
        let pointers = pointers.or_default();
        for (index, moved) in self.moves.iter().enumerate() {
            match (set.contains(&index), moved.before) {
                (true, _) => {}
                (false, Some(before)) => drop(pointers.insert(moved.resource.clone(), before)),
                (false, None) => drop(pointers.remove(&moved.resource)),
            }
        }
        view
    }

    /// Returns `set` as a part that fits together: with what it lacks, or without what does not fit. `None` if there is none.
    pub(super) fn coherent(&self, set: &BTreeSet<usize>, larger: bool) -> Option<BTreeSet<usize>> {
        let mut set = set.clone();
        loop {
            let found = incoherent(&self.part(&set), self.environment);
            let broken = found.difference(&self.standing);
            let involved: BTreeSet<&Resource> = broken.flat_map(Incoherence::resources).collect();
            if involved.is_empty() {
                return Some(set);
            }
            let moves = self.moves.iter().enumerate();
            let involved = moves.filter(|(_, moved)| involved.contains(&moved.resource));
            let count = set.len();
            for (index, _) in involved {
                match larger {
                    true => drop(set.insert(index)),
                    false => drop(set.remove(&index)),
                }
            }
            if set.len() == count {
                return None;
            }
        }
    }
}

/// Returns what does not fit together in the environment.
fn incoherent(view: &View, environment: &EnvironmentSlug) -> BTreeSet<Incoherence> {
    let pointers = view.state.project.pointers.get(environment);
    let nothing = Pointers::new();
    let pointers = pointers.map_or(&nothing, |pointers| &**pointers);
    incoherences(&view.state.configuration, pointers)
}
