use std::sync::Arc;

use crate::files::{Edit, MAX_PAYLOAD};
use crate::model::{EnvironmentSlug, Extension, Move, Project, Reason, Resource, VersionNumber};
use crate::plan::error::{PlanError, existing};
use crate::plan::message::{Action, Message};
use crate::plan::planned::{Plan, Published};
use crate::plan::promote::edit;

/// What to publish.
#[derive(Clone, Debug)]
pub struct Publication {
    /// The resource that gets a new version.
    pub resource: Resource,
    /// The bytes, as they will be served.
    pub payload: Arc<[u8]>,
    /// The extension of the file; `None` for that of the newest version, or `md` for a new prompt.
    pub extension: Option<String>,
    /// Which pointer moves to it.
    pub release: PublishTarget,
    /// Why.
    pub reason: Option<Reason>,
}

/// Which pointer a publication moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishTarget {
    /// That of the default publish target.
    Default,
    /// That of this environment.
    To(EnvironmentSlug),
    /// None: the version is added and not served.
    Nowhere,
}

/// Plans to add the next version, unless the newest one has the same bytes already, and to move a pointer to
/// it.
///
/// `same` reports whether the bytes are those of the newest version, given the name of its content in the
/// repository.
///
/// # Errors
///
/// When the environment does not exist, the payload is empty or too large, or the kind does not allow the
/// extension.
pub fn publish(
    project: &Project,
    publication: &Publication,
    same: impl Fn(crate::model::ContentId) -> bool,
) -> Result<Plan, PlanError> {
    let Publication {
        resource,
        payload,
        release,
        ..
    } = publication;
    fits(resource, payload)?;
    let environment = target(project, release)?;
    let extension = extension(project, publication)?;
    let newest = project.newest(resource);
    // Repeating a publication must not add a version, so that scripts can be run again after a
    // failure. Another extension is another file, which versions cannot change to.
    let unchanged =
        newest.filter(|(_, version)| same(version.content) && version.extension == extension);
    let (number, add) = match (unchanged, newest) {
        (Some((number, _)), _) => (number, None),
        (None, newest) => {
            let number = next(resource, newest.map(|(number, _)| number))?;
            (
                number,
                Some(Edit::AddVersion(
                    resource.at(number),
                    extension,
                    payload.clone(),
                )),
            )
        }
    };
    let moves: Vec<Move> = environment
        .iter()
        .filter_map(|slug| moved(project, slug, resource, number))
        .collect();
    let published = Published {
        version: resource.at(number),
        new: add.is_some(),
        environment,
    };
    let edits = add.into_iter().chain(moves.iter().map(edit)).collect();
    let message = message(publication, &published).moves(&moves);
    Ok(Plan {
        published: Some(published),
        ..Plan::new(edits, moves, message)
    }
    .waiting_for_approval())
}

/// Refuses a payload that no version can have: an empty one, or more than [`MAX_PAYLOAD`] bytes.
pub(super) fn fits(resource: &Resource, payload: &[u8]) -> Result<(), PlanError> {
    if payload.is_empty() {
        return Err(PlanError::EmptyPayload {
            resource: resource.clone(),
        });
    }
    if payload.len() as u64 > MAX_PAYLOAD {
        return Err(PlanError::TooLarge {
            resource: resource.clone(),
            size: payload.len(),
            limit: MAX_PAYLOAD,
        });
    }
    Ok(())
}

/// Returns the environment whose pointer moves, if one does.
fn target(
    project: &Project,
    release: &PublishTarget,
) -> Result<Option<EnvironmentSlug>, PlanError> {
    let slug = match release {
        PublishTarget::Nowhere => return Ok(None),
        PublishTarget::To(slug) => slug,
        PublishTarget::Default => project
            .settings
            .default_publish
            .as_ref()
            .ok_or(PlanError::NoDefaultTarget)?,
    };
    existing(project, slug)?;
    Ok(Some(slug.clone()))
}

/// Returns the extension of the new version: the one that was asked for, else that of the newest, else the
/// usual one of the kind.
fn extension(project: &Project, publication: &Publication) -> Result<Extension, PlanError> {
    let Publication {
        resource,
        extension,
        ..
    } = publication;
    let newest = project
        .newest(resource)
        .map(|(_, version)| version.extension.as_str());
    let usual = resource.kind.extensions().first().copied();
    let extension = extension
        .as_deref()
        .or(newest)
        .or(usual)
        .unwrap_or_default();
    Extension::of(resource.kind, extension).ok_or_else(|| PlanError::Extension {
        resource: resource.clone(),
        extension: extension.to_owned(),
        allowed: resource.kind.extension_list(),
    })
}

/// Returns the number after `newest`.
pub(super) fn next(
    resource: &Resource,
    newest: Option<VersionNumber>,
) -> Result<VersionNumber, PlanError> {
    match newest {
        None => Ok(VersionNumber::FIRST),
        Some(newest) => newest.next().ok_or_else(|| PlanError::OutOfNumbers {
            newest: resource.at(newest),
        }),
    }
}

/// Returns the move of a pointer to `to`, unless it is there already.
pub(super) fn moved(
    project: &Project,
    environment: &EnvironmentSlug,
    resource: &Resource,
    to: VersionNumber,
) -> Option<Move> {
    let (before, after) = (project.live(environment, resource), Some(to));
    (before != after).then(|| Move {
        environment: environment.clone(),
        resource: resource.clone(),
        before,
        after,
    })
}

/// Returns the commit's message.
fn message(publication: &Publication, published: &Published) -> Message {
    let Published {
        version,
        environment,
        ..
    } = published;
    let subject = match environment {
        Some(environment) => format!("publish {version} to {environment}"),
        None => format!("publish {version} without a release"),
    };
    let message = Message::new(Action::Publish, subject).reason(publication.reason.as_ref());
    let message = message.trailer("Version", version.to_string());
    match environment {
        Some(environment) => message.trailer("To", environment.as_str()),
        None => message,
    }
}
