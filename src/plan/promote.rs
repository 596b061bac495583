use crate::files::Edit;
use crate::model::{EnvironmentSlug, Move, NamedResource, Project, Reason, Resource};
use crate::plan::error::{
    PlanError, existing, existing_version, no_such_resource, require_one_version,
};
use crate::plan::message::{Action, Message};
use crate::plan::narrowing::Narrowing;
use crate::plan::planned::{Asking, Plan};

/// What to promote.
#[derive(Clone, Debug)]
pub struct Promotion {
    /// The environment whose versions move.
    pub from: EnvironmentSlug,
    /// The environment that they move into.
    pub to: EnvironmentSlug,
    /// Only these; empty for everything that differs. Where one names a version, that is the one which the source has to
    /// serve: what was looked at is what moves, or nothing does.
    pub resources: Vec<NamedResource>,
    /// Which of these, by patterns.
    pub narrowing: Narrowing,
    /// Whether to remove pointers that the target has and the source does not.
    pub prune: bool,
    /// Whether to request the moves even where nothing demands approval.
    pub request: bool,
    /// Why.
    pub reason: Option<Reason>,
}

/// Plans to make the target serve what the source serves, for every pointer that differs.
///
/// # Errors
///
/// When an environment, a named resource or a named version does not exist, or the source serves no version of a named
/// resource, or another one than was named.
pub fn promote(project: &Project, promotion: &Promotion) -> Result<Plan, PlanError> {
    let Promotion {
        from, to, reason, ..
    } = promotion;
    existing(project, from)?;
    existing(project, to)?;
    if from == to {
        return Err(PlanError::SameEnvironment {
            environment: from.clone(),
        });
    }
    promotion.narrowing.require_names(project)?;
    let versions: Vec<_> = promotion
        .resources
        .iter()
        .filter_map(NamedResource::version)
        .collect();
    require_one_version(&versions)?;
    for named in &promotion.resources {
        named_resource_is_there(project, promotion, named)?;
    }
    let moves = moves(project, promotion);
    let subject = format!("promote {from} → {to}: {}", pointers(moves.len()));
    let message = Message::new(Action::Promote, subject)
        .moves(&moves)
        .reason(reason.as_ref());
    let message = message
        .trailer("From", from.as_str())
        .trailer("To", to.as_str());
    Ok(
        Plan::new(moves.iter().map(edit).collect(), moves, message).asking(Asking {
            from: Some(from.clone()),
            named: !promotion.resources.is_empty(),
            always: promotion.request,
        }),
    )
}

impl Promotion {
    /// Returns the promotion of everything that differs.
    pub fn between(from: EnvironmentSlug, to: EnvironmentSlug) -> Self {
        Self {
            from,
            to,
            resources: Vec::new(),
            narrowing: Narrowing::default(),
            prune: false,
            request: false,
            reason: None,
        }
    }
}

/// Succeeds if a named resource is live in the source, in the version that is named if one is, or is to be pruned. Naming
/// one that cannot move is an error rather than an empty plan, since it is most likely a typo.
fn named_resource_is_there(
    project: &Project,
    promotion: &Promotion,
    named: &NamedResource,
) -> Result<(), PlanError> {
    let (resource, pinned) = (&named.resource, named.version());
    if let Some(version) = &pinned {
        existing_version(project, version)?;
    }
    match (project.live(&promotion.from, resource), pinned) {
        (Some(live), Some(version)) if live != version.number => {
            return Err(PlanError::ServesAnother {
                version,
                live,
                from: promotion.from.clone(),
                to: promotion.to.clone(),
            });
        }
        (Some(_), _) => return Ok(()),
        (None, None) if promotion.prune && project.live(&promotion.to, resource).is_some() => {
            return Ok(());
        }
        (None, _) => {}
    }
    if !project.versions.contains_key(resource) {
        return Err(no_such_resource(project, resource));
    }
    Err(PlanError::NotLive {
        resource: resource.clone(),
        environment: promotion.from.clone(),
    })
}

/// Returns the moves of `promotion`.
pub(super) fn moves(project: &Project, promotion: &Promotion) -> Vec<Move> {
    let Promotion {
        from,
        to,
        resources,
        prune,
        narrowing,
        ..
    } = promotion;
    let mut concerned: Vec<&Resource> = project
        .live_in(from)
        .map(|(resource, _)| resource)
        .collect();
    // Only if asked to: a target may serve things that the source never had, and a promotion that
    // removed them would surprise whoever forgot them.
    if *prune {
        concerned.extend(project.live_in(to).map(|(resource, _)| resource));
    }
    concerned.sort();
    concerned.dedup();
    let wanted = |resource: &&Resource| {
        let named = || resources.iter().any(|named| named.resource == **resource);
        (resources.is_empty() || named()) && narrowing.takes(resource)
    };
    let moved = |resource: &Resource| {
        let (before, after) = (project.live(to, resource), project.live(from, resource));
        (before != after).then(|| Move {
            environment: to.clone(),
            resource: resource.clone(),
            before,
            after,
        })
    };
    concerned
        .into_iter()
        .filter(wanted)
        .filter_map(moved)
        .collect()
}

/// Returns the edit that makes one move.
pub(super) fn edit(moved: &Move) -> Edit {
    let Move {
        environment,
        resource,
        after,
        ..
    } = moved.clone();
    Edit::Point {
        environment,
        resource,
        to: after,
    }
}

/// Returns `count` pointers, in words.
pub(super) fn pointers(count: usize) -> String {
    if count == 1 {
        "1 pointer".to_owned()
    } else {
        format!("{count} pointers")
    }
}
