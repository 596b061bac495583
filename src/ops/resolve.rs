use super::{Moment, ReadError, Session, View};
use crate::diag::Finding;
use crate::files::{OwnedPath, Snapshot, State};
use crate::model::{
    BranchName, CommitId, ContentId, EnvironmentSlug, Project, Resource, SlugError, VersionId,
};
use crate::plan::{PlanError, no_such_environment, no_such_resource};
use crate::store::ProjectFolder;

/// What a gateway asks for: which version of a resource it should serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The environment that answers.
    pub environment: EnvironmentSlug,
    /// Why it answers.
    pub served: Served,
    /// The version that is live there.
    pub version: VersionId,
    /// The file that holds it, relative to the project's folder.
    pub path: String,
    /// The id of its bytes.
    pub content: ContentId,
}

/// Why an environment answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Served {
    /// It was asked for.
    AsAsked,
    /// None was asked for, so the gateway fallback answers.
    ByFallback,
    /// The one that was asked for does not exist, so the gateway fallback answers.
    InsteadOf(String),
}

/// Why nothing is served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The environment exists but has no pointer to the resource. There is no fall-through.
    #[error("{resource} is not served in `{environment}`")]
    NotServed {
        /// The resource.
        resource: Resource,
        /// The environment.
        environment: EnvironmentSlug,
    },
    /// The environment or the resource does not exist.
    #[error(transparent)]
    Missing(#[from] PlanError),
    /// What was asked for is not a valid slug of an environment.
    #[error("invalid slug {asked:?}: {source}")]
    NoSlug {
        /// What was asked for.
        asked: String,
        /// Why not.
        source: SlugError,
    },
    /// No environment was asked for and none is the fallback.
    #[error("the project has no gateway fallback, so nothing answers")]
    NoFallback,
    /// The pointer names a version that does not exist.
    #[error("`{environment}` points at {version}, which was never published")]
    Dangling {
        /// The version.
        version: VersionId,
        /// The environment.
        environment: EnvironmentSlug,
    },
}

/// Whether the fallback answers for an environment that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It is, as a gateway does.
    FallsBack,
    /// It is an error.
    IsRefused,
}

/// Returns which version of `resource` the gateway serves for `asked`, or for a request that names
/// no environment.
///
/// # Errors
///
/// When nothing is served there, or nothing of that name exists.
pub fn resolve(
    project: &Project,
    resource: &Resource,
    asked: Option<&str>,
    unknown: Unknown,
) -> Result<Resolution, ResolveError> {
    let (environment, served) = answering(project, asked, unknown)?;
    let not_served = || ResolveError::NotServed {
        resource: resource.clone(),
        environment: environment.clone(),
    };
    let Some(number) = project.live(&environment, resource) else {
        let known = project.versions.contains_key(resource);
        return Err(if known {
            not_served()
        } else {
            no_such_resource(project, resource).into()
        });
    };
    let version = resource.at(number);
    let dangling = || ResolveError::Dangling {
        version: version.clone(),
        environment: environment.clone(),
    };
    let found = project.version(&version).ok_or_else(dangling)?;
    let path = OwnedPath::Version(resource.clone(), number, found.extension.clone()).to_string();
    Ok(Resolution {
        environment,
        served,
        version,
        path,
        content: found.content,
    })
}

/// What the gateway serves, and the files that were read to find out.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The commit that was read.
    pub commit: CommitId,
    /// The project's folder in it.
    pub folder: ProjectFolder,
    /// The branch that the project calls live.
    pub branch: Option<BranchName>,
    /// What is served.
    pub resolution: Resolution,
    /// The files that were read.
    pub snapshot: Snapshot,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
}

impl Resolved {
    /// Returns the `resolution` of a project that was read as a whole.
    pub fn of(view: View, resolution: Resolution) -> Self {
        let View {
            commit,
            folder,
            snapshot,
            state,
        } = view;
        Self {
            commit,
            folder,
            branch: state.project.settings.branch,
            resolution,
            snapshot,
            findings: state.findings,
        }
    }
}

/// Answers as [`resolve()`] does, from the few files that decide: the settings, the environment
/// that answers with its pointers, and the versions of `resource`. So the cost does not depend on
/// the size of the project.
///
/// Returns `None` if nothing is served. Explaining why, and suggesting what was meant, takes the
/// whole project.
///
/// # Errors
///
/// When the moment does not exist, or those files cannot be read.
pub fn resolve_alone(
    session: &Session,
    moment: Option<&Moment>,
    resource: &Resource,
    (asked, unknown): (Option<&str>, Unknown),
) -> Result<Option<Resolved>, ReadError> {
    let store = &session.store;
    let (commit, folder) = session.commit(moment)?;
    let versions = format!("{}/{}", resource.kind.folder(), resource.name);
    let settings = OwnedPath::Settings.to_string();
    // 1. Read the environment that was asked for. If it does not exist, only the settings say which
    //    one answers.
    let read = |environment: Option<EnvironmentSlug>| {
        let mut parts = vec![settings.clone(), versions.clone()];
        if let Some(slug) = environment {
            parts.push(OwnedPath::Environment(slug.clone()).to_string());
            parts.push(OwnedPath::Pointers(slug).to_string());
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let snapshot = store.partial_snapshot(commit, &folder, &parts)?;
        let state = State::read(&snapshot, store)?;
        Ok::<_, ReadError>(View {
            commit,
            folder: folder.clone(),
            snapshot,
            state,
        })
    };
    let mut view = read(asked.and_then(|asked| asked.parse().ok()))?;
    // 2. In that case read the files of that environment instead.
    let answers = answering(&view.state.project, asked, unknown);
    // Not the error: from these few files it could not tell which names exist, and would suggest
    // nothing or the wrong one.
    let Ok((environment, _)) = answers else {
        return Ok(None);
    };
    if !view.state.project.environments.contains_key(&environment) {
        view = read(Some(environment))?;
    }
    let resolution = resolve(&view.state.project, resource, asked, unknown);
    Ok(resolution
        .ok()
        .map(|resolution| Resolved::of(view, resolution)))
}

/// Returns the environment that answers a request for `asked`, and why it does.
pub(super) fn answering(
    project: &Project,
    asked: Option<&str>,
    unknown: Unknown,
) -> Result<(EnvironmentSlug, Served), ResolveError> {
    let fallback = || {
        project
            .settings
            .gateway_fallback
            .clone()
            .ok_or(ResolveError::NoFallback)
    };
    let Some(asked) = asked else {
        return Ok((fallback()?, Served::ByFallback));
    };
    if let Some((slug, _)) = project.environments.get_key_value(asked) {
        return Ok((slug.clone(), Served::AsAsked));
    }
    match (unknown, asked.parse()) {
        // Also for what cannot be a slug: a gateway passes on whatever its caller sent.
        (Unknown::FallsBack, _) => Ok((fallback()?, Served::InsteadOf(asked.to_owned()))),
        (Unknown::IsRefused, Ok(slug)) => Err(no_such_environment(project, slug).into()),
        (Unknown::IsRefused, Err(source)) => Err(ResolveError::NoSlug {
            asked: asked.to_owned(),
            source,
        }),
    }
}
