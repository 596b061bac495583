use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Configuration, EnvironmentSlug, Incoherence, Move, Pointers, Project, Resource, incoherences,
};
use crate::plan::error::PlanError;
use crate::plan::narrowing::Narrowing;
use crate::plan::planned::Plan;
use crate::plan::promote::{Promotion, moves, promote};

/// What has to move together with a promotion so that its target stays coherent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependencies {
    /// The further moves, by resource; empty if there are none.
    pub moves: Vec<Move>,
    /// Whether the target is coherent once they are made. If not, no promotion from that source can make it
    /// so.
    pub suffice: bool,
}

/// Returns what has to move together with `promotion`. Among everything that differs between the two
/// environments, these are the moves that fix what the promotion would break, then those that fix what these
/// would break, and so on until nothing is added. `configuration` contains the live rules and providers.
pub fn dependencies(
    project: &Project,
    configuration: &Configuration,
    promotion: &Promotion,
) -> Dependencies {
    // A resource that the promotion excludes must not come along as a dependency either.
    let everything = Promotion {
        resources: Vec::new(),
        narrowing: Narrowing {
            only: Vec::new(),
            except: promotion.narrowing.except.clone(),
        },
        ..promotion.clone()
    };
    let candidates: BTreeMap<Resource, Move> = moves(project, &everything)
        .into_iter()
        .map(|moved| (moved.resource.clone(), moved))
        .collect();
    let live = project
        .pointers
        .get(&promotion.to)
        .cloned()
        .unwrap_or_default();
    // What is incoherent already is not the promotion's fault, and must not drag in further moves.
    let standing = incoherences(configuration, &live);
    let mut chosen: BTreeSet<Resource> = moves(project, promotion)
        .into_iter()
        .map(|moved| moved.resource)
        .collect();
    let mut added = BTreeSet::new();
    loop {
        let after = pointers_after(
            &live,
            chosen
                .iter()
                .filter_map(|resource| candidates.get(resource)),
        );
        let broken: Vec<Incoherence> = incoherences(configuration, &after)
            .difference(&standing)
            .cloned()
            .collect();
        // Every resource in a broken relation is a candidate, whichever side of it is wrong: the
        // rule may need the newer provider, or the provider the newer rule.
        let involved = broken.iter().flat_map(Incoherence::resources);
        let needed = involved
            .filter(|resource| candidates.contains_key(*resource) && !chosen.contains(*resource));
        let needed: BTreeSet<Resource> = needed.cloned().collect();
        if needed.is_empty() {
            let moves = added
                .iter()
                .filter_map(|resource| candidates.get(resource))
                .cloned()
                .collect();
            return Dependencies {
                moves,
                suffice: broken.is_empty(),
            };
        }
        chosen.extend(needed.iter().cloned());
        added.extend(needed);
    }
}

/// Returns those of `moves` into `environment` that leave it coherent without the others: all but those that are involved in
/// what they would break, and so on until nothing is broken.
pub fn coherent_part(
    project: &Project,
    configuration: &Configuration,
    environment: &EnvironmentSlug,
    mut moves: Vec<Move>,
) -> Vec<Move> {
    let live = project
        .pointers
        .get(environment)
        .cloned()
        .unwrap_or_default();
    let standing = incoherences(configuration, &live);
    loop {
        let after = pointers_after(&live, moves.iter());
        let broken = incoherences(configuration, &after);
        let broken = broken.difference(&standing);
        let involved: BTreeSet<&Resource> = broken.flat_map(Incoherence::resources).collect();
        let before = moves.len();
        moves.retain(|moved| !involved.contains(&moved.resource));
        if moves.len() == before {
            return moves;
        }
    }
}

/// Plans `promotion` and what has to move with it, in one commit.
///
/// # Errors
///
/// As [`promote`].
pub fn promote_with_dependencies(
    project: &Project,
    configuration: &Configuration,
    promotion: &Promotion,
) -> Result<Plan, PlanError> {
    // Without named resources, everything that differs moves anyway.
    if promotion.resources.is_empty() {
        return promote(project, promotion);
    }
    let further = dependencies(project, configuration, promotion)
        .moves
        .into_iter()
        .map(|moved| moved.resource.into());
    let resources = promotion.resources.iter().cloned().chain(further).collect();
    promote(
        project,
        &Promotion {
            resources,
            ..promotion.clone()
        },
    )
}

/// Returns the pointers of the target after `moves`.
fn pointers_after<'m>(live: &Pointers, moves: impl Iterator<Item = &'m Move>) -> Pointers {
    let mut pointers = live.clone();
    for Move {
        resource, after, ..
    } in moves
    {
        match after {
            Some(number) => pointers.insert(resource.clone(), *number),
            None => pointers.remove(resource),
        };
    }
    pointers
}
